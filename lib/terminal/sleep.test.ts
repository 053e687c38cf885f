import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Machine, startMachine } from './machine.fixture.ts'
import type { Power } from './power.ts'
import { type BrowserOptions, environmentId, openBrowser, startGateway } from './serve-terminals.fixture.ts'
import type { GatewayDeps } from './serve-terminals.ts'

/*
 * Terminals of machines that fall asleep and wake: a machine is frozen in the middle of whatever it does, as a suspended guest is.
 */

const dtach =
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder}/dtach`)
    .find((path) => existsSync(path)) ?? null

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function world({ plain = false, ...deps }: Partial<GatewayDeps> & { plain?: boolean } = {}) {
  const machine: Machine = await startMachine({ dtach: plain ? null : dtach })
  cleanups.push(() => machine.close())
  const tries = { begun: 0 }
  const gateway = await startGateway(machine, deps, () => void tries.begun++)
  cleanups.push(() => gateway.stop())
  const open = (more: BrowserOptions = {}) => {
    const browser = openBrowser(gateway, more)
    cleanups.push(() => browser.close())
    return browser
  }
  /** What the environment's row says from now on, and that it is told. */
  const say = (power: Power) => {
    gateway.current.power = power
    gateway.changed(environmentId)
  }
  const sleep = async (browser: ReturnType<typeof openBrowser>) => {
    say('asleep')
    await browser.until(() => browser.page.states.at(-1)?.state === 'asleep', 'asleep')
    machine.freeze()
  }
  const wake = () => {
    say('waking')
    machine.thaw()
    say('awake')
  }
  return { machine, gateway, tries, open, say, sleep, wake }
}

/** The numbers that a counting shell printed. */
const ticks = (text: string) => [...text.matchAll(/^tick-(\d+)\r$/gm)].map(([, number]) => Number(number))
const COUNT = 'n=0; while [ ! -e ~/enough ] && sleep 0.02; do echo tick-$n; n=$((n + 1)); done\r'

for (const plain of [false, true]) {
  describe.skipIf(!plain && !dtach)(plain ? 'a plain shell' : 'a shell under dtach', () => {
    test('sleeps without being asked for anything, and goes on where it was: nothing it printed is missing', async () => {
      const { machine, tries, open, sleep, wake } = await world({ plain })
      const ada = open()
      await ada.live()
      ada.type(COUNT)
      await ada.sees('tick-9\r')
      await sleep(ada)
      const before = { connections: machine.connections, tries: tries.begun }
      // What a page does by itself meanwhile: another size, another window.
      ada.socket.emit('resize', { cols: 90, rows: 30 })
      const second = open()
      await second.until(() => second.page.states.at(-1)?.state === 'asleep', 'asleep')
      await ada.until(() => ada.page.sizes.length > 0, 'told its size')
      expect(machine.sinceFrozen).toEqual({ bytes: 0, connections: 0 })
      expect([machine.connections, tries.begun]).toEqual([before.connections, before.tries])
      wake()
      await ada.until(() => ada.page.states.at(-1)?.state === 'live', 'live')
      const last = ticks(ada.page.text).at(-1) ?? 0
      await ada.sees(`tick-${last + 20}\r`)
      expect(ticks(ada.page.text)).toEqual(Array.from({ length: ticks(ada.page.text).length }, (_, index) => index))
      expect(ada.page.welcomes).toHaveLength(1)
      expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: plain ? 'plain' : 'kept', again: false })
      writeFileSync(join(machine.home, 'enough'), '')
      ada.type('stty size\r')
      await ada.sees('30 90')
    })

    test('takes what was typed in its sleep once, when it is awake', async () => {
      const { machine, open, sleep, wake, say } = await world({ plain })
      const ada = open()
      await ada.live()
      await sleep(ada)
      ada.type('echo typed-$((40 + 2))\r')
      say('waking')
      await ada.until(() => ada.page.states.at(-1)?.state === 'waking', 'waking')
      ada.type('echo next-$((50 + 2))\r')
      expect(machine.sinceFrozen.bytes).toBe(0)
      wake()
      await ada.sees('next-52')
      // Only what was computed counts. What is typed ahead is echoed wherever the output is just then, also before it in its row.
      expect(ada.page.text.match(/typed-42\r\n/g)).toHaveLength(1)
      expect(ada.page.text.match(/next-52\r\n/g)).toHaveLength(1)
    })
  })
}

describe.skipIf(!dtach)('on a machine with dtach', () => {
  test('a machine that printed before anybody was told that it wakes is live by that', async () => {
    const { machine, open, sleep, say } = await world()
    const ada = open()
    await ada.live()
    ada.type(COUNT)
    await ada.sees('tick-9\r')
    await sleep(ada)
    say('waking')
    await ada.until(() => ada.page.states.at(-1)?.state === 'waking', 'waking')
    machine.thaw()
    await ada.until(() => ada.page.states.at(-1)?.state === 'live', 'live')
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'kept', again: false })
  })

  test('a machine that has nothing to say is asked as soon as it lets anybody in, before its environment is ready', async () => {
    const { machine, open, sleep, say } = await world()
    const ada = open()
    await ada.live()
    await sleep(ada)
    say('waking')
    await ada.until(() => ada.page.states.at(-1)?.state === 'waking', 'waking')
    await expect.poll(() => machine.sinceFrozen.connections).toBe(1)
    machine.thaw()
    await ada.until(() => ada.page.states.at(-1)?.state === 'live', 'live')
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'kept', again: false })
    // Whoever knocked is gone again.
    await expect.poll(() => machine.connections).toBe(1)
  })

  test('a connection that died in its sleep is not missed until the machine is woken, then made again', async () => {
    const { machine, tries, open, sleep, wake } = await world()
    const ada = open()
    await ada.live()
    ada.type('kept=$((11 * 11)); echo set-$((1 + 1))\r')
    await ada.sees('set-2')
    await sleep(ada)
    const before = tries.begun
    machine.thaw()
    machine.cut()
    await expect.poll(() => machine.connections).toBe(0)
    machine.freeze()
    const second = open()
    await second.until(() => second.page.states.at(-1)?.state === 'asleep', 'asleep')
    expect(tries.begun).toBe(before)
    wake()
    await ada.until(() => ada.page.states.at(-1)?.state === 'live', 'live')
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'attached', again: true })
    ada.type('echo still-$kept\r')
    await ada.sees('still-121')
  })

  test('a connection that the network forgot meanwhile is found dead and replaced at once', async () => {
    const { machine, open, sleep, wake } = await world()
    const ada = open()
    await ada.live()
    ada.type('kept=$((11 * 11)); echo set-$((1 + 1))\r')
    await ada.sees('set-2')
    await sleep(ada)
    machine.forget()
    ada.type('echo still-$kept\r')
    const wokenAt = performance.now()
    wake()
    await ada.sees('still-121')
    expect(performance.now() - wokenAt).toBeLessThan(4_000)
    expect(ada.page.text.match(/^still-121\r$/gm)).toHaveLength(1)
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'attached', again: true })
  })

  test('a window that is opened while the machine is still frozen shows its prompt as soon as that answers', async () => {
    const { machine, gateway, tries, open, say } = await world()
    machine.freeze()
    gateway.current.power = 'asleep'
    const ada = open()
    await ada.until(() => ada.page.states.at(-1)?.state === 'asleep', 'asleep')
    expect([tries.begun, machine.sinceFrozen.connections]).toEqual([0, 0])
    say('waking')
    // The door is shut, and somebody stands there.
    await expect.poll(() => machine.sinceFrozen.connections).toBe(1)
    ada.type('echo first-$((1 + 1))\r')
    const thawnAt = performance.now()
    machine.thaw()
    await ada.sees('first-2')
    expect(performance.now() - thawnAt).toBeLessThan(1_000)
    expect(tries.begun).toBe(1)
    expect(ada.page.states.at(-1)).toMatchObject({ state: 'live', origin: 'new' })
  })

  test('machines that were stopped in their sleep boot anew, and it is said', async () => {
    const { machine, open, sleep, wake } = await world()
    const ada = open()
    await ada.live()
    await sleep(ada)
    machine.restart()
    wake()
    await ada.until(() => ada.page.states.some((state) => state.state === 'live' && state.again), 'live')
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'restarted', again: true })
  })

  test('a page that comes back after its machine slept and woke goes on in the same shell', async () => {
    const { machine, gateway, open, sleep, wake } = await world()
    const first = open({ client: 'page-of-ada' })
    await first.live()
    first.type(COUNT)
    await first.sees('tick-9\r')
    await sleep(first)
    first.close()
    await expect.poll(() => gateway.gateway.shells).toBe(1)
    wake()
    const second = open({ client: 'page-of-ada', last: first.position() })
    await second.until(() => second.page.states.at(-1)?.state === 'live', 'live')
    const last = ticks(first.page.text + second.page.text).at(-1) ?? 0
    await second.sees(`tick-${last + 20}\r`)
    const all = ticks(first.page.text + second.page.text)
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index))
    expect(second.page.welcomes[0]?.kind).toBe('resumed')
    expect(machine.connections).toBe(1)
  })

  test('a connection that died while nobody looked takes nothing that is typed, and loses nothing', async () => {
    const { machine, gateway, open } = await world()
    const first = open({ client: 'page-of-ada' })
    await first.live()
    first.type('kept=$((11 * 11)); echo set-$((1 + 1))\r')
    await first.sees('set-2')
    first.close()
    await expect.poll(() => first.socket.connected).toBe(false)
    machine.forget()
    const second = open({ client: 'page-of-ada', last: first.position() })
    await second.live()
    second.type('echo still-$kept\r')
    await second.sees('still-121')
    expect(second.page.text.match(/^still-121\r$/gm)).toHaveLength(1)
    expect(gateway.gateway.shells).toBe(1)
  })
})

test('terminals of what sleeps are not checked again and again', async () => {
  const other = '01990000-0000-7000-8000-0000000000e2'
  const checked: string[] = []
  const { gateway, open } = await world({
    plain: true,
    recheckMs: 5,
    recheck: async ({ environmentId: id }) => {
      checked.push(id)
      return { power: id === other ? 'awake' : 'asleep', warned: false }
    },
  })
  const sleeping = open()
  await sleeping.until(() => sleeping.page.states.at(-1)?.state === 'asleep', 'asleep')
  const awake = open({ ticket: gateway.ticket({ environmentId: other }), asks: { environment: other } })
  await awake.live()
  const before = checked.filter((id) => id === environmentId).length
  const rounds = () => checked.filter((id) => id === other).length
  await expect.poll(rounds).toBeGreaterThan(60)
  const after = checked.filter((id) => id === environmentId).length
  expect(after - before).toBeLessThanOrEqual(rounds() / 20 + 1)
  expect(after - before).toBeGreaterThan(0)
})

test('a key is told as use at once while a warning is on', async () => {
  const told: string[] = []
  const { gateway, open, say } = await world({
    plain: true,
    touch: async (id) => {
      told.push(id)
      return { nextInMs: 60_000 }
    },
  })
  const ada = open()
  await ada.live()
  ada.type('a')
  ada.type('b')
  // What a terminal answers by itself is nobody's key.
  await expect.poll(() => told).toHaveLength(1)
  gateway.current.warned = true
  const warned = Promise.withResolvers<void>()
  const second = open()
  second.socket.once('welcome', () => warned.resolve())
  await warned.promise
  ada.type('\x1b[1;1R')
  ada.type('c')
  ada.type('d')
  await expect.poll(() => told).toHaveLength(2)
  gateway.current.warned = false
  say('awake')
  ada.type('\x15echo told-$((1 + 1))\r')
  await ada.sees('told-2')
  expect(told).toHaveLength(2)
})
