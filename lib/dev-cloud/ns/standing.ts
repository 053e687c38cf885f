import { accessSync, constants, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ASIDE, type CgroupTrees, findCgroupTrees, moveAside, treesAt } from './cgroup.ts'
import { whyNoFilter } from './filter.ts'
import { FIRST_ID } from './ids.ts'

/**
 * What this process may do here, decided once. `computer`: real root. `own`: root in a user namespace that an ordinary user made
 * (`scripts/own-root.mjs`); outside it is that user.
 */
export type Standing = {
  root: 'computer' | 'own'
  /** Where we may make control groups; null: nowhere. Then machines have a plain init, no limits, and stand still by signal. */
  trees: CgroupTrees | null
  /** So many machines at most may have systemd. */
  mostSystemd: number
  /** The id under which nobody is anybody. */
  nobody: number
  /** What machines lack, a sentence each with its remedy. */
  lacks: string[]
}

/** The instances of inotify that one machine with systemd takes, and what other programs of the same account may have. */
const INOTIFY_EACH = 9
const INOTIFY_OTHERS = 20
const INOTIFY = '/proc/sys/fs/inotify/max_user_instances'

/** Looks at where this process is. @param named `DEV_CLOUD_CGROUP`: the delegated group, if it is not the one we are in */
export function findStanding(named?: string): Standing {
  if (isRealRoot(read('/proc/self/uid_map'))) {
    const trees = findCgroupTrees()
    const lacks = [...(trees === null ? [withoutGroups] : []), ...withoutFilter()]
    return { root: 'computer', trees, mostSystemd: Number.POSITIVE_INFINITY, nobody: 65_534, lacks }
  }
  const places = delegated({ mountinfo: read('/proc/self/mountinfo'), cgroup: read('/proc/self/cgroup'), named, mayWrite })
  const trees = places === null ? null : treesAt(places)
  const instances = Number(read(INOTIFY)) || 128
  const mostSystemd = trees === null ? 0 : Math.max(0, Math.floor((instances - INOTIFY_OTHERS) / INOTIFY_EACH))
  return { root: 'own', trees, mostSystemd, nobody: FIRST_ID + 65_534, lacks: [...lacksOf(trees, mostSystemd), ...withoutFilter()] }
}

/** In words for people. */
export function nameOf({ root, trees }: Standing): string {
  const account = root === 'computer' ? 'as root' : 'as an ordinary user'
  return `sandboxes (ns), ${account}, with ${trees === null ? 'a plain init' : 'systemd'}`
}

/** Makes room where the standing says that we may: who sits in a group cannot hand out its controllers (cgroup v2, "no internal processes"). */
export function takeStand({ root, trees }: Standing): void {
  if (root === 'own' && trees !== null && trees.unifiedControllers.length > 0) moveAside(trees.unified)
}

/** Whether a map of user ids (user_namespaces(7)) is that of the first namespace. */
export function isRealRoot(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap)
}

export type Places = { unified: string; legacy: Record<string, string> }

/**
 * The group of each tree that has been handed to us: the one this process is in (cgroups(7), /proc/PID/cgroup), or the `named` one above it,
 * if we may write there. Null without one of v2, which is what machines are frozen and ended by. Pure but for `mayWrite`.
 */
export function delegated(facts: {
  mountinfo: string
  cgroup: string
  named: string | undefined
  mayWrite: (path: string) => boolean
}): Places | null {
  const { mountinfo, cgroup, named, mayWrite } = facts
  const own = new Map(
    cgroup
      .split('\n')
      .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
      .flatMap((match) =>
        match?.[1] === undefined || match[2] === undefined ? [] : match[1].split(',').map((name) => [name, match[2] ?? ''] as const),
      ),
  )
  let unified: string | null = null
  const legacy: Record<string, string> = {}
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '/', at] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (at === undefined || (type !== 'cgroup2' && type !== 'cgroup')) continue
    for (const name of type === 'cgroup2' ? [''] : options.split(',').filter((option) => ['cpu', 'memory', 'pids'].includes(option))) {
      // A process before us may have moved all of us aside, whose machines still run where we were.
      const mine = own.get(name)?.replace(new RegExp(`/${ASIDE}$`), '')
      if (mine === undefined) continue
      // In v2 a process may be moved only within what was handed over (cgroup v2, "Delegation Containment").
      if (named !== undefined && name === '' && !`${mine}/`.startsWith(`${named.replace(/\/$/, '')}/`)) continue
      const inside = relative(root, named ?? mine)
      const path = join(at, inside)
      if (inside.startsWith('..') || !mayWrite(path) || !mayWrite(join(path, 'cgroup.procs'))) continue
      if (name === '') unified = path
      else legacy[name] = path
    }
  }
  return unified === null ? null : { unified, legacy }
}

const withoutGroups =
  'No control group is ours: machines have a plain init instead of systemd, are suspended by SIGSTOP, and have no limit of memory or processes. ' +
  'Start it under: systemd-run --user --scope -p Delegate=yes npm start'

function withoutFilter(): string[] {
  const why = whyNoFilter()
  return why === null ? [] : [why]
}

function lacksOf(trees: CgroupTrees | null, mostSystemd: number): string[] {
  if (trees === null) return [withoutGroups]
  const limited = (name: string) => trees.unifiedControllers.includes(name) || name in trees.legacy
  const missing = ['memory', 'pids', 'cpu'].filter((name) => !limited(name))
  const few = `Only ${mostSystemd} machines at a time can have systemd, others a plain init. Run: sudo sysctl fs.inotify.max_user_instances=4096`
  return [
    ...(missing.length > 0 ? [`The control group has no controller for ${missing.join(', ')}: machines have no such limit.`] : []),
    ...(mostSystemd < 100 ? [few] : []),
  ]
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
