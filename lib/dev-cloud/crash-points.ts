import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Every step that leaves something on this computer has a name. A test may have this process killed right before or right after one,
 * since that is what power cuts do. Outside of such tests this is one comparison.
 */

let folder: string | null = null

/** From now on points are noted in the folder's `log`, and this process dies at the one that its `at` names. */
export function noteCrashPoints(path: string): void {
  folder = path
}

/** Does `work`, which has an effect outside of this process. @param name of the point; it gets two sides, `before` and `after` */
export async function passing<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  if (folder === null) return work()
  pass(`${name}, before`, folder)
  const result = await work()
  pass(`${name}, after`, folder)
  return result
}

function pass(point: string, path: string): void {
  appendFileSync(join(path, 'log'), `${point}\n`)
  if (wanted(path) === point) process.kill(process.pid, 'SIGKILL')
}

function wanted(path: string): string | null {
  try {
    return readFileSync(join(path, 'at'), 'utf8').trim()
  } catch {
    return null
  }
}
