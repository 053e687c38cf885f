import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { migrate } from '../prisma/migrate.mjs'

const folder = join('prisma', 'migrations')
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()

/** An empty database for one test. */
async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const name = `migrate_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Client({ connectionString: inject('templateDatabaseUrl') })
  await admin.connect()
  try {
    await admin.query(`create database "${name}"`)
    const url = new URL(inject('templateDatabaseUrl'))
    url.pathname = `/${name}`
    await work(url.toString())
  } finally {
    await admin.query(`drop database if exists "${name}" with (force)`)
    await admin.end()
  }
}

test('two processes that start at once apply each migration once', () =>
  withDatabase(async (url) => {
    const [one, other] = await Promise.all([migrate(url), migrate(url)])
    expect([...one, ...other].sort()).toEqual(names)
    expect(await migrate(url)).toEqual([])
  }))

test('the newest migration runs over the rows of the version before it', () =>
  withDatabase(async (url) => {
    const newest = names.at(-1) ?? ''
    await migrate(url, { until: newest })
    // Rows as yesterday's code would have written them stand beside the migration that must cope with them.
    const yesterday = join(folder, newest, 'yesterday.sql')
    expect(names.length === 1 || existsSync(yesterday)).toBe(true)
    if (existsSync(yesterday)) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(readFileSync(yesterday, 'utf8')).finally(() => client.end())
    }
    expect(await migrate(url)).toEqual([newest])
  }))
