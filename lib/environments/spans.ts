import { prisma, type Transaction } from '../db.ts'

/*
 * How long things usually take, from past runs of the same lab version on the same cloud.
 */

export type SpanAction = 'create' | 'suspend' | 'resume' | 'delete'

/** Milliseconds; nine of ten runs lay between `fromMs` and `toMs`. */
export type Span = { usualMs: number; fromMs: number; toMs: number; runs: number }
export type Spans = Record<SpanAction, Span | null>

export const noSpans: Spans = { create: null, suspend: null, resume: null, delete: null }

/** Of so few runs nothing can be said. */
const FEWEST = 3
const MOST_KEPT = 50

/** Adds one run, in which nothing went wrong; of each kind only the newest are kept. */
export async function recordSpan(
  transaction: Transaction,
  { labVersionId, cloudId, action, ms }: { labVersionId: string; cloudId: string; action: SpanAction; ms: number },
): Promise<void> {
  await transaction.actionSpan.create({ data: { labVersionId, cloudId, action, ms: Math.max(0, Math.round(ms)) } })
  await transaction.$executeRaw`
    delete from action_span where lab_version_id = ${labVersionId}::uuid and cloud_id = ${cloudId}::uuid and action = ${action}
      and at < (select at from action_span where lab_version_id = ${labVersionId}::uuid and cloud_id = ${cloudId}::uuid and action = ${action}
                order by at desc offset ${MOST_KEPT - 1} limit 1)`
}

type SpanRow = { action: string; runs: bigint; usual: number; low: number; high: number }

const cache = new Map<string, { at: number; spans: Promise<Spans> }>()
const CACHED_MS = 5_000
const MOST_CACHED = 500

/** What is known of a lab version on a cloud, a few seconds old at most. */
export function spansOf(labVersionId: string, cloudId: string | null, now: number): Promise<Spans> {
  if (cloudId === null) return Promise.resolve(noSpans)
  const key = `${labVersionId} ${cloudId}`
  const known = cache.get(key)
  if (known && Math.abs(now - known.at) < CACHED_MS) return known.spans
  if (cache.size >= MOST_CACHED) cache.clear()
  const spans = readSpans(labVersionId, cloudId)
  cache.set(key, { at: now, spans })
  spans.catch(() => cache.delete(key))
  return spans
}

async function readSpans(labVersionId: string, cloudId: string): Promise<Spans> {
  const rows = await prisma().$queryRaw<SpanRow[]>`
    select action, count(*) as runs, percentile_cont(0.5) within group (order by ms) as usual,
      percentile_cont(0.05) within group (order by ms) as low, percentile_cont(0.95) within group (order by ms) as high
    from action_span where lab_version_id = ${labVersionId}::uuid and cloud_id = ${cloudId}::uuid group by action`
  const of = (action: SpanAction): Span | null => {
    const row = rows.find((one) => one.action === action)
    if (!row || row.runs < FEWEST) return null
    return { usualMs: Math.round(row.usual), fromMs: Math.round(row.low), toMs: Math.round(row.high), runs: Number(row.runs) }
  }
  return { create: of('create'), suspend: of('suspend'), resume: of('resume'), delete: of('delete') }
}
