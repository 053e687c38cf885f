import type { Json } from '../json.ts'
import type { Call, Partner } from './partner.fixture.ts'

/** What earlier cases have made, for later ones. */
export type Scene = { partner: Partner; kept: Record<string, string> }

/**
 * One thing that is true of every OpenStack: a request, and what its answer must be like. Ids, times, addresses, tokens and the names
 * of stacks are replaced by words before they are compared (apart.ts).
 */
export type Case = {
  title: string
  /** The recordings of this very exchange. */
  recorded?: string[]
  /** What must have come about before. */
  first?: (scene: Scene) => Promise<void>
  call: Call | ((scene: Scene) => Call)
  status: number
  headers?: Record<string, unknown>
  /** What the body has, whatever else it has. */
  has?: unknown
  /** What the body is. */
  is?: unknown
  /** Keeps what later cases need. */
  keep?: (scene: Scene, body: Json, headers: Record<string, string>) => void
  /** Why one of the partners cannot be asked. */
  except?: Partial<Record<'embedded' | 'real', string>>
}

const words: Record<number, [title: string, explanation: string]> = {
  400: ['Bad Request', 'The server could not comply with the request since it is either malformed or otherwise incorrect.'],
  403: ['Forbidden', 'Access was denied to this resource.'],
  404: ['Not Found', 'The resource could not be found.'],
  409: ['Conflict', 'There was a conflict when trying to complete your request.'],
  500: ['Internal Server Error', 'The server has either erred or is incapable of performing the requested operation.'],
}

/** An exchange that Heat refuses in its own shape of an error (openstack/README.md, fact 14). */
export function heatRefuses(
  title: string,
  recorded: string[],
  call: Case['call'],
  fault: [status: number, type: string, message?: string],
): Case {
  const [status, type, message] = fault
  const [heading, explanation] = words[status] ?? []
  const error = { type, traceback: null, ...(message === undefined ? {} : { message }) }
  return { title, recorded, call, status, is: { code: status, title: heading, explanation, error } }
}

/** A token that is missing or worth nothing, as Keystone and most others say it. */
export function noEntry(title: string, recorded: string[], call: Case['call']): Case {
  const error = { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' }
  return { title, recorded, call, status: 401, headers: { 'www-authenticate': 'Keystone uri="<identity>"' }, is: { error } }
}

export const get = (path: string): Call => ({ method: 'GET', path })
export const post = (path: string, body: Json): Call => ({ method: 'POST', path, body })

export const nobody = '11111111-2222-3333-4444-555555555555'
