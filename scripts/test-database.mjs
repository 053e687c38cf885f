// Vitest's global set-up: a PostgreSQL of this run alone, with one migrated database that the test files copy.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../prisma/migrate.mjs'
import { startDatabase } from './database.mjs'

export default async function setup({ provide }) {
  delete process.env.DATABASE_URL
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-test-'))
  const database = await startDatabase({ folder, settings: { fsync: 'off', max_connections: '200' } })
  await migrate(database.url)
  provide('templateDatabaseUrl', database.url)
  return async () => {
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
