import type { Transaction } from '../db.ts'
import type { StackResource } from '../openstack-heat-client/index.ts'

/*
 * The parts of a stack as rows: what began when, and what is done. Heat's own times are whole seconds, so ours are those at which we
 * saw it.
 */

export type PartRow = {
  name: string
  type: string
  /** Heat's words, e.g. `CREATE_IN_PROGRESS`. */
  status: string
  statusReason: string | null
  startedAt: Date | null
  finishedAt: Date | null
}

export type KnownPart = PartRow & { stackId: string }

const MOST_PARTS = 1_000
const MOST_REASON = 2_000

/** The parts as they are now, and those of them that have changed. */
export function partsAfter(known: readonly KnownPart[], seen: readonly StackResource[], now: Date): { all: PartRow[]; changed: PartRow[] } {
  const before = new Map(known.map((part) => [part.name, part]))
  const all = seen.slice(0, MOST_PARTS).map((part) => partAfter(before.get(part.name), part, now))
  const changed = all.filter((part) => {
    const old = before.get(part.name)
    return old?.status !== part.status || old.type !== part.type || old.statusReason !== part.statusReason
  })
  return { all, changed }
}

/** Heat's own word for a part in progress says nothing (heat/engine/resource.py). */
const isNews = (reason: string) => reason !== '' && reason !== 'state changed'

function partAfter(before: KnownPart | undefined, { name, type, action, status, statusReason }: StackResource, now: Date): PartRow {
  const waiting = action === 'INIT'
  const ended = !waiting && status !== 'IN_PROGRESS'
  return {
    name,
    type,
    status: `${action}_${status}`,
    statusReason: status === 'FAILED' || (status === 'IN_PROGRESS' && isNews(statusReason)) ? statusReason.slice(0, MOST_REASON) : null,
    startedAt: waiting ? null : (before?.startedAt ?? now),
    finishedAt: ended ? (before?.finishedAt ?? now) : null,
  }
}

/** Writes changed parts in one statement. */
export async function writeParts(
  transaction: Transaction,
  { stackId, changed }: { stackId: string | null; changed: readonly PartRow[] },
): Promise<void> {
  if (stackId === null || changed.length === 0) return
  await transaction.$executeRaw`
    insert into stack_resource (stack_id, name, type, status, status_reason, started_at, finished_at)
    select ${stackId}::uuid, part.name, part.type, part.status, part."statusReason", part."startedAt", part."finishedAt"
    from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as part(
      name text, type text, status text, "statusReason" text, "startedAt" timestamptz, "finishedAt" timestamptz)
    on conflict (stack_id, name) do update set
      type = excluded.type, status = excluded.status, status_reason = excluded.status_reason,
      started_at = excluded.started_at, finished_at = excluded.finished_at`
}

const counted: Record<string, string> = { 'OS::Nova::Server': 'server', 'OS::Neutron::FloatingIP': 'floating_ip' }

/** What a stack of these parts uses, as the ledger counts it. */
export function countUsage(parts: readonly { type: string }[]): Record<string, number> {
  const uses: Record<string, number> = {}
  for (const { type } of parts) {
    const resource = counted[type]
    if (resource !== undefined) uses[resource] = (uses[resource] ?? 0) + 1
  }
  return uses
}
