import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FIRST_ID } from './ids.ts'

/** Where this host has its control groups: one tree (v2), or one for each controller beside it (v1, "hybrid"). */
export type CgroupTrees = { unified: string; unifiedControllers: string[]; legacy: Record<string, string> }

export type Limits = { memoryMiB: number; cpus: number; processes: number }

/** Rounds of 5 ms. A fork bomb's processes on a busy computer take some seconds to be gone, and nothing can be done without. */
const PATIENCE = 6_000

const WANTED = ['cpu', 'memory', 'pids']
/**
 * What all machines together weigh beside any one other process of the host. With the default, 1, a booting stack gets
 * what a single process gets; with much more, a learner's endless loop would slow the product down.
 */
const TOGETHER = 4
/** The same while many start: whoever looks at a page meanwhile must not wait for all of them. */
const TOGETHER_IN_A_RUSH = 1

/** Reads the mount table. Null where there is no v2 tree, without which systemd does not start in a sandbox. */
export function findCgroupTrees(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): CgroupTrees | null {
  let unified: string | null = null
  const legacy: Record<string, string> = {}
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const at = before.split(' ')[4]
    const [type, , options = ''] = after.split(' ')
    if (at === undefined) continue
    if (type === 'cgroup2') unified = at
    if (type === 'cgroup') for (const name of options.split(',')) if (WANTED.includes(name)) legacy[name] = at
  }
  return unified === null ? null : treesAt({ unified, legacy })
}

/** The trees whose tops are these groups: the roots themselves, or what was delegated to us. */
export function treesAt({ unified, legacy }: Pick<CgroupTrees, 'unified' | 'legacy'>): CgroupTrees {
  const controllers = readFileSync(join(unified, 'cgroup.controllers'), 'utf8').trim().split(' ')
  return { unified, unifiedControllers: WANTED.filter((name) => controllers.includes(name)), legacy }
}

/** Where who sat in a group that was handed to us goes. */
export const ASIDE = 'astrolabe-product'

/** Moves the processes that sit in a group into one below it, so that the group can hand out its controllers. */
export function moveAside(group: string): void {
  const aside = join(group, ASIDE)
  const members = () => readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)
  // What they start meanwhile comes after them.
  for (let found = members(), round = 0; found.length > 0 && round < 100; found = members(), round++) {
    mkdirSync(aside, { recursive: true })
    for (const pid of found) {
      try {
        writeFileSync(join(aside, 'cgroup.procs'), pid)
      } catch {
        // It has ended.
      }
    }
  }
}

/**
 * A group for one machine: `box` is handed to the machine's root (its systemd builds its tree there), `waiter` holds
 * the process outside that waits for it, and the limits sit above both, out of its reach.
 * Made and joined before the cgroup namespace: else systemd would write into the host's root group.
 */
export function makeMachineGroup(trees: CgroupTrees, name: string, limits: Limits): { join: string[]; waiter: string } {
  const group = makeGroup(trees, name)
  enable(group.unified, trees.unifiedControllers)
  const box = join(group.unified, 'box')
  const waiter = join(group.unified, 'waiter')
  mkdirSync(box, { recursive: true })
  mkdirSync(waiter, { recursive: true })
  for (const file of ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control']) chownSync(join(box, file), FIRST_ID, FIRST_ID)
  limit(trees, name, limits)
  return { join: [box, ...group.legacy].map((path) => join(path, 'cgroup.procs')), waiter: join(waiter, 'cgroup.procs') }
}

/** A group for processes of ours (the keeper of a space), only so that they can be found and ended. */
export function makePlainGroup(trees: CgroupTrees, name: string): string[] {
  const group = makeGroup(trees, name)
  return [group.unified, ...group.legacy].map((path) => join(path, 'cgroup.procs'))
}

function makeGroup(trees: CgroupTrees, name: string): { unified: string; legacy: string[] } {
  const top = name.split('/')[0] ?? name
  const parent = join(trees.unified, top)
  const isFirst = !existsSync(parent)
  mkdirSync(parent, { recursive: true })
  enable(trees.unified, trees.unifiedControllers)
  enable(parent, trees.unifiedControllers)
  const unified = join(trees.unified, name)
  mkdirSync(unified, { recursive: true })
  const legacy = Object.values(trees.legacy).map((root) => join(root, name))
  for (const path of legacy) mkdirSync(path, { recursive: true })
  if (isFirst) {
    weigh(trees, top, TOGETHER)
    write(trees, top, togetherAtMost(hostSize()))
  }
  return { unified, legacy }
}

/** What all groups below `top` weigh together, while many machines start at once and else. */
export function weighTogether(trees: CgroupTrees, top: string, isRush: boolean): void {
  if (existsSync(join(trees.unified, top))) weigh(trees, top, isRush ? TOGETHER_IN_A_RUSH : TOGETHER)
}

function enable(path: string, controllers: string[]): void {
  if (controllers.length === 0) return
  const enabled = readFileSync(join(path, 'cgroup.subtree_control'), 'utf8')
  const missing = controllers.filter((name) => !enabled.split(/\s/).includes(name))
  if (missing.length > 0) writeFileSync(join(path, 'cgroup.subtree_control'), missing.map((name) => `+${name}`).join(' '))
}

/**
 * What all machines may have together, whatever their flavors add up to: the rest of the host keeps an eighth of the memory (1 GiB at
 * least, if it has that much) and half of the processes. The sum of many small limits is more than a host has.
 */
export function togetherAtMost(host: { memoryMiB: number; processes: number }): Pick<Limits, 'memoryMiB' | 'processes'> {
  const reserve = Math.min(Math.max(1024, host.memoryMiB / 8), host.memoryMiB / 2)
  return { memoryMiB: Math.floor(host.memoryMiB - reserve), processes: Math.floor(host.processes / 2) }
}

/** proc(5): process ids and threads both end somewhere. */
function hostSize(): { memoryMiB: number; processes: number } {
  const [ids, threads] = ['pid_max', 'threads-max'].map((name) => Number(readFileSync(`/proc/sys/kernel/${name}`, 'utf8')))
  return { memoryMiB: totalmem() / 2 ** 20, processes: Math.min(ids ?? 0, threads ?? 0) }
}

function limit(trees: CgroupTrees, name: string, limits: Limits): void {
  write(trees, name, limits)
  weigh(trees, name, limits.cpus)
}

/** Memory and processes. What is beyond the memory ends inside the machine: the kernel picks one of its processes. */
function write(trees: CgroupTrees, name: string, { memoryMiB, processes }: Pick<Limits, 'memoryMiB' | 'processes'>): void {
  const bytes = String(memoryMiB * 1024 * 1024)
  set(trees, name, { controller: 'memory', v2: [['memory.max', bytes]], v1: [['memory.limit_in_bytes', bytes]] })
  set(trees, name, { controller: 'pids', v2: [['pids.max', String(processes)]], v1: [['pids.max', String(processes)]] })
}

type Setting = { controller: string; v2: [file: string, value: string][]; v1: [file: string, value: string][] }

/** Writes a controller's files in the tree that has it; nothing where no tree does. */
function set(trees: CgroupTrees, name: string, { controller, v2, v1 }: Setting): void {
  const unified = trees.unifiedControllers.includes(controller)
  const root = unified ? trees.unified : trees.legacy[controller]
  if (root === undefined) return
  for (const [file, value] of unified ? v2 : v1) {
    const path = join(root, name, file)
    if (existsSync(path)) writeFileSync(path, value)
  }
}

/** The flavor's processors as a ceiling, in the kernel's usual periods of 100 ms: a machine with one of them has no more than one. */
export function capCpus(trees: CgroupTrees, name: string, cpus: number): void {
  const [quota, period] = [String(cpus * 100_000), '100000']
  const v1: Setting['v1'] = [
    ['cpu.cfs_period_us', period],
    ['cpu.cfs_quota_us', quota],
  ]
  set(trees, name, { controller: 'cpu', v2: [['cpu.max', `${quota} ${period}`]], v1 })
}

/** What it gets beside others while the host is busy. */
function weigh(trees: CgroupTrees, name: string, cpus: number): void {
  if (trees.unifiedControllers.includes('cpu')) writeFileSync(join(trees.unified, name, 'cpu.weight'), String(cpus * 100))
  else if (trees.legacy.cpu !== undefined) writeFileSync(join(trees.legacy.cpu, name, 'cpu.shares'), String(cpus * 1024))
}

/** Suspends or resumes all that is in a group; resolves when the kernel says it is so. */
export async function freeze(trees: CgroupTrees, name: string, frozen: boolean): Promise<void> {
  const group = join(trees.unified, name)
  writeFileSync(join(group, 'cgroup.freeze'), frozen ? '1' : '0')
  for (let round = 0; round < 200; round++) {
    if (event(group, 'frozen') === (frozen ? '1' : '0')) return
    await delay(5)
  }
  throw new Error(`the group is not ${frozen ? 'frozen' : 'thawed'} after a second`)
}

export function isFrozen(trees: CgroupTrees, name: string): boolean {
  return event(join(trees.unified, name), 'frozen') === '1'
}

/**
 * Kills everything in the group and removes it in every tree. Nothing there is as good as done.
 * Throws when something in it still lives after half a minute.
 */
export async function destroyGroup(trees: CgroupTrees, name: string): Promise<void> {
  const group = join(trees.unified, name)
  if (existsSync(group)) {
    uncapCpus(trees, name)
    for (let round = 0; event(group, 'populated') === '1' && round < PATIENCE; round++) {
      // Once more now and then: whoever was on the way into the group when it was said has not heard it.
      if (round % 20 === 0) writeFileSync(join(group, 'cgroup.kill'), '1')
      await delay(5)
    }
  }
  for (const root of [trees.unified, ...Object.values(trees.legacy)]) await removeTree(join(root, name))
}

/** Thousands of processes die within a second, but not of a flavor's share of a processor: dying is work too. */
function uncapCpus(trees: CgroupTrees, name: string): void {
  set(trees, name, { controller: 'cpu', v2: [['cpu.max', 'max']], v1: [['cpu.cfs_quota_us', '-1']] })
  const inside = childGroups(join(trees.unified, name))
  if (trees.unifiedControllers.includes('cpu')) for (const child of inside) uncapCpus(trees, join(name, child))
}

/** The groups directly below `parent`, by name. */
export function listGroups(trees: CgroupTrees, parent: string): string[] {
  const found = [trees.unified, ...Object.values(trees.legacy)].flatMap((root) => childGroups(join(root, parent)))
  return [...new Set(found)]
}

/** Removes the parent of our groups once it is empty. */
export async function removeParent(trees: CgroupTrees, parent: string): Promise<void> {
  for (const root of [trees.unified, ...Object.values(trees.legacy)]) await removeTree(join(root, parent))
}

function childGroups(path: string): string[] {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (const child of childGroups(path)) await removeTree(join(path, child))
  for (let round = 0; ; round++) {
    try {
      rmdirSync(path)
      return
    } catch (error) {
      if (!existsSync(path)) return
      // A process that has just died may still be counted for a moment.
      if (round >= PATIENCE) throw error
      await delay(5)
    }
  }
}

function event(group: string, name: string): string | null {
  try {
    const text = readFileSync(join(group, 'cgroup.events'), 'utf8')
    return new RegExp(`^${name} (\\d)$`, 'm').exec(text)?.[1] ?? null
  } catch {
    return null
  }
}
