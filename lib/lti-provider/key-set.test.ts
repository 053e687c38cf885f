import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { checkAddress, isPublicAddress, pinAddress } from './address-guard.ts'
import { newSigner } from './forge.fixture.ts'
import { guardedGet } from './guarded-get.ts'
import { createKeySets } from './key-set.ts'
import { generateToolKey, signingKey, toolKeyPem, toolKeySet } from './tool-keys.ts'

const source = { jwksUrl: 'https://lms.example/keys', loopbackOrigin: null }
const code = (name: string) => expect.objectContaining({ code: name })

function platform(cacheControl?: string) {
  const state = { keys: [newSigner().jwk] as unknown[], reads: 0, status: 200, time: 0 }
  const sets = createKeySets({
    now: () => new Date(state.time),
    get: async () => {
      state.reads += 1
      return { status: state.status, headers: { 'cache-control': cacheControl }, body: JSON.stringify({ keys: state.keys }) }
    },
  })
  const kid = () => (state.keys[0] as { kid: string }).kid
  return { state, sets, kid }
}

test('a key set is read once for many launches at once, and again when it is no longer fresh', async () => {
  const { state, sets, kid } = platform('public, max-age=120')
  await Promise.all(Array.from({ length: 20 }, () => sets.find(source, kid())))
  state.time = 119_000
  await sets.find(source, kid())
  expect(state.reads).toBe(1)
  state.time = 120_000
  await sets.find(source, kid())
  expect(state.reads).toBe(2)
})

test('J5, J7: unknown kids make it look again once in 30 s, however many there are', async () => {
  const { state, sets, kid } = platform()
  await sets.find(source, kid())
  for (let count = 0; count < 100; count++) await expect(sets.find(source, `unknown ${count}`)).rejects.toThrow(code('key.unknown'))
  expect(state.reads).toBe(2)
  state.time = 30_000
  await expect(sets.find(source, 'unknown')).rejects.toThrow(code('key.unknown'))
  expect(state.reads).toBe(3)
})

test('J21: a rotated key is found at once, and the old one is gone with its set', async () => {
  const { state, sets, kid } = platform()
  const old = kid()
  await sets.find(source, old)
  state.keys = [newSigner().jwk]
  expect(await sets.find(source, kid())).toHaveLength(1)
  await expect(sets.find(source, old)).rejects.toThrow(code('key.unknown'))
})

test('J22: a platform that is down is believed for an hour after its keys went stale, and not longer', async () => {
  const { state, sets, kid } = platform()
  await sets.find(source, kid())
  state.status = 500
  state.time = 600_000 + 3_599_000
  expect(await sets.find(source, kid())).toHaveLength(1)
  state.time = 600_000 + 3_600_000
  await expect(sets.find(source, kid())).rejects.toThrow(code('key_set.unreachable'))
})

test('J22: a set without keys is none, and one bad member does not spoil the others', async () => {
  const { state, sets, kid } = platform()
  const good = state.keys
  state.keys = []
  await expect(sets.find(source, 'any')).rejects.toThrow(code('key_set.content'))
  state.keys = [...good, null, 7, { kty: 1 }]
  expect(await sets.find(source, kid())).toHaveLength(1)
})

test.each([
  'http://lms.example/keys',
  'https://127.0.0.1/keys',
  'https://2130706433/keys',
  'https://0177.0.0.1/keys',
  'https://0x7f.1/keys',
  'https://[::1]/keys',
  'https://[::ffff:127.0.0.1]/keys',
  'https://[fe80::1]/keys',
  'https://[64:ff9b::7f00:1]/keys',
  'https://10.1.2.3/keys',
  'https://172.16.0.1/keys',
  'https://192.168.1.1/keys',
  'https://100.64.0.1/keys',
  'https://169.254.169.254/latest',
  'https://localhost/keys',
  'https://localhost./keys',
  'https://metadata.google.internal/keys',
  'https://user@lms.example/keys',
  'file:///etc/passwd',
  'not an address',
])('J24: %s is not connected to', (address) => {
  expect(() => checkAddress(address, null)).toThrow(code('key_set.address'))
})

test('J24: a name is refused when any of its addresses is, and pinned to what was checked', async () => {
  const resolve =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const pin = (...addresses: string[]) => pinAddress('https://lms.example/keys', { loopbackOrigin: null, resolve: resolve(...addresses) })
  await expect(pin('93.184.216.34', '127.0.0.1')).rejects.toThrow(code('key_set.address'))
  await expect(pin('::ffff:10.0.0.1')).rejects.toThrow(code('key_set.address'))
  await expect(pin()).rejects.toThrow(code('key_set.unreachable'))
  expect(await pin('2606:2800:220:1::1')).toMatchObject({ address: '2606:2800:220:1::1', family: 6 })
  expect(isPublicAddress('lms.example')).toBe(false)
})

test('J24: of all of loopback only the origin that was registered is open, and only as long as it is loopback', async () => {
  const loopbackOrigin = 'http://localhost:3001'
  expect(checkAddress('http://localhost:3001/keys', loopbackOrigin).port).toBe('3001')
  for (const address of ['http://localhost:3002/keys', 'http://127.0.0.1:3001/keys', 'https://localhost:3001/keys'])
    expect(() => checkAddress(address, loopbackOrigin)).toThrow(code('key_set.address'))
  const resolve = async () => [{ address: '192.168.0.7', family: 4 }]
  await expect(pinAddress('http://localhost:3001/keys', { loopbackOrigin, resolve })).rejects.toThrow(code('key_set.address'))
})

test('J23, J25: a redirect is an answer like another, an endless body is cut off, a dead port is unreachable', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/keys' }).end()
    else {
      response.on('error', () => {})
      const chunk = Buffer.alloc(65_536, 32)
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }
  })
  const ready = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', ready.resolve)
  await ready.promise
  const closed = () => new Promise<void>((resolve) => server.close(() => resolve()))
  onTestFinished(async () => {
    server.closeAllConnections()
    if (server.listening) await closed()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect((await guardedGet(`${origin}/moved`, { loopbackOrigin: origin })).status).toBe(302)
  await expect(guardedGet(`${origin}/endless`, { loopbackOrigin: origin })).rejects.toThrow(code('key_set.content'))
  server.closeAllConnections()
  await closed()
  await expect(guardedGet(`${origin}/keys`, { loopbackOrigin: origin })).rejects.toThrow(code('key_set.unreachable'))
})

test('our own keys: the next is published and does not sign, the previous is published until it is retired', async () => {
  const at = (hours: number) => new Date(hours * 3_600_000)
  const { privatePem, ...key } = await generateToolKey()
  expect(privatePem).toContain('PRIVATE KEY')
  const keys = [
    { ...key, kid: 'gone', activeFrom: at(0), retiredAt: at(90) },
    { ...key, kid: 'previous', activeFrom: at(10), retiredAt: at(110) },
    { ...key, kid: 'current', activeFrom: at(50), retiredAt: null },
    { ...key, kid: 'next', activeFrom: at(150), retiredAt: null },
  ]
  expect(signingKey(keys, at(100))?.kid).toBe('current')
  expect(toolKeySet(keys, at(100)).keys.map(({ kid }) => kid)).toEqual(['next', 'current', 'previous'])
  expect(toolKeySet(keys, at(100)).keys[0]).not.toHaveProperty('d')
  expect(toolKeyPem(key)).toMatch(/^-----BEGIN PUBLIC KEY-----/)
})
