import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { newSecretKey, readConfig, setConfig } from './config.ts'
import { closeDatabase } from './db.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated, empty database that every file copies. */
    templateDatabaseUrl: string
  }
}

/**
 * Gives this test file a real Postgres database of its own, cloned from the migrated template, and points the configuration at it.
 * It is dropped after the last test.
 */
export function ownDatabase(env: Record<string, string> = {}): { url: () => string } {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  let url = ''
  const admin = async (sql: string) => {
    const address = new URL(inject('templateDatabaseUrl'))
    address.pathname = '/postgres'
    const client = new pg.Client({ connectionString: address.toString() })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  beforeAll(async () => {
    const template = new URL(inject('templateDatabaseUrl'))
    await admin(`create database "${name}" template "${template.pathname.slice(1)}"`)
    template.pathname = `/${name}`
    url = template.toString()
    setConfig(readConfig({ NODE_ENV: 'test', ASTROLABE_LOG: 'silent', DATABASE_URL: url, ASTROLABE_SECRET_KEY: newSecretKey(), ...env }))
  })
  afterAll(async () => {
    await closeDatabase()
    await admin(`drop database if exists "${name}" with (force)`)
  })
  return { url: () => url }
}
