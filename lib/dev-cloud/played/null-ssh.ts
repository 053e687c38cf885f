import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'
import { writeSecret } from '../keystone/identity.ts'
import { runCommands, type Scene } from './null-shell.ts'

/** The one host key of all played machines: PEM form, and the line that a machine shows. */
export type HostKey = { pem: string; line: string }

const fileName = 'null-host-key'
/** ssh2 knows no "never". */
const NEVER_MS = 2 ** 31 - 1

/** The key of this folder, the same at each start: whoever has pinned it finds it again. */
export async function openHostKey(folder: string): Promise<HostKey> {
  const path = join(folder, fileName)
  const pem = readKey(path) ?? newKey()
  await writeSecret(path, pem)
  const key = ssh2.utils.parseKey(pem)
  if (key instanceof Error) throw key
  return { pem, line: `${key.type} ${key.getPublicSSH().toString('base64')}` }
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** RFC 5656: a kind of key whose PEM form needs no translation. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString()
}

/** A connection to a played machine. */
export type Line = {
  /** The end of whoever dialled. */
  far: Duplex
  /** While it is held nothing passes, and nothing is lost. */
  hold(held: boolean): void
  cut(): void
}

/** SSH (RFC 4251 to 4254) as a machine speaks it, by a stream of bytes instead of a network. @param serve who lives there */
export function openLine(key: HostKey, serve: (connection: Connection) => void): Line {
  const [far, outer] = duplexPair()
  const [inner, near] = duplexPair()
  const pass = () => {
    outer.pipe(inner)
    inner.pipe(outer)
  }
  const cut = () => {
    for (const end of [far, outer, inner, near]) end.destroy()
  }
  for (const end of [far, outer, inner, near]) end.on('error', () => undefined).once('close', cut)
  pass()
  const options = { hostKeys: [key.pem], keepaliveInterval: NEVER_MS, ident: 'OpenSSH_9.2p1 Debian-2' }
  // The types want a socket; of one, ssh2 uses what every stream has.
  new ssh2.Server(options, serve).injectSocket(near as Socket)
  return {
    far,
    hold(held) {
      if (!held) return pass()
      outer.unpipe(inner)
      inner.unpipe(outer)
    },
    cut,
  }
}

/** Any public key is let in, commands are played. */
export function play(connection: Connection, scene: () => Scene): void {
  connection.on('error', () => undefined)
  connection.on('authentication', (context) => (context.method === 'publickey' ? context.accept() : context.reject(['publickey'])))
  connection.on('session', (accept) => {
    const session = accept()
    let terminal = false
    session.on('pty', (ok) => {
      terminal = true
      ok?.()
    })
    session.on('window-change', (ok) => ok?.())
    session.on('shell', (ok) => playShell(ok(), scene))
    session.on('exec', (ok, _no, { command }) => {
      const channel = ok()
      // A long command on a terminal is somebody's way of asking for a shell.
      if (terminal) return playShell(channel, scene)
      const { output, code } = runCommands(command, scene())
      channel.write(output)
      channel.exit(code)
      channel.end()
    })
  })
}

/** A prompt, the echo of what is typed, and what each line says. */
function playShell(channel: ServerChannel, scene: () => Scene): void {
  const prompt = () => channel.write(`debian@${scene().name}:~$ `)
  let typed = ''
  channel.on('error', () => undefined)
  const enter = () => {
    channel.write('\r\n')
    const [words, last] = [typed, /^\s*(exit|logout)\b/.test(typed)]
    typed = ''
    const { output, code } = runCommands(words, scene())
    channel.write(output.replaceAll('\n', '\r\n'))
    if (!last) return prompt()
    channel.exit(code)
    channel.end()
  }
  channel.on('data', (bytes: Buffer) => {
    for (const char of bytes.toString()) {
      if (char === '\r' || char === '\n') enter()
      else if (char === '\x03') {
        typed = ''
        channel.write('^C\r\n')
        prompt()
      } else if (char === '\x7f') {
        if (typed !== '') channel.write('\b \b')
        typed = typed.slice(0, -1)
      } else {
        typed += char
        channel.write(char)
      }
    }
  })
  prompt()
}
