import type { JWK } from 'jose'
import { z } from 'zod'
import { LtiError } from './errors.ts'
import { type Fetched, type Get, guardedGet } from './guarded-get.ts'

/** Where a registration's keys are (Security Framework 6.3). */
export type KeySetSource = { jwksUrl: string; loopbackOrigin: string | null }

export type KeySets = {
  /**
   * The keys with this `kid`, from memory where it is fresh.
   * @throws LtiError `key.unknown`, `key_set.unreachable`, `key_set.content`, `key_set.address`
   */
  find(source: KeySetSource, kid: string): Promise<readonly JWK[]>
}

type Entry = { keys: readonly JWK[]; fetchedAt: number; freshUntil: number }
type Slot = { entry?: Entry; fetching?: Promise<Entry>; missAt: number }

const seconds = (count: number) => count * 1_000
/** After an unknown `kid` has made us look again, no other one does for this long. */
const cooldownMs = seconds(30)
/** A platform that is down is believed for this long after its keys went stale. */
const graceMs = seconds(3_600)
const freshMs = { least: seconds(60), usual: seconds(600), most: seconds(86_400) }
const mostSources = 2_000

const document = z.object({ keys: z.array(z.looseObject({ kty: z.string() }).nullable().catch(null)).max(200) })

/**
 * Remembers key sets, one per address: honours `max-age`, looks again once when a `kid` is unknown (a platform may have rotated), and
 * never asks twice at the same time.
 */
export function createKeySets({ now, get = guardedGet }: { now: () => Date; get?: Get }): KeySets {
  const slots = new Map<string, Slot>()

  const slotOf = (source: KeySetSource): Slot => {
    const name = JSON.stringify([source.jwksUrl, source.loopbackOrigin])
    const slot = slots.get(name) ?? { missAt: Number.NEGATIVE_INFINITY }
    const oldest = slots.keys().next()
    if (!slots.has(name) && slots.size >= mostSources && !oldest.done) slots.delete(oldest.value)
    slots.set(name, slot)
    return slot
  }

  const load = (slot: Slot, source: KeySetSource): Promise<Entry> => {
    slot.fetching ??= fetchKeys(source, get, now)
      .then((entry) => {
        slot.entry = entry
        return entry
      })
      .finally(() => {
        delete slot.fetching
      })
    return slot.fetching
  }

  const current = async (slot: Slot, source: KeySetSource): Promise<Entry> => {
    const at = now().getTime()
    const { entry } = slot
    if (entry && at < entry.freshUntil) return entry
    return load(slot, source).catch((error: unknown) => {
      if (entry && at < entry.freshUntil + graceMs) return entry
      throw error
    })
  }

  return {
    async find(source, kid) {
      const slot = slotOf(source)
      const known = slot.entry
      const entry = await current(slot, source)
      const keys = withKid(entry, kid)
      if (keys.length > 0) return keys
      const at = now().getTime()
      // What was fetched a moment ago for this very question is not fetched again.
      if (entry === known && at - slot.missAt >= cooldownMs) {
        slot.missAt = at
        const again = withKid(await load(slot, source), kid)
        if (again.length > 0) return again
      }
      throw new LtiError('key.unknown')
    },
  }
}

function withKid(entry: Entry, kid: string): JWK[] {
  return entry.keys.filter((key) => key.kid === kid)
}

async function fetchKeys(source: KeySetSource, get: Get, now: () => Date): Promise<Entry> {
  const answer = await get(source.jwksUrl, { loopbackOrigin: source.loopbackOrigin })
  if (answer.status !== 200) throw new LtiError('key_set.unreachable', `answered ${answer.status}`)
  const fetchedAt = now().getTime()
  return { keys: readDocument(answer.body), fetchedAt, freshUntil: fetchedAt + freshness(answer) }
}

/** RFC 7517 5: members that are not understood are passed over; a set without any usable key is none. */
function readDocument(body: string): JWK[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    throw new LtiError('key_set.content', 'not JSON', { cause })
  }
  const parsed = document.safeParse(value)
  const keys = parsed.success ? parsed.data.keys.filter((key) => key !== null) : []
  if (keys.length === 0) throw new LtiError('key_set.content', 'no keys')
  return keys
}

/** RFC 9111 5.2.2, kept within bounds: not so short that every launch asks, not so long that a withdrawn key lives for ever. */
function freshness({ headers }: Fetched): number {
  const control = String(headers['cache-control'] ?? '')
  const said = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(control)?.[1]
  const ms = said === undefined ? freshMs.usual : seconds(Number(said))
  return Math.min(Math.max(ms, freshMs.least), freshMs.most)
}
