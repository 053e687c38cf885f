import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { makeSshKeyPair } from './environments/key-pair.ts'
import { isFailure } from './errors.ts'
import { playMachine, playSocks } from './reach.fixture.ts'
import { type ConnectOptions, connectHost, execOnHost } from './reach.ts'
import { startMachine } from './terminal/machine.fixture.ts'

const close: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const one of close.splice(0).reverse()) await one()
})

const mine = makeSshKeyPair('test')
const machineKey = makeSshKeyPair('test')
const otherKey = makeSshKeyPair('test')

async function machine() {
  const played = await playMachine({ hostKey: machineKey.privateKey, admits: ({ user }) => user === 'debian' })
  close.push(played.close)
  return played
}

function options(port: number, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    proxyUrl: null,
    address: '127.0.0.1',
    port,
    timeoutMs: 5_000,
    user: 'debian',
    privateKey: mine.privateKey,
    hostKey: null,
    onFirstUse: (key) => key,
    ...more,
  }
}

const pinned = (told: string[], key: string) => {
  told.push(key)
  return key
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

test('an unknown machine is let in at first use and its key is told once', async () => {
  const { port, hostKey } = await machine()
  const told: string[] = []
  const client = await connectHost(options(port, { onFirstUse: (key) => pinned(told, key) }))
  client.end()
  expect(told).toEqual([hostKey])
})

test('a machine that shows its pinned key is reached, and another key is refused by name', async () => {
  const { port, hostKey, signedIn } = await machine()
  const client = await connectHost(options(port, { hostKey }))
  client.end()
  const before = signedIn()
  expect(await codeOf(connectHost(options(port, { hostKey: otherKey.publicKey })))).toBe('terminal.host_key_changed')
  expect(await codeOf(connectHost(options(port, { hostKey: 'ssh-rsa AAAA' })))).toBe('terminal.host_key_changed')
  expect(signedIn()).toBe(before)
})

test('when somebody else has pinned another key meanwhile, the connection is refused', async () => {
  const { port } = await machine()
  expect(await codeOf(connectHost(options(port, { onFirstUse: () => Promise.resolve(otherKey.publicKey) })))).toBe(
    'terminal.host_key_changed',
  )
})

test('a machine that does not admit us, or does not answer, is unreachable', async () => {
  const { port } = await machine()
  expect(await codeOf(connectHost(options(port, { user: 'root' })))).toBe('environment.unreachable')
  expect(await codeOf(connectHost(options(1)))).toBe('environment.unreachable')
})

test('a machine behind a proxy is reached with the login of the proxy and not without', async () => {
  const { port } = await machine()
  const login = { user: 'space', password: 'p@ss' }
  const route = (address: string) => (address === '10.20.0.11' ? { host: '127.0.0.1', port } : null)
  const socks = await playSocks({ login, route })
  close.push(socks.close)
  const proxyUrl = socks.url.replace('p@ss', encodeURIComponent('p@ss'))
  const client = await connectHost(options(22, { proxyUrl, address: '10.20.0.11' }))
  client.end()
  expect(await codeOf(connectHost(options(22, { proxyUrl, address: '10.20.0.12' })))).toBe('environment.unreachable')
  expect(await codeOf(connectHost(options(22, { proxyUrl: proxyUrl.replace('space', 'x'), address: '10.20.0.11' })))).toBe(
    'environment.unreachable',
  )
})

test('an address that swallows everything is given up in time, and when the caller gives up', async () => {
  const silent = createServer((socket) => socket.resume().on('error', () => {}))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  close.push(() => new Promise((resolve) => silent.close(() => resolve())))
  const bound = silent.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  expect(await codeOf(connectHost(options(port, { timeoutMs: 60 })))).toBe('environment.unreachable')
  const giveUp = new AbortController()
  const attempt = codeOf(connectHost(options(port, { signal: giveUp.signal })))
  giveUp.abort()
  expect(await attempt).toBe('environment.unreachable')
})

async function signedIn() {
  const real = await startMachine()
  close.push(() => real.close())
  const client = await connectHost(options(real.port))
  close.push(async () => void client.end())
  const bounds = { timeoutMs: 5_000, mostBytes: 1_000 }
  return { machine: real, client, run: (command: string, more = {}) => execOnHost(client, command, { ...bounds, ...more }) }
}

test('a command is run without input, and of what it prints only so much is kept', async () => {
  const { run } = await signedIn()
  expect(await run('cat; echo "$((6 * 7)) ü"; echo noise >&2; exit 3')).toEqual({ code: 3, stdout: '42 ü\n' })
  expect(await run('head -c 3000000 /dev/zero; kill -9 $$')).toEqual({ code: null, stdout: '\0'.repeat(1_000) })
})

test('a command that takes too long is given up and ended, as it is when its caller gives up', async () => {
  const { machine: real, run } = await signedIn()
  const ended = (name: string) => expect.poll(() => existsSync(join(real.home, name)), { timeout: 5_000 }).toBe(true)
  const forever = (name: string) => `trap "touch ${name}; exit" HUP; touch ${name}-began; while :; do sleep 0.01; done`
  expect(await codeOf(run(forever('late'), { timeoutMs: 200 }))).toBe('environment.unreachable')
  await ended('late')
  const giveUp = new AbortController()
  const attempt = codeOf(run(forever('unwanted'), { signal: giveUp.signal }))
  await ended('unwanted-began')
  giveUp.abort()
  expect(await attempt).toBe('environment.unreachable')
  await ended('unwanted')
  expect(await codeOf(run('touch never', { signal: giveUp.signal }))).toBe('environment.unreachable')
  expect(await run('ls never 2>/dev/null')).toEqual({ code: 2, stdout: '' })
})

test('half an answer from a connection that broke is no answer', async () => {
  const { machine: real, client, run } = await signedIn()
  const attempt = codeOf(run('echo half; touch said; exec sleep 1000'))
  await expect.poll(() => existsSync(join(real.home, 'said')), { timeout: 5_000 }).toBe(true)
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  real.cut()
  expect(await attempt).toBe('environment.unreachable')
  await closed
  expect(await codeOf(run('echo anything'))).toBe('environment.unreachable')
  expect(client.listenerCount('close')).toBe(0)
})
