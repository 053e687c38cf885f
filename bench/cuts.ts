import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Balancer, Cut } from '../e2e/balancer.ts'
import type { Seat } from './cut-seats.ts'
import { until } from './troupe.ts'

/*
 * Three ways in which a terminal loses its connection, at moments that a seed decides, and how long it took to be back.
 */

export const kinds = ['socket cut', 'machine frozen', 'gateway killed'] as const
export type Kind = (typeof kinds)[number]

/** `backMs`: from when nothing stood in its way any more until the person saw a new line. `how`: for whoever reads. */
export type Trial = { kind: Kind; seat: string; how: string; backMs: number; slow: boolean }

/** Longer than either side waits for a sign of life. */
const NEVER_MS = 90_000
const SETTLED_MS = 60

export const between = (random: () => number, from: number, to: number) => from + random() * (to - from)
/** As many short ones as long ones, by their order of magnitude. */
const spread = (random: () => number, from: number, to: number) => from * (to / from) ** random()

/** Waits until the seat shows a line that it had not when it was cut. @throws where it never does */
export async function back(seat: Seat, than: number, limitMs = NEVER_MS): Promise<number> {
  const waited = await until(async () => (await seat.isLive()) && (await seat.newest()) > than, limitMs)
  if (waited >= limitMs) throw new Error(`${seat.name} did not come back, after ${than}: ${await seat.describe()}`)
  return waited
}

/** Somebody's network is gone for a moment: with word to both ends, or without any. */
export async function cutSocket(balancer: Balancer, seat: Seat, random: () => number, silent: boolean): Promise<Trial> {
  await delay(between(random, 200, 1_500))
  const how: Cut = silent ? 'silent' : random() < 0.5 ? 'reset' : 'end'
  const awayMs = silent || random() < 0.3 ? 0 : spread(random, 50, 5_000)
  const arrive = awayMs > 0 ? balancer.turnAway(seat.owns) : () => {}
  if (balancer.cut(seat.owns, how) === 0) throw new Error(`${seat.name} has no connection`)
  await delay(SETTLED_MS)
  const than = await seat.newest()
  await delay(Math.max(0, awayMs - SETTLED_MS))
  arrive()
  const backMs = await back(seat, than)
  return { kind: 'socket cut', seat: seat.name, how: silent ? how : `${how}, away ${Math.round(awayMs)} ms`, backMs, slow: silent }
}

/** A machine stands still, and the product is not told. */
export async function freezeMachine(seat: Seat, random: () => number, long: boolean): Promise<Trial> {
  await delay(between(random, 200, 1_500))
  const frozenMs = long ? between(random, 47_000, 62_000) : spread(random, 100, 12_000)
  const file = join(seat.where.cgroup, 'cgroup.freeze')
  writeFileSync(file, '1')
  try {
    await delay(SETTLED_MS)
    const than = await seat.newest()
    await delay(frozenMs - SETTLED_MS)
    writeFileSync(file, '0')
    const backMs = await back(seat, than)
    return { kind: 'machine frozen', seat: seat.name, how: `${Math.round(frozenMs)} ms`, backMs, slow: long }
  } finally {
    writeFileSync(file, '0')
  }
}

export type GatewayPart = { kill: () => Promise<void>; start: () => Promise<void> }

/** The gateway dies under everybody, and another is there a moment later. */
export async function killGateway(gateway: GatewayPart, seats: readonly Seat[], random: () => number): Promise<Trial[]> {
  await delay(between(random, 300, 2_000))
  await gateway.kill()
  await delay(SETTLED_MS)
  const than = await Promise.all(seats.map((seat) => seat.newest()))
  const awayMs = random() < 0.3 ? 0 : spread(random, 50, 3_000)
  await delay(awayMs)
  await gateway.start()
  return Promise.all(
    seats.map(async (seat, index): Promise<Trial> => {
      const backMs = await back(seat, than[index] ?? 0)
      return { kind: 'gateway killed', seat: seat.name, how: `away ${Math.round(awayMs)} ms beyond its start`, backMs, slow: false }
    }),
  )
}

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const drawn = list.map((one) => ({ one, at: random() }))
  return drawn.sort((a, b) => a.at - b.at).map(({ one }) => one)
}
