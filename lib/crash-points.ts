import { appendFileSync } from 'node:fs'
import { config } from './config.ts'

/*
 * Every call to a cloud and every commit of the lifecycle has a name. A test may have the process killed right before or right after
 * one (bench/crash), since that is what power cuts do. Outside of tests this is one comparison.
 */

const global = globalThis as { astrolabeCrashPoints?: Map<string, number> }

/**
 * Does `work`, which has an effect outside of this process or is a commit.
 * @param name of the point, e.g. `call suspend` or `commit suspending`; it gets two sides, `before` and `after`
 */
export async function passing<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { crash } = config()
  if (crash === null) return work()
  pass(`${name}, before`, crash)
  const result = await work()
  pass(`${name}, after`, crash)
  return result
}

/** Notes that a point was passed, and ends the process where that is asked for: at once, with nothing said and nothing undone. */
function pass(point: string, { at, logFile }: NonNullable<ReturnType<typeof config>['crash']>): void {
  global.astrolabeCrashPoints ??= new Map()
  const times = (global.astrolabeCrashPoints.get(point) ?? 0) + 1
  global.astrolabeCrashPoints.set(point, times)
  if (logFile !== null) appendFileSync(logFile, `${point}\n`)
  if (at !== null && at.point === point && at.time === times) process.kill(process.pid, 'SIGKILL')
}
