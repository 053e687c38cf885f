import type { ClientChannel } from 'ssh2'
import { expect, test } from 'vitest'
import { makeSshKeyPair } from '../environments/key-pair.ts'
import { connectHost } from '../reach.ts'
import { startMachine } from './machine.fixture.ts'
import { limitStream, limitWindow, SSH_WINDOW_BYTES } from './ssh-window.ts'

test('a machine may send 256 KB ahead, everything arrives, and a stream that is not read holds the machine back', async () => {
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
  try {
    limitWindow(client, () => SSH_WINDOW_BYTES)
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.exec('stty raw; head -c 3000000 /dev/zero', { pty: true }, (error, opened) => {
        if (error) return reject(error)
        limitStream(client, opened)
        resolve(opened)
      })
    })
    await expect.poll(() => channel.readableLength).toBeGreaterThan(0)
    await expect.poll(machine.granted).toBe(0)
    expect(channel.readableLength).toBeLessThanOrEqual(SSH_WINDOW_BYTES)
    let bytes = 0
    for await (const chunk of channel) bytes += (chunk as Buffer).length
    expect(bytes).toBe(3_000_000)
  } finally {
    client.end()
    await machine.close()
  }
})
