import { existsSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { readConfig, setConfig } from '../config.ts'
import { makeSshKeyPair } from '../environments/key-pair.ts'
import { connectHost } from '../reach.ts'
import { startMachine } from './machine.fixture.ts'
import { keepShell } from './shell-link.ts'

const dtach =
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder}/dtach`)
    .find((path) => existsSync(path)) ?? null
const { privateKey } = makeSshKeyPair('gateway')
const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** A shell on a machine that is asked for a sign of life all the time. */
async function world({ plain = false } = {}) {
  setConfig(readConfig({ NODE_ENV: 'test', ASTROLABE_LOG: 'silent', DATABASE_URL: 'postgresql://nowhere.invalid/none' }))
  const machine = await startMachine({ dtach: plain ? null : dtach })
  cleanups.push(() => machine.close())
  const seen = { text: '', states: [] as string[] }
  const link = keepShell({
    openMachine: (signal) =>
      connectHost({
        proxyUrl: null,
        address: '127.0.0.1',
        port: machine.port,
        timeoutMs: 5_000,
        user: 'training',
        privateKey,
        hostKey: null,
        onFirstUse: (key) => key,
        signal,
      }),
    name: 'shell',
    power: 'awake',
    size: () => ({ cols: 80, rows: 24 }),
    isBesideTyping: () => false,
    life: { everyMs: 20, limitMs: 200 },
    events: {
      onConnecting: (code) => void seen.states.push(`connecting ${code}`),
      onAsleep: () => void seen.states.push('asleep'),
      onWaking: () => void seen.states.push('waking'),
      onLive: (origin, again) => void seen.states.push(`live ${origin}${again ? ' again' : ''}`),
      onOutput: (bytes) => {
        seen.text += bytes.toString('latin1')
      },
      onLost: () => void seen.states.push('lost'),
      onOver: (code) => void seen.states.push(`over ${code}`),
    },
  })
  cleanups.push(() => link.close(0))
  const type = (text: string) => link.channel?.write(Buffer.from(text), () => {})
  await expect.poll(() => seen.states.at(-1)).toMatch(/^live/)
  return { machine, seen, link, type }
}

const ticks = (text: string) => [...text.matchAll(/^tick-(\d+)\r$/gm)].map(([, number]) => Number(number))

for (const plain of [false, true]) {
  test.skipIf(!plain && !dtach)(
    `${plain ? 'a plain shell' : 'a shell under dtach'} of a machine that stood still for longer than it is waited for goes on: nothing it printed is missing`,
    async () => {
      const { machine, seen, link, type } = await world({ plain })
      type('n=0; while sleep 0.02; do echo tick-$n; n=$((n + 1)); done\r')
      await expect.poll(() => ticks(seen.text).length).toBeGreaterThan(5)
      machine.freeze()
      await expect.poll(() => seen.states.at(-1), { timeout: 3_000 }).toBe('connecting terminal.connection_failed')
      expect(link.channel).toBeNull()
      machine.thaw()
      await expect.poll(() => seen.states.at(-1), { timeout: 5_000 }).toMatch(/^live/)
      const last = ticks(seen.text).at(-1) ?? 0
      await expect.poll(() => ticks(seen.text).at(-1)).toBeGreaterThan(last + 10)
      expect(ticks(seen.text)).toEqual(Array.from({ length: ticks(seen.text).length }, (_, index) => index))
      expect(seen.states).not.toContain('lost')
      expect(seen.states.at(-1)).toBe(plain ? 'live plain' : 'live kept')
      // Whoever knocked meanwhile is gone again.
      await expect.poll(() => machine.connections).toBe(1)
    },
  )
}

test.skipIf(!dtach)('a connection that nobody answers any more is replaced as soon as the machine lets in another', async () => {
  const { machine, seen, type } = await world()
  type('kept=$((11 * 11)); echo set-$((1 + 1))\r')
  await expect.poll(() => seen.text).toContain('set-2')
  machine.forget()
  await expect.poll(() => seen.states.at(-1), { timeout: 5_000 }).toBe('live attached again')
  type('echo still-$kept\r')
  await expect.poll(() => seen.text).toContain('still-121')
})

test.skipIf(!dtach)(
  'a program that prints goes on for whoever comes back, though nobody has told the machine that the old connection is dead',
  async () => {
    const { machine, seen, type } = await world()
    type("n=0; while :; do n=$((n + 1)); printf '%05000d\\n' $n; done\r")
    await expect.poll(() => seen.text.length).toBeGreaterThan(500_000)
    machine.forget()
    await expect.poll(() => seen.states.at(-1), { timeout: 8_000 }).toBe('live attached again')
    const before = seen.text.length
    await expect.poll(() => seen.text.length, { timeout: 4_000 }).toBeGreaterThan(before + 100_000)
  },
)
