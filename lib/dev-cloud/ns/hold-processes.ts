import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Held, Hold } from './hold.ts'
import { isAlive, kill, markOf, type ProcessMark } from './process.ts'

/** What was written down when a machine was suspended: for which of its lives, and who had been stopped before (by ^Z, say). */
type Asleep = { init: ProcessMark; stopped: ProcessMark[] }

/**
 * Without control groups. A machine is its process 1 and what descends from it: the kernel ends all of a process namespace with
 * its first process (pid_namespaces(7)), and orphans become that one's children. There are no limits.
 */
export function holdByProcesses({ mark, machinesFolder }: { mark: string; machinesFolder: string }): Hold {
  const noteOf = (id: string) => join(machinesFolder, id, 'asleep.json')
  const end = async ({ process: first }: Held) => {
    kill(first, 'SIGKILL')
    for (let round = 0; round < 400 && isAlive(first); round++) await delay(5)
  }
  return {
    // Who waits for the machine outside takes it along if he is killed before it runs.
    unshare: ['--kill-child'],
    machine: () => ({ join: [], waiter: null }),
    space: () => [],
    async freeze({ id, process: init }, frozen) {
      if (init === null) return
      if (frozen) await suspend(init, noteOf(id))
      else resume(init, noteOf(id))
    },
    isFrozen: ({ id, process: init }) => init !== null && readNote(noteOf(id), init) !== null,
    capCpus: () => undefined,
    folder: () => null,
    endMachine: end,
    endSpace: end,
    async sweep({ machines, spaces }) {
      const known = new Set(
        [...machines, ...spaces].flatMap(({ process: first }) => (first === null ? [] : [first.pid, parentOf(first.pid)])),
      )
      // Children of this process are of the present.
      const isKnown = (pid: number) => known.has(pid) || pid === process.pid || parentOf(pid) === process.pid
      const strangers = allProcesses().filter((pid) => !isKnown(pid) && isOurs(pid, mark))
      for (const pid of strangers) await end({ id: '', process: markOf(pid) })
    },
    async remove() {},
    weigh() {},
  }
}

/** Parents first: a shell that runs must not see its jobs stop. Again until nobody is left who was made meanwhile. */
async function suspend(init: ProcessMark, note: string): Promise<void> {
  if (readNote(note, init) !== null) return
  const stopped = new Set(familyOf(init.pid).filter((pid) => stateOf(pid) === 'T'))
  const asleep: Asleep = { init, stopped: [...stopped].flatMap((pid) => markOf(pid) ?? []) }
  writeFileSync(note, JSON.stringify(asleep), { mode: 0o600 })
  for (let round = 0; round < 200; round++) {
    const awake = familyOf(init.pid).filter((pid) => !['T', 't', 'Z', 'X', null].includes(stateOf(pid)))
    if (awake.length === 0) return
    for (const pid of awake) signal(pid, 'SIGSTOP')
    await delay(5)
  }
  resume(init, note)
  throw new Error('some process of the machine does not stop')
}

/** Children first, for the same reason; who had been stopped before stays so. */
function resume(init: ProcessMark, note: string): void {
  const before = new Set((readNote(note, init)?.stopped ?? []).filter((mark) => isAlive(mark)).map(({ pid }) => pid))
  for (const pid of familyOf(init.pid).reverse()) if (!before.has(pid)) signal(pid, 'SIGCONT')
  rmSync(note, { force: true })
}

function readNote(path: string, init: ProcessMark): Asleep | null {
  try {
    const note: Asleep = JSON.parse(readFileSync(path, 'utf8'))
    return note.init.pid === init.pid && note.init.started === init.started && note.init.boot === init.boot ? note : null
  } catch {
    return null
  }
}

/** A process and all that descend from it, parents before children. */
function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const each of allProcesses()) {
    const parent = parentOf(each)
    children.set(parent, [...(children.get(parent) ?? []), each])
  }
  const family = [pid]
  for (const each of family) family.push(...(children.get(each) ?? []))
  return family
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Fields 3 and 4 of /proc/PID/stat (proc(5)). */
function statOf(pid: number): [state: string | null, parent: number] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [state, Number(parent)]
  } catch {
    return [null, 0]
  }
}

function stateOf(pid: number): string | null {
  return statOf(pid)[0]
}

function parentOf(pid: number): number {
  return statOf(pid)[1]
}

/** Whether a process was started by this cloud for its machines: it carries the mark, which nothing on a machine does. */
function isOurs(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`ASTROLABE_DEV_CLOUD=${mark}`)
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended in between.
  }
}
