import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { afterEach, describe, expect, test } from 'vitest'
import { type Machine, startMachine } from '#lib/terminal/machine.fixture.ts'
import { environmentId, launchId, type RunningGateway, startGateway } from '#lib/terminal/serve-terminals.fixture.ts'
import { wireOver } from './socket-wire.ts'
import { openTerminal } from './terminal-client.ts'

/*
 * Gateways that stop, one after the other, under pages that type all the time: the page's half is the product's own, the gateways share
 * nothing but the machines, on which a program writes down what it is given.
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

const bytes = (text: string) => new TextEncoder().encode(text)

async function startMachines(count: number, readsAfterMs: number): Promise<Machine[]> {
  const machines = await Promise.all(Array.from({ length: count }, () => startMachine({ dtach, readsAfterMs })))
  cleanups.push(async () => void (await Promise.all(machines.map((machine) => machine.close()))))
  return machines
}

/** Gateways that take each other's place; pages find whichever serves. */
async function startFleet(machines: readonly Machine[]) {
  const start = async () => {
    const gateway = await startGateway((host) => machines[Number(host.slice(4))] as Machine)
    cleanups.push(() => gateway.stop())
    return gateway
  }
  const fleet: { serving: RunningGateway } = { serving: await start() }
  return {
    fleet,
    replace: async (end: (old: RunningGateway) => Promise<void> | void) => {
      const old = fleet.serving
      fleet.serving = await start()
      await end(old)
    },
  }
}

/** A page that types into a program which writes down what it is given, and notes when it was without a shell, and for how long. */
function openPage(fleet: { serving: RunningGateway }, host: string, onLost: () => void) {
  const page = { text: '', state: '', lostAt: null as number | null, awayMs: [] as number[] }
  const client = openTerminal({
    about: { launch: launchId, environment: environmentId, generation: 1, host, tab: '1', mode: 'write', client: `page-of-ada-at-${host}` },
    requestTicket: async () => ({ ticket: fleet.serving.ticket({ hostName: host }) }),
    dial(hello, events) {
      const socket = io(`${fleet.serving.url}/terminal`, {
        auth: hello,
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders: { cookie: 'browser=ada', origin: 'http://127.0.0.1' },
      })
      return wireOver(socket, events)
    },
    screen: {
      size: () => ({ cols: 80, rows: 24 }),
      keeps: () => 5_024,
      write(chunk, drawn) {
        page.text += Buffer.from(chunk).toString('latin1')
        drawn()
      },
      gap: () => {},
      alternate: () => {},
      fit: () => {},
    },
    onView(view) {
      page.state = view.state
      if (view.state === 'reconnecting' && page.lostAt === null) {
        page.lostAt = performance.now()
        onLost()
      }
      if (view.state !== 'live' || page.lostAt === null) return
      page.awayMs.push(performance.now() - page.lostAt)
      page.lostAt = null
    },
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    now: () => performance.now(),
    random: Math.random,
  })
  cleanups.push(() => client.close())
  return { page, client }
}

async function world(count: number, readsAfterMs = 0) {
  const machines = await startMachines(count, readsAfterMs)
  const { fleet, ...rest } = await startFleet(machines)
  const pages = machines.map((machine, index) => {
    /** `noticedAt`: how many keys had been typed whenever the page noticed that its connection was lost. */
    const typed = { count: 0, noticedAt: [] as number[] }
    const { page, client } = openPage(fleet, `host${index}`, () => typed.noticedAt.push(typed.count))
    return {
      page,
      client,
      typed,
      type: () => client.type(bytes(`${++typed.count};`)),
      written: () => readFileSync(join(machine.home, 'written'), 'latin1'),
      numbers: () =>
        readFileSync(join(machine.home, 'written'), 'latin1')
          .split(';')
          .slice(0, -1)
          .map((text) => Number(text)),
      begin: async () => {
        client.type(bytes('stty raw -echo; echo list$((40 + 2))ening; cat >~/written\r'))
        await expect.poll(() => page.text, { timeout: 8_000 }).toContain('list42ening')
      },
      all: () => Array.from({ length: typed.count }, (_, index) => `${index + 1};`).join(''),
    }
  })
  await Promise.all(pages.map(({ begin }) => begin()))
  const typing = setInterval(() => {
    for (const { type } of pages) type()
  }, 4)
  cleanups.push(() => clearInterval(typing))
  /** So many more keys on every page, each of which has a shell. */
  const goOn = async (more: number) => {
    const goals = pages.map(({ typed }) => typed.count + more)
    const there = () => pages.every(({ page, typed }, index) => page.state === 'live' && typed.count >= (goals[index] ?? 0))
    await expect.poll(there, { timeout: 10_000 }).toBe(true)
  }
  return { pages, goOn, ...rest, stopTyping: () => clearInterval(typing) }
}

describe.skipIf(!dtach)('on machines with dtach', () => {
  test('gateways that stop one after the other cost nobody a key, and nobody is typed for twice', { timeout: 60_000 }, async () => {
    const { pages, replace, goOn, stopTyping } = await world(4, 100)
    for (let round = 0; round < 6; round++) {
      await goOn(30)
      await replace((old) => old.stop())
    }
    await goOn(30)
    stopTyping()
    for (const { written, all, page } of pages) {
      await expect.poll(written, { timeout: 8_000 }).toBe(all())
      expect(page.awayMs).toHaveLength(6)
      expect(Math.max(...page.awayMs)).toBeLessThan(3_000)
    }
  })

  test('a gateway that is killed loses no key but those under way, and none is typed twice', { timeout: 60_000 }, async () => {
    const { pages, replace, goOn, stopTyping } = await world(4)
    const killedAt = pages.map(() => [] as number[])
    for (let round = 0; round < 4; round++) {
      await goOn(30)
      await replace((old) => {
        for (const [index, { numbers }] of pages.entries()) killedAt[index]?.push(numbers().at(-1) ?? 0)
        old.kill()
      })
    }
    await goOn(30)
    stopTyping()
    for (const [index, { numbers, typed, page }] of pages.entries()) {
      await expect.poll(() => numbers().at(-1), { timeout: 8_000 }).toBe(typed.count)
      const arrived = new Set(numbers())
      expect(numbers()).toEqual([...arrived].sort((one, other) => one - other))
      // Not what the program had when the gateway died, nor what was typed after the page noticed.
      const underWay = (key: number) => killedAt[index]?.some((from, kill) => key > from && key <= (typed.noticedAt[kill] ?? 0)) === true
      const lost = Array.from({ length: typed.count }, (_, key) => key + 1).filter((key) => !arrived.has(key))
      expect(lost.filter((key) => !underWay(key))).toEqual([])
      expect(Math.max(...page.awayMs)).toBeLessThan(3_000)
    }
  })

  test('what is typed while a machine wakes outlives the gateway that waits for it', async () => {
    const [machine] = await startMachines(1, 0)
    const { fleet, replace } = await startFleet(machine ? [machine] : [])
    machine?.freeze()
    fleet.serving.current.power = 'waking'
    const { page, client } = openPage(fleet, 'host0', () => {})
    await expect.poll(() => page.state).toBe('waking')
    client.type(bytes('echo early-$((1 + 6))\r'))
    await replace((old) => old.kill())
    await expect.poll(() => page.state, { timeout: 8_000 }).toBe('connecting')
    machine?.thaw()
    await expect.poll(() => page.text, { timeout: 8_000 }).toContain('early-7')
    expect(page.text.match(/^early-7\r$/gm)).toHaveLength(1)
  })
})
