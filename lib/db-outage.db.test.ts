import { connect, createServer, type Server, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { config, readConfig, setConfig } from './config.ts'
import { ownDatabase } from './database.fixture.ts'
import { closeDatabase, inTransaction, listen, notify, prisma } from './db.ts'

/*
 * A database that goes away and comes back. Between it and the process stands a line that can be cut.
 */

const database = ownDatabase()
let line: { server: Server; open: Set<Socket>; cut: boolean; tries: number }
let admin: pg.Client

beforeAll(async () => {
  admin = new pg.Client({ connectionString: database.url() })
  await admin.connect()
})

afterAll(() => admin.end())

beforeEach(async () => {
  line = { server: createServer(), open: new Set(), cut: false, tries: 0 }
  const { hostname, port } = new URL(database.url())
  line.server.on('connection', (incoming) => {
    line.tries += 1
    if (line.cut) return void incoming.destroy()
    const outgoing = connect(Number(port), hostname)
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      line.open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        line.open.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((done) => line.server.listen(0, '127.0.0.1', done))
  const address = line.server.address()
  const through = new URL(database.url())
  through.port = String(typeof address === 'object' && address ? address.port : 0)
  setConfig({ ...config(), databaseUrl: readConfig({ DATABASE_URL: through.toString() }).databaseUrl })
})

afterEach(async () => {
  await closeDatabase()
  await new Promise((done) => {
    line.server.close(done)
    for (const socket of line.open) socket.destroy()
  })
})

const mine = `datname = current_database() and pid <> pg_backend_pid()`
const listeners = async () =>
  Number((await admin.query(`select count(*) from pg_stat_activity where ${mine} and query like 'listen %'`)).rows[0].count)

/** As a database that is shut down does it: a word to everybody who is connected, then nobody is let in. */
async function goAway(): Promise<void> {
  line.cut = true
  line.tries = 0
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${mine}`)
}

test('after the database was away, hints are heard again, each once, and whoever listens is told that some may have been missed', async () => {
  const heard: (string | null)[] = []
  await listen('environment_work', (id) => heard.push(id))
  await prisma().$queryRaw`select 1`
  await goAway()
  await vi.waitUntil(() => line.tries >= 3, { timeout: 10_000 })
  expect(heard).toEqual([])
  line.cut = false

  await vi.waitUntil(() => heard.length > 0, { timeout: 10_000 })
  expect(heard).toEqual([null])
  await inTransaction((transaction) => notify(transaction, 'environment_work', 'news'))
  await vi.waitUntil(() => heard.length > 1)
  expect(await listeners()).toBe(1)
  expect(heard).toEqual([null, 'news'])
})

test('while the database is away it is asked now and then, not more and more', async () => {
  await listen('environment_work', () => {})
  await goAway()
  await vi.waitUntil(() => line.tries >= 4, { timeout: 10_000 })
  const began = performance.now()
  await vi.waitUntil(() => line.tries >= 6, { timeout: 10_000 })
  expect(performance.now() - began).toBeGreaterThan(900)
})

test('whoever stands still in the middle of a transaction holds nobody up for longer than a lease lasts', async () => {
  const locked = Promise.withResolvers<void>()
  const woken = Promise.withResolvers<void>()
  const frozen = inTransaction(async (transaction) => {
    await transaction.$executeRaw`select pg_advisory_xact_lock(7)`
    locked.resolve()
    await woken.promise
    await transaction.$executeRaw`select 1`
  })
  frozen.catch(() => {})
  await locked.promise
  const began = performance.now()
  await admin.query('select pg_advisory_lock(7)')
  expect(performance.now() - began).toBeLessThan(7_000)
  woken.resolve()
  await expect(frozen).rejects.toThrow()
  // The connection is not used again, and others work.
  expect(await prisma().$queryRaw`select 1 as one`).toEqual([{ one: 1 }])
})
