import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { config } from './config.ts'

/*
 * Every call to a cloud and every commit of the lifecycle has a name. A test may have the process killed right before or right after
 * one (bench/crash), since that is what power cuts do. Outside of tests this is one comparison.
 */

/**
 * Does `work`, which has an effect outside of this process or is a commit.
 * @param name of the point, e.g. `call suspend` or `commit suspending`; it gets two sides, `before` and `after`
 */
export async function passing<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { crashFolder } = config()
  if (crashFolder === null) return work()
  pass(`${name}, before`, crashFolder)
  const result = await work()
  pass(`${name}, after`, crashFolder)
  return result
}

/** Notes in the folder's `log` that a point was passed, and dies at the one that its `at` names, with nothing said and nothing undone. */
function pass(point: string, folder: string): void {
  appendFileSync(join(folder, 'log'), `${point}\n`)
  const at = wantedPoint(folder)
  if (at !== null && at === point) process.kill(process.pid, 'SIGKILL')
}

function wantedPoint(folder: string): string | null {
  try {
    return readFileSync(join(folder, 'at'), 'utf8').trim()
  } catch {
    return null
  }
}
