import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

export type EnvironmentRow = {
  id: string
  phase: string
  intent: string
  generation: number
  reason_code: string | null
  reason_detail: string | null
  failures: number
  sleep_how: string | null
}

/** Looks at environments as the database has them, and at nothing else. */
export type Rows = {
  query: <T extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<T[]>
  /** Resolves with the newest environment once it is as wanted. */
  when: (wanted: (row: EnvironmentRow) => boolean, limitMs: number) => Promise<EnvironmentRow>
  close: () => Promise<void>
}

/** @param said what to add to a time-out, e.g. what the product printed last */
export async function openRows(databaseUrl: string, said: () => string = () => ''): Promise<Rows> {
  // A pool: a database that is restarted is found again.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {})
  const query = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => (await pool.query<T>(sql, values)).rows
  const newest = `select id, phase::text, intent::text, generation, reason_code, reason_detail, failures, sleep_how::text
    from environment order by created_at desc limit 1`
  return {
    query,
    async when(wanted, limitMs) {
      const late = performance.now() + limitMs
      for (;;) {
        const [row] = await query<EnvironmentRow>(newest).catch(() => [])
        if (row && wanted(row)) return row
        if (performance.now() > late) throw new Error(`not within ${limitMs} ms: ${JSON.stringify(row)}\n${said()}`)
        await delay(20)
      }
    },
    close: () => pool.end(),
  }
}
