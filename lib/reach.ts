import { createSecretKey, type KeyObject } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { SocksClient } from 'socks'
import { type Algorithms, Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2'
import { fail, isFailure } from './errors.ts'

/*
 * How a machine of a learner is reached: a TCP connection, through the cloud's SOCKS5 proxy where it has one, and SSH over it
 * with a key that is checked against what was pinned. Readiness and the terminal gateway both come through here.
 */

export type DialOptions = {
  /** `socks5://[user:password@]host:port`; null: the address is reached directly. */
  proxyUrl: string | null
  address: string
  port: number
  /** For the whole connection to stand, proxy included. */
  timeoutMs: number
  signal?: AbortSignal
}

export type ConnectOptions = DialOptions & {
  user: string
  /** OpenSSH or PEM form, unencrypted. */
  privateKey: string
  /** The pinned key in OpenSSH form, `ssh-ed25519 AAAA...`; null: none is known yet. */
  hostKey: string | null
  /**
   * Called once, with the machine's proven key, where none was pinned. Keeps the key unless another was kept meanwhile, and answers
   * with the one that is kept: it is compared with what the machine showed.
   */
  onFirstUse: (hostKey: string) => string | Promise<string>
}

const FAREWELL_MS = 2_000

/** What is quick without native code comes first; a machine that offers none of it is still understood. */
const algorithms: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  compress: ['none'],
}

/** In the order in which an unknown machine is asked for its keys. */
const hostKeyTypes = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const satisfies Record<string, readonly ServerHostKeyAlgorithm[]>

/**
 * Opens a TCP connection to a machine (SOCKS5 as in RFC 1928 and 1929). Whoever gets the connection must listen to its data in the same
 * turn: a machine may speak first.
 * @throws Failure environment.unreachable
 */
export async function dialHost(options: DialOptions): Promise<Socket> {
  const { proxyUrl, address, port, timeoutMs, signal } = options
  const proxy = proxyUrl === null ? null : readProxyUrl(proxyUrl)
  const socket = connect(proxy ? { host: proxy.host, port: proxy.port } : { host: address, port })
  socket.setNoDelay(true)
  // Between two owners a socket may fail with nobody listening; what it was is told by the steps below.
  socket.on('error', () => {})
  const abort = () => socket.destroy()
  const timer = setTimeout(abort, timeoutMs)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    if (signal?.aborted) throw new Error('given up before it began')
    await connected(socket)
    if (!proxy) return socket
    const destination = { host: address, port }
    await SocksClient.createConnection({ proxy, command: 'connect', destination, existing_socket: socket, timeout: timeoutMs })
    return socket
  } catch (cause) {
    socket.destroy()
    throw fail('environment.unreachable', { internal: `no connection to ${address}:${port}`, cause })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/**
 * Signs in to a machine by SSH (RFC 4252, publickey). The machine's key is checked before anything else passes.
 * The caller owns the client: `end()` it, and listen to its `close`.
 * @throws Failure environment.unreachable (no connection, or it does not let us in: `internal` says which);
 *   terminal.host_key_changed
 */
export async function connectHost(options: ConnectOptions): Promise<Client> {
  const startedAt = performance.now()
  const sock = await dialHost(options)
  const leftMs = Math.max(1, options.timeoutMs - (performance.now() - startedAt))
  const client = new Client()
  makeKeysOnce(client)
  const shown: { key: string | null } = { key: null }
  const abort = () => client.destroy()
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    const ready = signedIn(client)
    client.connect({
      sock,
      username: options.user,
      privateKey: options.privateKey,
      // Without this list a round trip is spent on asking for no authentication at all.
      authHandler: ['publickey'],
      algorithms: { ...algorithms, serverHostKey: askFor(options.hostKey) },
      hostVerifier: (blob: Buffer) => {
        shown.key = openSshKey(blob)
        return options.hostKey === null || sameKey(shown.key, options.hostKey)
      },
      readyTimeout: leftMs,
      // Whoever keeps a connection for long knows when its machine may be asked (lib/terminal/sign-of-life.ts).
      keepaliveInterval: 0,
    })
    await ready
    closeInTime(sock)
    if (options.hostKey === null && shown.key !== null && !sameKey(shown.key, await options.onFirstUse(shown.key))) throw changed(options)
    return client
  } catch (error) {
    client.destroy()
    sock.destroy()
    if (isFailure(error)) throw error
    // A machine that no longer has a key of the pinned kind fails in the negotiation: that too is another identity.
    if (options.hostKey !== null && ((shown.key !== null && !sameKey(shown.key, options.hostKey)) || noSuchKey(error)))
      throw changed(options, error)
    throw fail('environment.unreachable', { internal: `no SSH at ${options.address}:${options.port}`, cause: error })
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}

/** What ssh2 keeps inside, as far as we know it. */
type Inside = { _protocol?: { _cipher?: { _encKey?: Buffer | KeyObject }; _decipher?: { _decipherKey?: Buffer | KeyObject } } }

/**
 * ssh2 makes a cipher for every packet and names its key as bytes. To take bytes for a key costs Node 24 some six times what the cipher
 * itself does; a key that was made once is taken at once. Where the library is another one inside, it only stays slower.
 */
function makeKeysOnce(client: Client): void {
  client.on('handshake', () => {
    const { _cipher: out, _decipher: back } = (client as unknown as Inside)._protocol ?? {}
    if (out && Buffer.isBuffer(out._encKey)) out._encKey = createSecretKey(out._encKey)
    if (back && Buffer.isBuffer(back._decipherKey)) back._decipherKey = createSecretKey(back._decipherKey)
  })
}

/** A machine that was suspended hears no farewell and gives none: our end is not kept open for it. */
function closeInTime(sock: Socket): void {
  sock.once('finish', () => {
    const timer = setTimeout(() => sock.destroy(), FAREWELL_MS)
    sock.once('close', () => clearTimeout(timer))
  })
}

function changed({ address, port }: DialOptions, cause?: unknown) {
  return fail('terminal.host_key_changed', { internal: `${address}:${port} shows another host key than the pinned one`, cause })
}

function noSuchKey(error: unknown): boolean {
  return error instanceof Error && /no matching host key/i.test(error.message)
}

function signedIn(client: Client): Promise<void> {
  // Once we have our answer, errors come with `close`: a client nobody listens to must not end the process.
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    client.once('ready', resolve)
    client.once('close', () => reject(new Error('the connection closed before we were signed in')))
  })
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed before it was connected')))
  })
}

function readProxyUrl(text: string): { type: 5; host: string; port: number; userId?: string; password?: string } {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^socks5h?:$/.test(url.protocol) || url.port === '') {
    throw fail('environment.unreachable', { internal: 'the proxy of this cloud is not of the form socks5://[user:password@]host:port' })
  }
  const login = url.username === '' ? {} : { userId: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  return { type: 5, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port), ...login }
}

/** A pinned machine is asked for the kind of key that is pinned, as it may have several. */
function askFor(hostKey: string | null): ServerHostKeyAlgorithm[] {
  const kind = hostKey?.split(' ')[0] ?? ''
  const types = Object.entries(hostKeyTypes)
  return types.filter(([name]) => hostKey === null || name === kind).flatMap(([, names]) => [...names])
}

/** The wire form of a public key (RFC 4253, 6.6) as a line: its own first string is its kind. */
function openSshKey(blob: Buffer): string {
  const length = blob.readUInt32BE(0)
  return `${blob.subarray(4, 4 + length).toString('latin1')} ${blob.toString('base64')}`
}

/** Equal in kind and body; a comment behind them does not count. */
function sameKey(one: string, other: string): boolean {
  const bare = (key: string) => key.trim().split(/\s+/).slice(0, 2).join(' ')
  return bare(one) === bare(other)
}

export type ExecOptions = {
  /** For the whole command. */
  timeoutMs: number
  signal?: AbortSignal
  /** Of its output; what comes after is thrown away. */
  mostBytes: number
}

/**
 * Runs one command on a machine (RFC 4254, 6.5), without a terminal and without input.
 * @returns its exit status (null: it was killed) and what it printed
 * @throws Failure environment.unreachable: the connection broke, or it took too long, or the caller gave up
 */
export function execOnHost(
  client: Client,
  command: string,
  { timeoutMs, signal, mostBytes }: ExecOptions,
): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    let open: ClientChannel | null = null
    let over = false
    const end = (act: () => void) => {
      if (over) return
      over = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      client.removeListener('close', lost)
      act()
    }
    const cut = (why: unknown) =>
      end(() => {
        // The command is told by the end of its channel.
        open?.close()
        reject(fail('environment.unreachable', { internal: 'a command could not be run to its end', cause: why }))
      })
    const giveUp = () => cut(new Error('the caller gave up'))
    const lost = () => cut(new Error('the connection closed'))
    const timer = setTimeout(() => cut(new Error(`not done within ${timeoutMs} ms`)), timeoutMs)
    if (signal?.aborted) return giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    client.once('close', lost)
    const take = (channel: ClientChannel) => {
      const chunks: Buffer[] = []
      let room = mostBytes
      let exited: { code: number | null } | null = null
      channel.on('data', (chunk: Buffer) => {
        if (room > 0) chunks.push(chunk.subarray(0, room))
        room -= chunk.length
      })
      channel.stderr.resume()
      channel.on('error', () => {})
      channel.on('exit', (status: number | null) => {
        exited = { code: status }
      })
      channel.once('close', () => {
        // A connection that breaks closes its channels first.
        if (exited === null) return lost()
        const { code } = exited
        end(() => resolve({ code, stdout: Buffer.concat(chunks).toString('utf8') }))
      })
      channel.end()
    }
    try {
      client.exec(command, (error, channel) => {
        if (error) return cut(error)
        if (over) return channel.close()
        open = channel
        take(channel)
      })
    } catch (error) {
      // A client whose connection is gone throws at once.
      cut(error)
    }
  })
}
