import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type GuardOptions, pinAddress } from './address-guard.ts'
import { LtiError } from './errors.ts'

export type Fetched = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

/** Fetches a small document; what `createKeySets` is handed. */
export type Get = (address: string, guard: GuardOptions) => Promise<Fetched>

const limitBytes = 256 * 1024
const limitMs = 5_000

/**
 * GET within limits: 5 s in all, 256 KB, no redirects, only to an address that `pinAddress` allows, on a connection of its own.
 * @throws LtiError `key_set.address`, `key_set.unreachable`, `key_set.content` (too large)
 */
export const guardedGet: Get = async (address, guard) => {
  const signal = AbortSignal.timeout(limitMs)
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new LtiError('key_set.unreachable', 'too slow'))),
  )
  const { url, ...pin } = await Promise.race([pinAddress(address, guard), late])
  const answer = await Promise.race([open(url, pin, signal), late])
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await Promise.race([readBounded(answer), late]) }
}

function open(url: URL, pin: { address: string; family: 4 | 6 }, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'Astrolabe (LTI tool)' }
  const call = send(url, {
    agent: false,
    signal,
    headers,
    family: pin.family,
    lookup: (_name, options, done) => {
      if (options.all) done(null, [{ address: pin.address, family: pin.family }])
      else done(null, pin.address, pin.family)
    },
  })
  call.once('response', resolve)
  call.once('error', (cause) => reject(new LtiError('key_set.unreachable', cause.message, { cause })))
  call.end()
  return promise
}

async function readBounded(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > limitBytes) throw new LtiError('key_set.content', 'too large')
      chunks.push(bytes)
    }
  } catch (cause) {
    if (cause instanceof LtiError) throw cause
    throw new LtiError('key_set.unreachable', 'broke off', { cause })
  } finally {
    answer.destroy()
  }
  return Buffer.concat(chunks).toString('utf8')
}
