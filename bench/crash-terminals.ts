import { rmSync } from 'node:fs'
import { labFolder } from '../e2e/lab-folder.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform } from '../lib/demo-course/test-platform.ts'
import { launchAs, personOf, viewOf } from './classmates.ts'
import { openSeat, type Seat } from './cut-seats.ts'
import { back } from './cuts.ts'
import { openRows } from './environment-row.ts'
import { judgeKeys, judgeLines } from './numbered.ts'
import { controlOf, openApplication } from './stage.ts'

/*
 * Terminals of learners whose machines are in an embedded cloud that is killed, which carries their connections too: the product runs on,
 * and each terminal must find its own shell again, with the program that prints in it and with every key that was pressed meanwhile.
 */

export type CrashTerminals = {
  count: number
  /** The last number that each of them shows. */
  newest: () => Promise<number[]>
  /** Once the cloud serves again: waits until each shows another line. @returns what is wrong, and how long it took at most, ms */
  back: (than: readonly number[]) => Promise<{ failures: string[]; longestMs: number }>
  /** Ends the programs in them. @returns what is wrong */
  end: () => Promise<{ failures: string[]; lines: number; keys: number; linesUnseen: number }>
  close: () => Promise<void>
}

type Server = { name: string; stack: string; disk: string | null; cgroup: string | null }

const LIMIT_MS = 20_000

/** @param folder the embedded cloud's @param cloudsYaml what it is described in */
export async function openCrashTerminals(folder: string, cloudsYaml: string, learners: number): Promise<CrashTerminals> {
  const labs = labFolder({ idle: { after: '2h' } })
  const application = await openApplication({ ASTROLABE_LABS: labs }, cloudsYaml)
  await application.start('web,worker,gateway')
  const rows = await openRows(application.databaseUrl)
  const platform = await createTestPlatform({ toolOrigin: application.origin })
  await registerPlatform(rows, { name: 'Class', registration: platform.registration() })
  const sit = async (number: number): Promise<Seat> => {
    const mate = await launchAs(platform, application.origin, personOf(number))
    const { id, generation } = await viewOf(mate, ({ phase }) => phase === 'ready', 120_000)
    const [stack] = await rows.query<{ name: string }>('select name from stack where environment_id = $1 and gone_at is null', [id])
    const { servers } = await controlOf(folder)<{ servers: Server[] }>('/servers')
    const server = servers.find(({ name, stack: of }) => name === 'node1' && of === stack?.name)
    const where = { environment: id, generation, host: 'node1', disk: server?.disk ?? '', cgroup: server?.cgroup ?? '' }
    return openSeat(mate, where, `the terminal of learner ${number}`)
  }
  const seats = await Promise.all(Array.from({ length: learners }, (_, index) => sit(index + 1)))
  await Promise.all(seats.map((seat) => seat.begin('crash')))
  return {
    count: learners,
    newest: () => Promise.all(seats.map((seat) => seat.newest())),
    async back(than) {
      const took = await Promise.allSettled(seats.map((seat, index) => back(seat, than[index] ?? 0, LIMIT_MS)))
      return {
        failures: took.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : [])),
        longestMs: Math.max(...took.map((one) => (one.status === 'fulfilled' ? one.value : LIMIT_MS))),
      }
    },
    async end() {
      const failures: string[] = []
      let [lines, keys, linesUnseen] = [0, 0, 0]
      for (const seat of seats) {
        const told = await seat.end()
        const [shown, typed] = [judgeLines(told.shown), judgeKeys(told.rows, told.keys.length)]
        const found: Record<string, number> = {
          // A program that was begun again counts from one.
          'lines twice or out of order': shown.twice + shown.disordered,
          'keys twice': typed.twice + typed.strange,
          'keys lost though pressed while the cut was shown': typed.lost.filter((index) => told.keys[index]).length,
          'keys not taken': told.refused,
          'times another shell': told.notes.filter((note) => note === 'restarted' || note.startsWith('ended')).length,
        }
        for (const [what, count] of Object.entries(found)) if (count > 0) failures.push(`${seat.name}: ${count} ${what}`)
        lines += shown.lines
        keys += told.keys.length
        linesUnseen += shown.lost + shown.lostInGap
      }
      return { failures, lines, keys, linesUnseen }
    },
    async close() {
      for (const seat of seats) await seat.close()
      await rows.close()
      await platform.close()
      await application.close()
      rmSync(labs, { recursive: true, force: true })
    },
  }
}
