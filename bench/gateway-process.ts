import { readdirSync, readFileSync } from 'node:fs'

/**
 * The process that serves terminals where each has one of its own, as `npm start` has it.
 * @param data the installation's folder
 * @throws Error where there is none
 */
export function gatewayPid(data: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      if (environment.includes('ROLES=gateway') && environment.includes(`ASTROLABE_DATA=${data}`)) return Number(pid)
    } catch {
      // Gone, or not ours to read.
    }
  }
  throw new Error('there is no process of its own for terminals')
}

/** Memory of a process, MB (proc(5), smaps_rollup): all that it has in memory, or with its share of what others have too. */
export const rssOf = (pid: number) => memoryOf(pid, 'Rss')
export const pssOf = (pid: number) => memoryOf(pid, 'Pss')

function memoryOf(pid: number, kind: 'Rss' | 'Pss'): number {
  return Number(new RegExp(`^${kind}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024
}
