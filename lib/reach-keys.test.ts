import { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import type { Client } from 'ssh2'
import { expect, test } from 'vitest'
import { makeSshKeyPair } from './environments/key-pair.ts'
import { connectHost, execOnHost } from './reach.ts'
import { startMachine } from './terminal/machine.fixture.ts'

type Inside = { _protocol: { _cipher: { _encKey: unknown }; _decipher: { _decipherKey: unknown }; rekey(): void } }
const insideOf = (client: Client) => (client as unknown as Inside)._protocol
const keysOf = (client: Client) => [insideOf(client)._cipher._encKey, insideOf(client)._decipher._decipherKey]

test('the keys of a connection are made once, and again once it has agreed on others', async () => {
  const machine = await startMachine()
  const client = await connectHost({
    proxyUrl: null,
    address: '127.0.0.1',
    port: machine.port,
    user: 'training',
    hostKey: null,
    privateKey: makeSshKeyPair('gateway').privateKey,
    timeoutMs: 5_000,
    onFirstUse: (key) => key,
  })
  const answer = () => execOnHost(client, 'echo here', { timeoutMs: 5_000, mostBytes: 100 })
  try {
    const first = keysOf(client)
    expect(first.every((key) => key instanceof KeyObject)).toBe(true)
    expect(await answer()).toEqual({ code: 0, stdout: 'here\n' })
    expect(keysOf(client)).toEqual(first)
    const agreed = once(client, 'handshake')
    insideOf(client).rekey()
    await agreed
    const second = keysOf(client)
    expect(second.every((key, index) => key instanceof KeyObject && first[index] instanceof KeyObject && !key.equals(first[index]))).toBe(
      true,
    )
    expect(await answer()).toEqual({ code: 0, stdout: 'here\n' })
  } finally {
    client.end()
    await machine.close()
  }
})
