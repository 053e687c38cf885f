import { EventEmitter } from 'node:events'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { config } from './config.ts'
import { type Prisma, PrismaClient } from './generated/prisma/client.ts'
import { log } from './log.ts'

// Next loads several copies of this module into one process: what must exist once hangs on globalThis.
type Shared = { prisma?: PrismaClient; listener?: Promise<Listener> }
const global = globalThis as { astrolabeDatabase?: Shared }
global.astrolabeDatabase ??= {}
const shared = global.astrolabeDatabase

/** The Prisma client of this process. */
export function prisma(): PrismaClient {
  // adapter-pg reads every time as UTC, whatever the session's zone: so the session's zone is UTC.
  shared.prisma ??= new PrismaClient({
    adapter: new PrismaPg({ connectionString: config().databaseUrl.reveal(), max: 10, options: '-c TimeZone=UTC' }),
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

/** The hints that processes give each other. Rows are the truth; a lost hint costs time, never correctness. */
export type Channel = 'environment_work' | 'environment_changed'

/** Tells other processes, once the transaction has committed, that something about `id`, or each of many, is new. */
export async function notify(transaction: Transaction, channel: Channel, id: string | readonly string[]): Promise<void> {
  const ids = typeof id === 'string' ? [id] : [...id]
  await transaction.$executeRaw`select pg_notify(${channel}, id) from unnest(${ids}::text[]) as id`
}

type Listener = { events: EventEmitter; close(): Promise<void> }

/**
 * Calls `heard` with the id of every hint on a channel, and with null after the connection was lost and made again: hints may
 * have been missed then.
 * @returns a function that stops listening
 */
export async function listen(channel: Channel, heard: (id: string | null) => void): Promise<() => void> {
  shared.listener ??= openListener()
  const { events } = await shared.listener
  events.on(channel, heard)
  return () => void events.off(channel, heard)
}

async function openListener(): Promise<Listener> {
  const events = new EventEmitter().setMaxListeners(0)
  let closed = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  const connect = async () => {
    const next = new pg.Client({ connectionString: config().databaseUrl.reveal(), keepAlive: true })
    next.on('notification', ({ channel, payload }) => events.emit(channel, payload ?? null))
    next.once('error', (error) => lost(next, error))
    next.once('end', () => lost(next, undefined))
    client = next
    await next.connect()
    await next.query('listen environment_work; listen environment_changed')
  }
  const lost = (which: pg.Client, error: unknown) => {
    if (closed || which !== client) return
    client = undefined
    log().warn({ err: error }, 'listening connection lost')
    again(250)
  }
  const again = (delayMs: number) => {
    retry = setTimeout(() => {
      connect().then(
        () => {
          for (const channel of events.eventNames()) events.emit(channel, null)
        },
        () => again(Math.min(delayMs * 2, 5_000)),
      )
    }, delayMs)
  }
  await connect()
  return {
    events,
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}

/** Closes what this process holds open towards the database. May be called twice. */
export async function closeDatabase(): Promise<void> {
  const { prisma: client, listener } = shared
  delete shared.prisma
  delete shared.listener
  await Promise.all([client?.$disconnect(), listener?.then((open) => open.close())])
}
