import { setTimeout as delay } from 'node:timers/promises'
import { type Balancer, startBalancer } from '../e2e/balancer.ts'
import { freePort } from '../e2e/product.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform, type TestPlatform } from '../lib/demo-course/test-platform.ts'
import { openRows, type Rows } from './environment-row.ts'
import { openStage, type Part, type Stage } from './stage.ts'

/** Who plays: two of each that may be two, over one database, behind one address. */
export const members = ['web 1', 'web 2', 'worker 1', 'worker 2', 'gateway', 'course'] as const
export type Member = (typeof members)[number]

export type Troupe = {
  stage: Stage
  balancer: Balancer
  rows: Rows
  /** A course platform whose learners are made up as needed. */
  platform: TestPlatform
  part: (member: Member) => Part
  /** Where web processes and the gateway listen. */
  ports: { web: readonly number[]; gateway: number }
  /** Ends one and starts it again. @returns how long it took to end, and how long it then took until it served, ms */
  restart: (member: Member, signal: NodeJS.Signals) => Promise<{ endMs: number; startMs: number }>
  /** What all of them printed, for whoever wonders. */
  output: () => string
  close: () => Promise<void>
}

/** @param env of every process, e.g. ASTROLABE_DEV_CLOUD_DRIVER */
export async function openTroupe(env: Record<string, string> = {}): Promise<Troupe> {
  const stage = await openStage(env)
  const balancer = await startBalancer(stage.port)
  const [web1, web2, gateway] = [await freePort(), await freePort(), await freePort()]
  balancer.serve([web1, web2], [gateway])
  const roles: Record<Member, [roles: string, port: number | null]> = {
    'web 1': ['web', web1],
    'web 2': ['web', web2],
    'worker 1': ['worker', null],
    'worker 2': ['worker', null],
    gateway: ['gateway', gateway],
    course: ['course', null],
  }
  const parts = new Map<Member, Part>()
  const past: string[] = []
  const start = async (member: Member) => {
    const [role, port] = roles[member]
    parts.set(member, await stage.start(role, port === null ? {} : { PORT: String(port) }))
  }
  const part = (member: Member) => {
    const found = parts.get(member)
    if (!found) throw new Error(`${member} has not been started`)
    return found
  }
  // The first of them signs the instance's name into the database; the others find it there.
  await start('worker 1')
  await Promise.all(members.filter((member) => member !== 'worker 1').map(start))
  const rows = await openRows(stage.databaseUrl)
  const platform = await createTestPlatform({ toolOrigin: stage.origin })
  await registerPlatform(rows, { name: 'Class', registration: platform.registration() })
  return {
    stage,
    balancer,
    rows,
    platform,
    part,
    ports: { web: [web1, web2], gateway },
    async restart(member, signal) {
      const began = performance.now()
      const before = part(member)
      await before.kill(signal)
      const ended = performance.now()
      past.push(before.output())
      await start(member)
      return { endMs: ended - began, startMs: performance.now() - ended }
    },
    output: () => [...past, ...[...parts.values()].map((one) => one.output())].join('\n'),
    async close() {
      // Whoever stands still would not hear that it is over.
      for (const one of parts.values()) if (!one.isOver()) process.kill(one.pid, 'SIGCONT')
      await rows.close()
      await platform.close()
      await stage.close()
      await balancer.close()
    },
  }
}

/** Looks at something every 20 ms until it is as wanted. @returns after how many ms; the limit where it was not */
export async function until(wanted: () => Promise<boolean>, limitMs: number): Promise<number> {
  const began = performance.now()
  while (performance.now() - began < limitMs) {
    if (await wanted().catch(() => false)) return performance.now() - began
    await delay(20)
  }
  return limitMs
}
