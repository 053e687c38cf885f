import { connect, createServer, type Server as NetServer, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { clockCommand } from './reach-clock.ts'

/** A machine played by ssh2: one user, one key, no shell; of commands it knows the one that asks for its clock, which is right. */
export type PlayedMachine = { address: string; port: number; hostKey: string; signedIn: () => number; close: () => Promise<void> }

export async function playMachine(options: {
  hostKey: string
  admits: (login: { user: string; publicKey: Buffer }) => boolean
  address?: string
}): Promise<PlayedMachine> {
  const sockets = new Set<{ end(): void }>()
  let count = 0
  const server = new ssh2.Server({ hostKeys: [options.hostKey] }, (client) => {
    sockets.add(client)
    client.on('error', () => {})
    client.on('close', () => sockets.delete(client))
    client.on('authentication', (context) => {
      if (context.method === 'publickey' && options.admits({ user: context.username, publicKey: context.key.data })) {
        if (context.signature) count += 1
        context.accept()
      } else context.reject(['publickey'])
    })
    client.on('session', (acceptSession) => {
      acceptSession().on('exec', (acceptCommand, _reject, { command }) => {
        const channel = acceptCommand()
        const isClock = command === clockCommand()
        if (isClock) channel.write(`${(Date.now() / 1000).toFixed(3)}\n`)
        channel.exit(isClock ? 0 : 127)
        channel.end()
      })
    })
  })
  const address = options.address ?? '127.0.0.1'
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const bound = server.address()
  const parsed = ssh2.utils.parseKey(options.hostKey)
  if (parsed instanceof Error) throw parsed
  return {
    address,
    port: typeof bound === 'object' && bound ? bound.port : 0,
    hostKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`,
    signedIn: () => count,
    async close() {
      for (const socket of sockets) socket.end()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** A SOCKS5 server (RFC 1928, RFC 1929) that asks `route` where an address really is; null refuses. */
export async function playSocks(options: {
  login?: { user: string; password: string }
  route: (address: string, port: number) => { host: string; port: number } | null
}): Promise<{ url: string; close: () => Promise<void> }> {
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
  }
  const server: NetServer = createServer((socket) => {
    keep(socket)
    serve(socket, options, keep).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const login = options.login ? `${options.login.user}:${options.login.password}@` : ''
  return {
    url: `socks5://${login}127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

type SocksOptions = Parameters<typeof playSocks>[0]

async function serve(socket: Socket, options: SocksOptions, keep: (socket: Socket) => void): Promise<void> {
  const [, methods = 0] = await take(socket, 2)
  const offered = await take(socket, methods)
  const method = options.login ? 2 : 0
  if (!offered.includes(method)) return void socket.end(Buffer.of(5, 0xff))
  socket.write(Buffer.of(5, method))
  if (options.login) {
    const [, userLength = 0] = await take(socket, 2)
    const user = (await take(socket, userLength)).toString()
    const [passwordLength = 0] = await take(socket, 1)
    const password = (await take(socket, passwordLength)).toString()
    const good = user === options.login.user && password === options.login.password
    socket.write(Buffer.of(1, good ? 0 : 1))
    if (!good) return void socket.end()
  }
  const [, command, , kind] = await take(socket, 4)
  const raw = await take(socket, kind === 1 ? 4 : ((await take(socket, 1))[0] ?? 0))
  const address = kind === 1 ? [...raw].join('.') : raw.toString()
  const target = options.route(address, (await take(socket, 2)).readUInt16BE())
  if (command !== 1 || target === null) return void socket.end(Buffer.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0))
  const onward = connect(target)
  keep(onward)
  onward.on('connect', () => {
    socket.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    onward.pipe(socket).pipe(onward)
  })
  onward.on('error', () => socket.end(Buffer.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)))
}

async function take(socket: Socket, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0)
  for (;;) {
    const bytes: unknown = socket.read(length)
    if (Buffer.isBuffer(bytes)) return bytes
    await new Promise<void>((resolve, reject) => {
      socket.once('readable', resolve)
      socket.once('close', () => reject(new Error('closed')))
    })
  }
}
