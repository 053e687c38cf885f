import { connect, createServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { SocksClient } from 'socks'
import { afterEach, expect, test } from 'vitest'
import { type SocksServer, startSocks } from './socks.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A machine that says what it hears, behind 198.51.100.7. */
async function world(): Promise<{ socks: SocksServer; dialled: string[] }> {
  const sockets = new Set<Socket>()
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done))
  const address = echo.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dialled: string[] = []
  const socks = await startSocks({
    username: 'product',
    password: 'a secret',
    lookup: (wanted) => (wanted === '198.51.100.7' ? { serverId: 'server' } : null),
    dial: async (serverId, wantedPort) => {
      dialled.push(`${serverId}:${wantedPort}`)
      if (wantedPort !== 22) throw new Error('nobody answers')
      return connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    },
  })
  closers.push(async () => {
    await socks.close()
    await socks.close()
    await new Promise((done) => echo.close(done))
    expect([...sockets].every((socket) => socket.destroyed)).toBe(true)
  })
  return { socks, dialled }
}

function through(socks: SocksServer, host: string, { port = 22, password = 'a secret' } = {}) {
  return SocksClient.createConnection({
    proxy: { host: socks.host, port: socks.port, type: 5, userId: 'product', password },
    command: 'connect',
    destination: { host, port },
    timeout: 2_000,
  })
}

test('bytes go both ways to the machine behind a floating address', async () => {
  const { socks, dialled } = await world()
  const { socket } = await through(socks, '198.51.100.7')
  const sent = Buffer.alloc(3_000_000, 'x')
  const heard = new PassThrough()
  socket.pipe(heard)
  socket.end(sent)
  let size = 0
  for await (const chunk of heard) size += chunk.length
  expect(size).toBe(sent.length)
  expect(dialled).toEqual(['server:22'])
})

test.each([
  ['an address that nobody has', '198.51.100.8', {}],
  ["this host's loopback", '127.0.0.1', {}],
  ['a name', 'localhost', {}],
  ['an IPv6 address', '::1', {}],
  ['a port where nobody answers', '198.51.100.7', { port: 23 }],
  ['a wrong password', '198.51.100.7', { password: 'a guess!' }],
])('%s is refused', async (_what, host, how) => {
  const { socks, dialled } = await world()
  await expect(through(socks, host, how)).rejects.toThrow()
  expect(dialled).toEqual('port' in how ? ['server:23'] : [])
})

test.each([
  ['no authentication offered', Buffer.from([5, 1, 0])],
  ['SOCKS 4', Buffer.from([4, 1, 0, 22, 127, 0, 0, 1, 0])],
  ['a request before the password', Buffer.from([5, 1, 2, 5, 1, 0, 1, 198, 51, 100, 7, 0, 22])],
  ['an endless greeting', Buffer.alloc(100_000, 5)],
])('%s ends the connection and dials nothing', async (_what, bytes) => {
  const { socks, dialled } = await world()
  const socket = connect(socks.port, socks.host)
  socket.on('error', () => undefined)
  socket.write(bytes)
  socket.resume()
  await new Promise((done) => socket.once('close', done))
  expect(dialled).toEqual([])
})

test('what is sent together with the request reaches the machine', async () => {
  const { socks } = await world()
  const socket = connect(socks.port, socks.host)
  const login = Buffer.concat([Buffer.from([5, 1, 2, 1, 7]), Buffer.from('product'), Buffer.from([8]), Buffer.from('a secret')])
  socket.write(Buffer.concat([login, Buffer.from([5, 1, 0, 1, 198, 51, 100, 7, 0, 22]), Buffer.from('early')]))
  let heard = ''
  await new Promise<void>((done) => {
    socket.on('data', (data) => {
      heard += data.toString('latin1')
      if (heard.endsWith('early')) done()
    })
  })
  socket.destroy()
})
