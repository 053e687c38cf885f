import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import type { MachineOptions } from './machine.fixture.ts'
import { type Cleanups, openWorld, startGateway } from './serve-terminals.fixture.ts'
import type { GatewayDeps } from './serve-terminals.ts'

const dtach =
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder}/dtach`)
    .find((path) => existsSync(path)) ?? null

const cleanups: Cleanups = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})
const world = (options?: MachineOptions, deps?: Partial<GatewayDeps>) => openWorld(cleanups, options, deps)

test('what is typed in the browser is answered by the machine', async () => {
  const { open } = await world()
  const ada = open()
  await ada.live()
  ada.type('echo $((6 * 7))-answer\r')
  await ada.sees('42-answer')
  expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'plain', again: false })
})

test('a page that comes back gets what it missed, no byte lost and none twice', async () => {
  const { open } = await world()
  const first = open({ client: 'page-of-ada' })
  await first.live()
  first.type('for i in $(seq 1 3000); do echo line-$i; done; echo all-$((1 + 1))-done\r')
  await first.sees('line-1000')
  first.close()
  const second = open({ client: 'page-of-ada', last: first.position() })
  await second.live()
  await second.until(() => (first.page.text + second.page.text).includes('all-2-done'), 'the end')
  const lines = (first.page.text + second.page.text).match(/^line-\d+\r$/gm)
  expect(second.page.welcomes[0]).toMatchObject({ kind: 'resumed', seq: first.page.received, accepted: 1 })
  expect(lines).toEqual(Array.from({ length: 3000 }, (_, index) => `line-${index + 1}\r`))
})

test('a message that is sent again after a lost connection is typed once', async () => {
  const { open } = await world()
  const first = open({ client: 'page-of-ada' })
  await first.live()
  first.type('echo once-$((2 + 3))\r')
  await first.sees('once-5')
  first.close()
  const second = open({ client: 'page-of-ada', last: first.position() })
  await second.live()
  second.socket.emit('input', 1, Buffer.from('echo once-$((2 + 3))\r'))
  second.socket.emit('input', 2, Buffer.from('echo next-$((3 + 3))\r'))
  await second.sees('next-6')
  expect(second.page.text).not.toContain('once-5')
})

test('a page that was away for more than is kept starts at a line and is told that there is a gap', async () => {
  const { open } = await world()
  const first = open({ client: 'page-of-ada' })
  await first.live()
  const last = first.position()
  first.type('seq -f "number-%g" 1 60000; echo far-$((9 + 9))\r')
  await first.sees('far-18')
  first.close()
  const second = open({ client: 'page-of-ada', last })
  await second.sees('far-18')
  expect(second.page.welcomes[0]?.kind).toBe('gap')
  expect(second.page.text).toMatch(/^number-\d+\r\n/)
  expect(second.page.bytes).toBeLessThanOrEqual(256 * 1024)
})

test('a window that comes late is given the lines that it keeps, and no more', async () => {
  const { open } = await world()
  const first = open()
  await first.live()
  first.type('seq 1 3000; echo all-$((9 + 9))\r')
  await first.sees('all-18')
  const second = open({ asks: { keeps: 100 } })
  await second.sees('all-18')
  expect(second.page.text.split('\n')).toHaveLength(101)
  expect(second.page.text).toMatch(/^29\d\d\r\n/)
  const { seq, sight } = second.page.welcomes[0] ?? { seq: 0, sight: 0 }
  expect(second.page.text.slice(sight - seq).split('\n'), 'the screen of 24 lines').toHaveLength(25)
})

test('two windows of one person share the shell, and the one that types says how large it is', async () => {
  const { gateway, open } = await world()
  const left = open({ size: { cols: 100, rows: 30 } })
  await left.live()
  const right = open({ size: { cols: 60, rows: 20 } })
  await right.live()
  left.type('echo shared-$((5 + 5)); stty size\r')
  await right.sees('shared-10')
  await left.sees('30 100')
  expect(right.page.sizes.at(-1)).toEqual({ cols: 100, rows: 30 })
  left.socket.emit('resize', { cols: 90, rows: 25 })
  await left.until(() => (left.page.sizes.at(-1) as { cols: number }).cols === 90, 'the new size')
  left.type('stty size\r')
  await left.sees('25 90')
  expect(gateway.gateway.shells).toBe(1)
})

test('each tab of a machine is a shell of its own, and the same one for whoever opens that tab again', async () => {
  const { gateway, open } = await world()
  const first = open()
  const second = open({ asks: { tab: '2' } })
  await Promise.all([first.live(), second.live()])
  first.type('here=one; echo in-$here\r')
  second.type('echo in-[$here]\r')
  await Promise.all([first.sees('in-one'), second.sees('in-[]')])
  const again = open({ asks: { tab: '2' }, last: second.position() })
  await again.live()
  second.type('echo both-$((4 + 4))\r')
  await again.sees('both-8')
  expect(first.page.text).not.toContain('both-8')
  expect(gateway.gateway.shells).toBe(2)
  expect(await open({ asks: { tab: '../2' } }).refused()).toBe('input.invalid')
})

test('messages that are not as they should be end the connection', async () => {
  const { open } = await world()
  const bad: [string, ...unknown[]][] = [
    ['input', 1, 'text'],
    ['input', -1, Buffer.from('x')],
    ['input', 9, Buffer.from('x')],
    ['input', 1, Buffer.alloc(65 * 1024)],
    ['resize', { cols: 0, rows: 10 }],
    ['resize', null],
    ['ack', 1e12],
    ['ack', 'all'],
  ]
  for (const [event, ...words] of bad) {
    const page = open()
    await page.live()
    ;(page.socket as { emit(name: string, ...rest: unknown[]): unknown }).emit(event, ...words)
    await page.until(() => !page.socket.connected, `hung up on after ${event}`)
  }
})

test('a page that does not draw holds the flood at its credit, and Ctrl-C still gets through', async () => {
  const { machine, open } = await world()
  const ada = open({ acks: false })
  await ada.live()
  ada.type('yes a-line-of-the-flood\r')
  await ada.until(() => ada.page.bytes > 256 * 1024, 'more than the credit')
  // The machine's window is used up and stays so.
  let held = 0
  const looks = () => {
    held = machine.granted() === 0 ? held + 1 : 0
    return held
  }
  await expect.poll(looks, { timeout: 5_000 }).toBeGreaterThan(5)
  expect(ada.page.bytes).toBeLessThanOrEqual(256 * 1024 + 64 * 1024)
  ada.type('\x03')
  ada.ackAll()
  ada.type('echo calm-$((8 + 8))\r')
  await ada.sees('calm-16')
  // The shell was held, not its output thrown away.
  expect(ada.page.welcomes).toHaveLength(1)
  expect(machine.granted()).toBeLessThanOrEqual(256 * 1024)
})

test('a slow second window never holds up the first, and is brought to the present', async () => {
  const { open } = await world()
  const slow = open({ acks: false })
  await slow.live()
  const quick = open()
  await quick.live()
  quick.type('seq -f "number-%g" 1 100000; echo far-$((9 + 9))\r')
  await quick.sees('far-18')
  expect(slow.page.bytes).toBeLessThan(400 * 1024)
  slow.ackAll()
  await slow.sees('far-18')
  expect(slow.page.welcomes.at(-1)?.kind).toBe('gap')
})

test('a machine that still boots is tried until it answers', async () => {
  const { open } = await world({ refuseFirst: 3 })
  const ada = open()
  ada.type('echo early-$((1 + 6))\r')
  await ada.sees('early-7')
  expect(ada.page.states[0]).toEqual({ state: 'connecting', code: null })
  expect(ada.page.states).toContainEqual({ state: 'connecting', code: 'environment.unreachable' })
})

test('a shell that ends says so, and the next ticket begins another', async () => {
  const { gateway, open } = await world()
  const ada = open()
  await ada.live()
  ada.type('exit\r')
  await ada.until(() => !ada.socket.connected, 'closed')
  expect(ada.page.states.at(-1)).toMatchObject({ state: 'ended', reason: 'exited' })
  expect(gateway.gateway.shells).toBe(0)
  await open().live()
})

test('a plain shell that nobody looks at is let go after a while', async () => {
  const { machine, gateway, open } = await world({}, { idleMs: 20 })
  const ada = open()
  await ada.live()
  ada.close()
  await expect.poll(() => [gateway.gateway.shells, machine.connections]).toEqual([0, 0])
})

test('when the gateway stops, pages hear that it goes away, and what was typed; nothing is left open', async () => {
  const { machine, gateway, open } = await world()
  const ada = open()
  await ada.live()
  const accepted: number[] = []
  ada.socket.on('accepted', (seq) => accepted.push(seq))
  ada.type('a')
  ada.type('b')
  await ada.sees('ab')
  await gateway.stop()
  await gateway.gateway.close()
  await ada.until(() => !ada.socket.connected, 'closed')
  expect(ada.page.states.at(-1)).toMatchObject({ state: 'ended', reason: 'going_away', settled: true })
  expect(accepted).toEqual([2])
  await expect.poll(() => machine.connections).toBe(0)
})

test('a gateway that stops tells pages whose machine sleeps, too', async () => {
  const { gateway, open } = await world()
  gateway.current.power = 'asleep'
  const ada = open()
  await ada.until(() => ada.page.states.at(-1)?.state === 'asleep', 'asleep')
  ada.type('a')
  await gateway.stop()
  await ada.until(() => !ada.socket.connected, 'closed')
  // Not one key of it was typed.
  expect(ada.page.states.at(-1)).toMatchObject({ state: 'ended', reason: 'going_away', settled: true })
})

describe.skipIf(!dtach)('on a machine with dtach', () => {
  test('the shell outlives its gateway', async () => {
    const { machine, gateway, open } = await world({ dtach })
    const ada = open()
    await ada.live()
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'new', again: false })
    ada.type('kept=$((11 * 11)); echo set-$((1 + 1))\r')
    await ada.sees('set-2')
    await gateway.gateway.close()
    const next = await startGateway(machine)
    cleanups.push(() => next.stop())
    const again = open({ last: ada.position() }, next)
    await again.live()
    expect(again.page.states.at(-1)).toEqual({ state: 'live', origin: 'attached', again: false })
    expect(again.page.welcomes[0]?.kind).toBe('gap')
    // Not a key was pressed: the prompt is painted anew.
    await again.until(() => /[#$] $/.test(again.page.text), 'a prompt')
    again.type('echo still-$kept\r')
    await again.sees('still-121')
  })

  test('a lost connection to the machine is made again under the same shell', async () => {
    const { machine, open } = await world({ dtach })
    const ada = open()
    await ada.live()
    ada.type('kept=$((11 * 11)); echo set-$((1 + 1))\r')
    await ada.sees('set-2')
    machine.cut()
    await ada.until(() => ada.page.states.some((state) => state.state === 'live' && state.again), 'there again')
    ada.type('echo still-$kept\r')
    await ada.sees('still-121')
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'attached', again: true })
    // What the shell printed in between nobody has: the screen says where.
    expect(ada.page.welcomes.map(({ kind }) => kind)).toEqual(['fresh', 'gap'])
  })

  test('a machine that was restarted is said to be', async () => {
    const { machine, open } = await world({ dtach })
    const ada = open()
    await ada.live()
    machine.restart()
    await ada.until(() => ada.page.states.some((state) => state.state === 'live' && state.again), 'there again')
    expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'restarted', again: true })
  })

  test('a shell that was ended in peace is not taken for a restart', async () => {
    const { open } = await world({ dtach })
    const ada = open()
    await ada.live()
    ada.type('exit\r')
    await ada.until(() => !ada.socket.connected, 'closed')
    expect(ada.page.text.endsWith('\x1b[A\x1b[2K')).toBe(true)
    const next = open()
    await next.live()
    expect(next.page.states.at(-1)).toEqual({ state: 'live', origin: 'new', again: false })
  })
})
