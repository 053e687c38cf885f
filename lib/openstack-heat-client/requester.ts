import { type Authenticator, type AuthSettings, missingEndpoint, type ProjectToken, type ServiceType } from './auth.ts'
import { HeatError } from './errors.ts'
import { type CallOptions, expectStatus, type HttpAnswer, send, type Transport } from './http.ts'

export type HeatRequest<T> = {
  /** Default: Heat. */
  service?: ServiceType
  method: 'GET' | 'POST' | 'DELETE'
  /** From the project's endpoint to the whole address. */
  url: (endpoint: string) => string
  body?: unknown
  wanted: readonly number[]
  read: (answer: HttpAnswer, request: { method: string; url: string }) => T
  call?: CallOptions
}

/** Asks Heat (or Nova) as the project: one request with a token that works. @throws HeatError */
export type HeatRequester = <T>(request: HeatRequest<T>) => Promise<T>

/**
 * A token can end in the middle of a sequence, at any service. A 401 is given before anything is done, so that every
 * method may be repeated after it, once, with a new token.
 */
export function createRequester(
  transport: Transport,
  authenticator: Authenticator,
  place: Pick<AuthSettings, 'authUrl' | 'region' | 'endpointInterface'>,
): HeatRequester {
  return async ({ service = 'orchestration', method, url, body, wanted, read, call }) => {
    const askWith = async ({ token, endpoints }: ProjectToken) => {
      const endpoint = endpoints[service]
      if (endpoint === null) {
        const said = { title: 'Unexpected answer', explanation: missingEndpoint(service, place) }
        throw new HeatError('protocol', { status: null, method, url: place.authUrl, requestId: null, ...said })
      }
      const request = { method, url: url(endpoint), token, body, call }
      return { request, answer: await send(transport, request) }
    }
    const token = await authenticator.token(call)
    let exchanged = await askWith(token)
    if (exchanged.answer.status === 401) exchanged = await askWith(await authenticator.renewed(token, call))
    return read(expectStatus(exchanged.answer, wanted, exchanged.request), exchanged.request)
  }
}
