import { randomBytes } from 'node:crypto'
import type { Client, ClientChannel } from 'ssh2'
import { fail } from '../errors.ts'
import { execOnHost } from '../reach.ts'
import type { ShellOrigin, Size } from './protocol.ts'
import { createMarkReader, shellCommand } from './shell-command.ts'
import { askForLife } from './sign-of-life.ts'
import { limitStream, limitWindow, SMALL_WINDOW_BYTES, SSH_WINDOW_BYTES } from './ssh-window.ts'
import { within } from './within.ts'

const MARK_WITHIN_MS = 3_000
/** For a machine to pass on to a shell what it has already taken, when a connection is left in peace. */
const DRAIN_MS = 2_000

/** This process, for machines. */
const gateway = randomBytes(6).toString('hex')

/** How a shell's channel came to its end. `ended`: the shell itself did. `lost`: the connection did; the shell may live on. */
export type ChannelEnd = 'ended' | 'lost'

export type ShellChannel = {
  /** Passes input on; `taken` is called when the machine had room for it. */
  write(bytes: Uint8Array, taken: () => void): void
  resize(size: Size): void
  pause(): void
  resume(): void
  /**
   * Waits until what was written has reached the shell's terminal and whoever reads there, as far as a machine can tell: it runs what it
   * is asked in order. Never fails.
   */
  reached(limitMs: number): Promise<void>
  /** Nothing more comes of it at once; the connection ends after `lingerMs`. @returns when it has */
  close(lingerMs: number): Promise<void>
}

export type ShellEvents = {
  /** Once, before any output. */
  onOrigin: (origin: ShellOrigin, shell: ShellChannel) => void
  onOutput: (bytes: Buffer) => void
  /** Once; nothing follows. */
  onEnd: (end: ChannelEnd) => void
}

/**
 * Opens a shell on a machine (RFC 4254, 6.2 pty-req and 6.5 exec) and owns the connection from then on.
 * @param options.name the shell's name on that machine: the same name leads to the same shell
 * @param options.isBesideTyping whether the machine is granted little at a time, as somebody else types
 * @throws Failure terminal.connection_failed
 */
export async function openShell(
  client: Client,
  options: { name: string; size: Size; isBesideTyping?: () => boolean; events: ShellEvents },
): Promise<ShellChannel> {
  const nonce = randomBytes(9).toString('base64url')
  const { cols, rows } = options.size
  limitWindow(client, () => (options.isBesideTyping?.() ? SMALL_WINDOW_BYTES : SSH_WINDOW_BYTES))
  try {
    return await new Promise((resolve, reject) => {
      client.once('close', () => reject(new Error('the connection closed before the channel was open')))
      const pty = { term: 'xterm-256color', cols, rows, width: 0, height: 0 }
      client.exec(shellCommand(options.name, nonce, gateway), { pty }, (error, channel) => {
        if (error) return reject(error)
        // In this very turn: a shell that ends at once says so in the packet that follows.
        limitStream(client, channel)
        resolve(follow({ client, channel, nonce, events: options.events }))
      })
    })
  } catch (cause) {
    client.destroy()
    throw fail('terminal.connection_failed', { internal: 'the machine opened no channel for a shell', cause })
  }
}

function follow(shell: { client: Client; channel: ClientChannel; nonce: string; events: ShellEvents }): ShellChannel {
  const { client, channel, nonce, events } = shell
  const marks = createMarkReader(nonce)
  let origin: ShellOrigin | null = null
  let end: ChannelEnd = 'lost'
  let over = false
  let late: NodeJS.Timeout
  const begin = (how: ShellOrigin, rest: Buffer) => {
    origin = how
    clearTimeout(late)
    events.onOrigin(how, opened)
    if (rest.length > 0) events.onOutput(rest)
  }
  // A machine that runs something else than it was asked to (a forced command) says nothing of origins: what it says is shown. One that
  // says nothing at all, as it was suspended in this very moment, is waited for.
  const wait = () => {
    late = setTimeout(() => {
      void askForLife(client, MARK_WITHIN_MS).then((answered) => {
        if (over || origin !== null) return
        if (answered) begin('plain', marks.giveUp())
        else wait()
      })
    }, MARK_WITHIN_MS)
  }
  wait()
  const finish = () => {
    if (over) return
    over = true
    clearTimeout(late)
    client.end()
    events.onEnd(end)
  }
  channel.on('data', (chunk: Buffer) => {
    if (over) return
    if (origin !== null) return events.onOutput(chunk)
    const { origin: found, rest } = marks.read(chunk)
    if (found) begin(found, rest)
  })
  channel.stderr.resume()
  channel.on('exit', (code: number | null) => {
    if (code !== null) end = 'ended'
  })
  // A stream that broke says so by `close` too.
  channel.on('error', () => {})
  channel.on('close', finish)
  client.on('close', finish)
  const opened: ShellChannel = {
    write(bytes, taken) {
      if (over || !channel.writable) return
      channel.write(bytes, (error?: Error | null) => error || taken())
    },
    resize: ({ cols, rows }) => void (over || channel.setWindow(rows, cols, 0, 0)),
    pause: () => void channel.pause(),
    resume: () => void channel.resume(),
    reached: (limitMs) =>
      over
        ? Promise.resolve()
        : execOnHost(client, 'true', { timeoutMs: limitMs, mostBytes: 0 }).then(
            () => {},
            () => {},
          ),
    async close(lingerMs) {
      if (over) return
      over = true
      clearTimeout(late)
      if (lingerMs === 0) {
        channel.destroy()
        client.end()
        return
      }
      await new Promise((resolve) => setTimeout(resolve, lingerMs))
      // The other end answers when it has passed on what it holds (OpenSSH): a farewell to the whole connection would throw that away.
      const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()))
      channel.destroy()
      await within(DRAIN_MS, closed)
      client.end()
    },
  }
  return opened
}
