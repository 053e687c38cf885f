import { readFileSync, readlinkSync } from 'node:fs'

/** A process, known again after our own restart: ids are used again, start times within one boot are not. */
export type ProcessMark = { pid: number; started: string; boot: string }

let boot: string | undefined

function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot. Null when there is no such process, or it is a zombie. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

export function markOf(pid: number): ProcessMark | null {
  const started = startTime(pid)
  return started === null ? null : { pid, started, boot: bootId() }
}

export function isAlive(mark: ProcessMark | null): mark is ProcessMark {
  return mark !== null && mark.boot === bootId() && startTime(mark.pid) === mark.started
}

/** Kills, but never a stranger that got the same id. */
export function kill(mark: ProcessMark | null, signal: NodeJS.Signals | number): void {
  if (!isAlive(mark)) return
  try {
    process.kill(mark.pid, signal)
  } catch {
    // It ended in between.
  }
}

/** The inode that names a process's network namespace. */
export function netNamespace(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return null
  }
}
