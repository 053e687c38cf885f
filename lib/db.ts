import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { config } from './config.ts'
import { type Prisma, PrismaClient } from './generated/prisma/client.ts'
import { log } from './log.ts'

// Next loads several copies of this module into one process: what must exist once hangs on globalThis.
type Shared = { prisma?: PrismaClient; listener?: Listener }
const global = globalThis as { astrolabeDatabase?: Shared }
global.astrolabeDatabase ??= {}
const shared = global.astrolabeDatabase

/**
 * adapter-pg reads every time as UTC, whatever the session's zone: so the session's zone is UTC. A process that stands still in the
 * middle of a transaction (stopped, swapped out, its computer gone) keeps its rows locked for no longer than a lease would last.
 */
const SESSION = '-c TimeZone=UTC -c idle_in_transaction_session_timeout=5s'

/** The Prisma client of this process. */
export function prisma(): PrismaClient {
  shared.prisma ??= new PrismaClient({
    adapter: new PrismaPg({ connectionString: config().databaseUrl.reveal(), max: 10, options: SESSION }),
  })
  return shared.prisma
}

declare const inside: unique symbol

/** A handle that only `inTransaction` gives out: every write in a store asks for it, so that a page can read but not write. */
export type Transaction = Prisma.TransactionClient & { readonly [inside]: true }

/** Runs `work` in one transaction; it is committed when the promise resolves and rolled back when it rejects. */
export function inTransaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return prisma().$transaction((transaction) => work(transaction as Transaction), { maxWait: 5_000, timeout: 15_000 })
}

/** For what is asked while something else is, which may fail first: a failure of this is heard by whoever waits for it, or by nobody. */
export function readMeanwhile<Answer>(reading: Promise<Answer>): Promise<Answer> {
  reading.catch(() => {})
  return reading
}

/**
 * The hints that processes give each other. Rows are the truth; a lost hint costs time, never correctness. The first two name an
 * environment, the third a user.
 */
export type Channel = 'environment_work' | 'environment_changed' | 'rights_changed'

/** Tells other processes, once the transaction has committed, that something about `id`, or each of many, is new. */
export async function notify(transaction: Transaction, channel: Channel, id: string | readonly string[]): Promise<void> {
  const ids = typeof id === 'string' ? [id] : [...id]
  await transaction.$executeRaw`select pg_notify(${channel}, id) from unnest(${ids}::text[]) as id`
}

/** `ready` resolves when hints are heard for the first time. */
type Listener = { events: EventEmitter; ready: Promise<void>; close(): Promise<void> }

/**
 * Calls `heard` with the id of every hint on a channel, and with null after the connection was lost and made again: hints may
 * have been missed then.
 * @returns a function that stops listening
 */
export async function listen(channel: Channel, heard: (id: string | null) => void): Promise<() => void> {
  shared.listener ??= openListener()
  const { events, ready } = shared.listener
  events.on(channel, heard)
  await ready
  return () => void events.off(channel, heard)
}

const FIRST_PAUSE_MS = 100
/** A database that restarts is back after seconds: whoever waits for a hint should not wait for us as well. */
const LONGEST_PAUSE_MS = 1_000
const CONNECT_WITHIN_MS = 5_000

/** Keeps one connection that listens, for as long as it takes to make it and however often it is lost. */
function openListener(): Listener {
  const events = new EventEmitter().setMaxListeners(0)
  const ready = Promise.withResolvers<void>()
  const closing = new AbortController()
  let client: pg.Client | undefined
  let missed = false
  /** Resolves when a connection that stood is lost; rejects where it did not come to stand. */
  const stand = async (): Promise<unknown> => {
    const connectionString = config().databaseUrl.reveal()
    const next = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: CONNECT_WITHIN_MS })
    client = next
    // A connection that breaks says so more than once, and an error that nobody hears would end the process.
    const broken = new Promise<unknown>((lost) => void next.on('error', lost).once('end', () => lost(undefined)))
    next.on('notification', ({ channel, payload }) => events.emit(channel, payload ?? null))
    try {
      await next.connect()
      await next.query('listen environment_work; listen environment_changed; listen rights_changed')
      if (missed) for (const channel of events.eventNames()) events.emit(channel, null)
      missed = true
      ready.resolve()
      return await broken
    } finally {
      next.end().catch(() => {})
    }
  }
  const keep = async () => {
    let pauseMs = FIRST_PAUSE_MS
    while (!closing.signal.aborted) {
      const outcome = await stand().then(
        (error) => ({ error, stood: true }),
        (error: unknown) => ({ error, stood: false }),
      )
      if (closing.signal.aborted) return
      if (outcome.stood || !missed) log().warn({ err: outcome.error }, 'hints are not heard')
      missed = true
      pauseMs = outcome.stood ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  void keep()
  return {
    events,
    ready: ready.promise,
    async close() {
      closing.abort()
      ready.resolve()
      await client?.end()
    },
  }
}

/** Closes what this process holds open towards the database. May be called twice. */
export async function closeDatabase(): Promise<void> {
  const { prisma: client, listener } = shared
  delete shared.prisma
  delete shared.listener
  await Promise.all([client?.$disconnect(), listener?.close()])
}
