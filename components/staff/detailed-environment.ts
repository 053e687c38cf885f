import type { Phase, SleepHow, SleepWhy } from '#lib/environments/phase.ts'
import type { BulkAction } from './bulk-address.ts'
import type { ListedEnvironment } from './listed-environment.ts'

/** Everything about one environment. Times are ISO 8601 in UTC. */
export type DetailedEnvironment = ListedEnvironment & {
  cloud: string | null
  generation: number
  intent: 'running' | 'suspended' | 'deleted'
  actions: readonly BulkAction[]
  ownerKey: string | null
  /** Everything that the cloud said. */
  reasonDetail: string | null
  /** When a deletion begins that can still be taken back; null where none was ordered. */
  deletesAt: string | null
  deleteReason: string | null
  touchedAt: string | null
  awakeAt: string | null
  extensions: number
  sleep: { how: SleepHow; why: SleepWhy } | null
  sleepFailures: number
  failures: number
  nextCheckAt: string | null
  lease: { owner: string; until: string } | null
  checkedAt: string | null
  hosts: { name: string; address: string; user: string; hostKeySource: 'signal' | 'first_use' | null }[]
  stacks: DetailedStack[]
  events: DetailedEvent[]
  /** The events are the newest of so many at most. */
  mostEvents: number
}

export type DetailedStack = {
  name: string
  heatId: string | null
  generation: number
  attempt: number
  state: string | null
  statusReason: string | null
  createdAt: string
  goneAt: string | null
  failedParts: { name: string; type: string; status: string; statusReason: string | null }[]
}

export type DetailedEvent = {
  id: string
  at: string
  generation: number
  kind: string
  phase: Phase | null
  code: string | null
  /** Of the code, for people. */
  sentence: string | null
  detail: string | null
  byPerson: boolean
  actorName: string | null
  correlationId: string | null
  bulkOrderId: string | null
}
