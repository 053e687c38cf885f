import { randomUUID } from 'node:crypto'
import type { Rows } from './environment-row.ts'

/**
 * Asks for many environments at once, as so many launches would: rows only, workers do the rest.
 * @returns once all of them are ready
 */
export async function makeCrowd(rows: Rows, count: number, limitMs: number): Promise<void> {
  const [version] = await rows.query<{ id: string }>('select id from lab_version order by created_at desc limit 1')
  const values = Array.from({ length: count }, (_, index) => [randomUUID(), `bench:${randomUUID()}:${index}`] as const)
  await rows.query(
    `insert into environment (id, owner_key, lab_version_id) select id::uuid, key, $3::uuid from unnest($1::text[], $2::text[]) as one(id, key)`,
    [values.map(([id]) => id), values.map(([, key]) => key), version?.id],
  )
  await rows.query("select pg_notify('environment_work', '')")
  await everybody(rows, 'ready', limitMs)
}

/** Resolves once all environments are in this phase. */
export async function everybody(rows: Rows, phase: string, limitMs: number): Promise<void> {
  const late = performance.now() + limitMs
  for (;;) {
    const counts = await rows.query<{ phase: string; count: string }>(
      'select phase::text, count(*) from environment where deleted_at is null group by phase',
    )
    if (counts.every((row) => row.phase === phase)) return
    if (performance.now() > late) throw new Error(`not all ${phase} within ${limitMs} ms: ${JSON.stringify(counts)}`)
    await new Promise((done) => setTimeout(done, 250))
  }
}
