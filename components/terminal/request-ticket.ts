import { postJson } from '../ui/post-json.ts'
import { askSeveral } from './ask-several.ts'
import type { ClientDeps, Refusal } from './terminal-client.ts'

type About = { launchId: string; generation: number; host: string }
type Ask = ClientDeps['requestTicket']

/** Less than a ticket is good for. */
const KEPT_MS = 40_000

/** An answer is there after some milliseconds; whoever hears nothing for so long may be asking a connection that is dead. */
const SILENT_MS = 1_200
const AT_ONCE = 4

/** What asks for tickets to one machine. */
export function ticketsFor(about: About): Ask {
  const ask = async (signal: AbortSignal) => {
    const answer = await requestTicket(about, signal)
    // A connection that broke says nothing about the others.
    if (!('ticket' in answer) && answer.code === null) throw new Error('nobody answered')
    return answer
  }
  return (signal) => askSeveral(ask, { signal, everyMs: SILENT_MS, most: AT_ONCE })
}

/** The same, but the first ticket is asked for now. Where nobody takes it, it is good for nothing a minute later. */
export function askAhead(about: About): Ask {
  const end = new AbortController()
  const askedAt = Date.now()
  const later = ticketsFor(about)
  let first: ReturnType<Ask> | null = requestTicket(about, end.signal)
  return (signal) => {
    const kept = first !== null && Date.now() - askedAt < KEPT_MS ? first : null
    first = null
    if (!kept) return later(signal)
    signal.addEventListener('abort', () => end.abort(), { once: true })
    return kept
  }
}

async function requestTicket({ launchId, generation, host }: About, signal: AbortSignal): Promise<{ ticket: string } | Refusal> {
  const answer = await postJson(`/l/${launchId}/ticket`, { host, generation }, signal)
  if (!answer.ok) return { code: answer.code, says: answer.sentence, retry: answer.code === null || !final.has(answer.code) }
  const { body } = answer
  if (typeof body === 'object' && body !== null && 'ticket' in body && typeof body.ticket === 'string') return { ticket: body.ticket }
  return { code: null, says: null, retry: true }
}

/** What asking again will not change. */
const final = new Set([
  'access.signed_out',
  'access.denied',
  'access.foreign_origin',
  'environment.not_found',
  'page.not_found',
  'input.invalid',
])
