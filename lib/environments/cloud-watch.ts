import type { OpenCloud } from '../clouds.ts'
import type { HeatClient } from '../openstack-heat-client/index.ts'

export type ListedStack = Awaited<ReturnType<HeatClient['listStacks']>>[number]

/** The stacks of this installation in one cloud, as one list that all its environments share. */
export type CloudWatch = {
  /** By name. The list was begun less than a moment ago, or is begun now. @throws HeatError */
  stacks(): Promise<ReadonlyMap<string, ListedStack>>
  /** How long to leave between two looks at the parts of one stack, so that many stacks at once do not flood the cloud. */
  partsEveryMs(): number
}

/** Environments whose turns come within it look at the same list; where lists are long and slow, more of them share one. */
const SHARED_MS = 100
const SHARED_MOST_MS = 500
const SHARED_LISTS = 5
const PARTS_MOST_MS = 4_000
const PARTS_EACH_MS = 60

/** @param tag of this installation: what others have in the same project is not seen */
export function watchCloud({ heat }: OpenCloud, { tag, now }: { tag: string; now: () => number }): CloudWatch {
  let latest: { begunAt: number; stacks: Promise<ReadonlyMap<string, ListedStack>>; open: boolean } | null = null
  let moving = 0
  let sharedMs = SHARED_MS
  const begin = () => {
    const begunAt = now()
    const listing = heat.listStacks({ tags: [tag] }).then((list) => {
      sharedMs = Math.max(SHARED_MS, Math.min(SHARED_MOST_MS, (now() - begunAt) * SHARED_LISTS))
      moving = list.filter(({ status }) => status === 'IN_PROGRESS').length
      return new Map(list.map((stack) => [stack.name, stack]))
    })
    const current = { begunAt, stacks: listing, open: true }
    latest = current
    const ended = () => {
      current.open = false
    }
    const failed = () => {
      ended()
      if (latest === current) latest = null
    }
    listing.then(ended, failed)
    return listing
  }
  return {
    stacks() {
      if (latest && (latest.open || now() - latest.begunAt < sharedMs)) return latest.stacks
      return begin()
    },
    partsEveryMs: () => Math.min(PARTS_MOST_MS, moving * PARTS_EACH_MS),
  }
}
