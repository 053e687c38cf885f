import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { proxies } from '../images/build-base.mjs'
import { type PackageSource, redirectOf } from './sources.ts'

/** A mirror, or a machine that reads, is silent for at most this long. */
const SILENCE_MS = 30_000
/** For one file, however it trickles. */
const TOTAL_MS = 15 * 60_000
const REDIRECTS = 3
/** All machines' together; who comes later waits. */
const CONNECTIONS = 64

/** What of a machine's words a mirror hears; who asks, and anything that could ask for more than one piece, is not passed on. */
export type Wish = { method: 'GET' | 'HEAD'; range?: string; ifRange?: string; ifModifiedSince?: string }

/** A way to the mirrors, as this computer reaches them (proxies of its environment included). */
export type Asker = {
  /** Follows redirects that stay below the mirrors; rejects in words where that fails. */
  ask(address: URL, wish: Wish): Promise<IncomingMessage>
  /** Breaks off what is under way. */
  close(): void
}

export function createAsker(sources: PackageSource[]): Asker {
  const ways = { keepAlive: true, maxTotalSockets: CONNECTIONS, proxyEnv: proxies() }
  const agents = { http: new HttpAgent(ways), https: new HttpsAgent(ways) }
  const closing = new AbortController()
  const once = (address: URL, { method, range, ifRange, ifModifiedSince }: Wish) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers = Object.entries({ range, 'if-range': ifRange, 'if-modified-since': ifModifiedSince }).filter(([, value]) => value)
      const over = AbortSignal.any([AbortSignal.timeout(TOTAL_MS), closing.signal])
      const options = { method, headers: { ...Object.fromEntries(headers), 'user-agent': 'astrolabe' }, signal: over }
      const asked =
        address.protocol === 'https:'
          ? requestHttps(address, { ...options, agent: agents.https }, resolve)
          : requestHttp(address, { ...options, agent: agents.http }, resolve)
      asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error('it is silent')))
      asked.once('error', reject)
      // Told to whoever reads the answer; here nobody is left to hear it.
      asked.on('error', () => undefined)
      asked.end()
    })
  return {
    async ask(address, wish) {
      let at = address
      for (let turns = 0; turns <= REDIRECTS; turns += 1) {
        const answer = await once(at, wish)
        const { statusCode = 502, headers } = answer
        if (![301, 302, 303, 307, 308].includes(statusCode)) return answer
        answer.destroy()
        const next = redirectOf(sources, at, headers.location ?? '')
        if (next === null) throw new Error('it sends us elsewhere, where machines may not go')
        at = next
      }
      throw new Error('it sends us round in circles')
    },
    close() {
      closing.abort()
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}
