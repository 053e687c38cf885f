// Applies prisma/migrations/*/migration.sql in order, with Prisma's own bookkeeping (table _prisma_migrations, SHA-256
// checksums, advisory lock 72707369), so that `prisma migrate deploy | status` agree with it. Needs no Prisma program.
import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

const BOOKKEEPING = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`

/**
 * Brings the database at `url` to the newest schema. Two at once are serialised.
 * @param {string} url
 * @param {{ folder?: string, warn?: (line: string) => void, until?: string }} [options] `until`: stop before this migration
 * @returns {Promise<string[]>} the names that were applied now
 */
export async function migrate(url, { folder = join(import.meta.dirname, 'migrations'), warn = console.warn, until } = {}) {
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  const applied = []
  try {
    await database.query('select pg_advisory_lock(72707369)')
    await database.query(BOOKKEEPING)
    const { rows } = await database.query(
      'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
    )
    const known = new Map(rows.map((row) => [row.migration_name, row]))
    const failed = rows.find((row) => !row.finished_at)
    if (failed) {
      const name = failed.migration_name
      throw new Error(`Migration ${name} failed earlier. Repair what it left, then: npx prisma migrate resolve --rolled-back ${name}`)
    }
    const entries = await readdir(folder, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    for (const name of names.sort()) {
      if (until && name >= until) break
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      const seen = known.get(name)
      if (seen) {
        if (seen.checksum !== checksum) warn(`Migration ${name} was edited after it was applied.`)
        continue
      }
      await apply(database, name, checksum, sql)
      applied.push(name)
    }
    return applied
  } finally {
    await database.end()
  }
}

async function apply(database, name, checksum, sql) {
  const id = randomUUID()
  await database.query('insert into _prisma_migrations (id, checksum, migration_name) values ($1, $2, $3)', [id, checksum, name])
  try {
    await database.query(sql)
  } catch (error) {
    await database.query('update _prisma_migrations set logs = $2 where id = $1', [id, String(error.stack)])
    throw new Error(`Migration ${name} failed: ${error.message}`, { cause: error })
  }
  await database.query('update _prisma_migrations set finished_at = now(), applied_steps_count = 1 where id = $1', [id])
}
