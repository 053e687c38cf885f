import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import type { Operating } from './operate.ts'
import type { Phase } from './phase.ts'
import { type EnvironmentSummary, summaryOf, summaryRow } from './summary.ts'

/**
 * Environments that want somebody to look, for one and the same reason. `stopped`: failed or lost, nothing more is tried. `sleepless`: not
 * put to sleep although that was wanted. `troubled`: something is wrong and it is tried again. `slow`: in motion for longer than usual.
 */
export type AttentionGroup = {
  kind: 'stopped' | 'sleepless' | 'troubled' | 'slow'
  phase: Phase
  reasonCode: string | null
  count: number
  /** Those that have been like this for the longest time. */
  examples: EnvironmentSummary[]
}

const EXAMPLES = 3
/** Where no past runs tell how long something takes, and at least. */
const USUAL_MS = 5 * 60_000
const LEAST_MS = 60_000
const FEWEST_RUNS = 3

type Found = { id: string; phase: Phase; reason_code: string | null; slow: boolean; count: bigint }

/** What wants attention, gravest first; the number of groups depends on the number of reasons, not of environments. @throws Failure access.denied */
export async function needsAttention(actor: Operating): Promise<AttentionGroup[]> {
  authorise(actor, 'environment.list_all')
  const now = new Date()
  const found = await findTroubled(now)
  const ids = found.map(({ id }) => id)
  const rows = ids.length === 0 ? [] : await prisma().environment.findMany({ where: { id: { in: ids } }, select: summaryRow })
  const byId = new Map(rows.map((row) => [row.id, summaryOf(row, now)]))
  const groups = Map.groupBy(found, (one) => `${one.phase} ${one.reason_code} ${one.slow}`)
  return [...groups.values()]
    .flatMap(([first, ...others]): AttentionGroup[] => {
      if (!first) return []
      const examples = [first, ...others].flatMap(({ id }) => byId.get(id) ?? [])
      return [{ kind: kindOf(first), phase: first.phase, reasonCode: first.reason_code, count: Number(first.count), examples }]
    })
    .sort((one, other) => gravity.indexOf(one.kind) - gravity.indexOf(other.kind) || other.count - one.count)
}

const gravity: readonly AttentionGroup['kind'][] = ['stopped', 'sleepless', 'troubled', 'slow']

function kindOf({ phase, reason_code, slow }: Found): AttentionGroup['kind'] {
  if (phase === 'failed' || phase === 'lost') return 'stopped'
  if (reason_code === 'environment.suspend_failed') return 'sleepless'
  return reason_code === null && slow ? 'slow' : 'troubled'
}

/** The first few of each kind, with how many there are. Usual is what 19 of 20 past runs of the lab on the cloud have taken. */
function findTroubled(now: Date): Promise<Found[]> {
  return prisma().$queryRaw<Found[]>`
    with usual as (
      select lab_version_id, cloud_id, action, percentile_cont(0.95) within group (order by ms) as ms
      from action_span group by lab_version_id, cloud_id, action having count(*) >= ${FEWEST_RUNS}
    ), watched as (
      select environment.id, phase, reason_code, phase_at,
        reason_code is null and phase not in ('failed', 'lost') as slow,
        phase in ('failed', 'lost') or reason_code is not null or (
          phase in ('queued', 'building', 'starting', 'suspending', 'resuming', 'deleting')
          and phase_at < ${now}::timestamptz - greatest(${LEAST_MS}, coalesce(usual.ms, ${USUAL_MS})) * interval '1 millisecond'
        ) as troubled
      from environment left join usual on usual.lab_version_id = environment.lab_version_id and usual.cloud_id = environment.cloud_id
        and usual.action = case phase when 'suspending' then 'suspend' when 'resuming' then 'resume' when 'deleting' then 'delete' else 'create' end
      where deleted_at is null and phase <> 'deleted'
    ), ranked as (
      select id, phase, reason_code, slow,
        row_number() over (partition by phase, reason_code, slow order by phase_at, id) as place,
        count(*) over (partition by phase, reason_code, slow) as count
      from watched where troubled
    )
    select id, phase::text as phase, reason_code, slow, count from ranked where place <= ${EXAMPLES} order by place`
}
