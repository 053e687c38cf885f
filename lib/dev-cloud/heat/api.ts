import type { Cloud } from '../cloud.ts'
import type { Engine } from '../engine/engine.ts'
import { badRequest, Fault, unauthorized, unknownStack, ValidationFault } from '../fault.ts'
import type { Handler, HttpReply, HttpRequest } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import { childOf, familyOf, isGone, isMade, type Stack } from '../state.ts'
import { malformed, notFound, webobReply } from '../webob.ts'
import { stackUrl } from './views.ts'

/** What the handlers of Heat's addresses share. */
export type Heat = { cloud: Cloud; engine: Engine; tokens: Tokens; trusts: boolean; abandon: boolean; identityUrl: () => string }

const titles: Record<number, [string, string]> = {
  400: ['Bad Request', 'The server could not comply with the request since it is either malformed or otherwise incorrect.'],
  403: ['Forbidden', 'Access was denied to this resource.'],
  404: ['Not Found', 'The resource could not be found.'],
  405: ['Method Not Allowed', malformed],
  409: ['Conflict', 'There was a conflict when trying to complete your request.'],
  500: ['Internal Server Error', 'The server has either erred or is incapable of performing the requested operation.'],
}

/** Heat's own shape of an error; a missing token and an unknown address have others (openstack/README.md, fact 14). */
export function refuse({ tokens, identityUrl }: Heat, fault: Fault, request: HttpRequest): HttpReply {
  const unknown = fault.type === 'NoRoute' || fault.type === 'NoMethod'
  // Nobody is told which addresses there are before he has said who he is.
  if (fault.status === 401 || (unknown && !tokens.check(request.header('X-Auth-Token')))) {
    const challenge = { 'WWW-Authenticate': `Keystone uri="${identityUrl()}"` }
    return { ...refuseLikeKeystone(identityUrl(), unauthorized()), headers: challenge }
  }
  if (fault.type === 'NoRoute') return webobReply(404, notFound)
  const [title = 'Error', explanation = ''] = titles[fault.status] ?? []
  if (fault.type === 'NoMethod')
    return {
      status: 405,
      body: { code: 405, title, explanation, error: { type: 'HTTPMethodNotAllowed', traceback: null, message: malformed } },
    }
  const message: JsonMap = fault.detail === undefined ? {} : { message: fault.detail }
  return {
    status: fault.status,
    body: { code: fault.status, title, explanation, error: { type: fault.type, traceback: null, ...message } },
  }
}

/** A handler that only answers the project in the address, to a token of that project. */
export function guarded(heat: Heat, handle: Handler): Handler {
  return (request) => {
    const token = requireToken(heat.tokens, request)
    if (token.project === null || token.project !== request.params.project) {
      throw new Fault(403, 'HTTPForbidden', 'Access was denied to this resource.')
    }
    return handle(request)
  }
}

/**
 * Heat goes on with a stack by a trust from its owner, and Keystone lets no delegated token make one: 500 without a message (recordings
 * heat-create-with-application-credential-*-500). It happens when a stack is stored, after all that can be said against it.
 */
export function refuseWithoutTrust(heat: Heat, request: HttpRequest): void {
  const { applicationCredential } = requireToken(heat.tokens, request)
  if (applicationCredential !== undefined && !heat.trusts) throw new Fault(500, 'RemoteError')
}

/** The stack of an address `/stacks/NAME/ID...`. Throws 404 where they do not belong together. */
export function stackOf(heat: Heat, request: HttpRequest): Stack {
  const { name = '', id = '' } = request.params
  const stack = heat.cloud.state.find(id)
  if (!stack || stack.name !== name || !isMade(stack)) throw unknownStack(name)
  return stack
}

/** A stack by its name, or by its id (also when it is deleted). Nested ones have names, too. */
export function findStack(heat: Heat, nameOrId: string): Stack | undefined {
  const { state } = heat.cloud
  const byId = state.find(nameOrId)
  if (byId && isMade(byId)) return byId
  return [...state.stacks.values()].flatMap(familyOf).find((stack) => stack.name === nameOrId && isMade(stack) && !isGone(stack))
}

/** What may stand below a stack's name or id alone, to be read (heat/api/openstack/v1/__init__.py, stack_lookup_subpath). */
export const belowShort = ['resources', 'events', 'template', 'actions', 'environment', 'files']

/** Recordings heat-show-by-{name,id}-302: short addresses lead to the canonical one, with what was asked. */
export function redirect(heat: Heat, request: HttpRequest, rest = ''): HttpReply {
  const { name: nameOrId = '' } = request.params
  const stack = findStack(heat, nameOrId)
  if (!stack) throw unknownStack(nameOrId)
  const asked = new URLSearchParams(request.query).toString()
  const url = `${stackUrl(heat.cloud, stack)}${rest}${asked === '' ? '' : `?${asked}`}`
  const message = `The resource was found at <a href="${url}">${url}</a>;\nyou should be redirected automatically.\n\n`
  return { status: 302, headers: { Location: url }, body: { message, code: '302 Found', title: 'Found' } }
}

export function readLimit(request: HttpRequest): number | undefined {
  const value = request.query.get('limit')
  if (value === null || value === '') return undefined
  if (!/^\d+$/.test(value)) throw badRequest("Only integer is acceptable by 'limit'.")
  return Number(value) === 0 ? undefined : Number(value)
}

/** `nested_depth`: how deep to look into nested stacks; undefined: not at all. */
export function readDepth(request: HttpRequest): number | undefined {
  const value = request.query.get('nested_depth')
  if (value === null || value === '' || value === '0') return undefined
  if (/^\d+$/.test(value)) return Number(value)
  // The API passes on a boolean as well: as deep as can be.
  if (value.toLowerCase() === 'true') return Number.POSITIVE_INFINITY
  throw badRequest("Only integer is acceptable by 'nested_depth'.")
}

/** The stack and what is nested in it, so many levels deep, each before what is in it. */
export function below(stack: Stack, depth: number): Stack[] {
  if (depth <= 0) return [stack]
  const children = Object.values(stack.resources).flatMap((resource) => {
    const child = childOf(stack, resource)
    return child && isMade(child) && !isGone(child) && !child.parent?.remote ? below(child, depth - 1) : []
  })
  return [stack, ...children]
}

/** What comes after the marker; an unknown marker is ignored, as Heat ignores it (fact 22). */
export function pageOf<T extends { id: string }>(items: T[], marker: string | null, limit: number | undefined): T[] {
  const at = marker === null ? -1 : items.findIndex((item) => item.id === marker)
  return items.slice(at + 1, limit === undefined ? undefined : at + 1 + limit)
}

/** `POST validate` words the same faults differently (recordings heat-validate-*-400). */
export function asValidation(error: unknown): unknown {
  if (error instanceof ValidationFault) return badRequest(error.words)
  if (error instanceof Fault && error.type === 'StackValidationFailed') return badRequest(error.message)
  return error
}

export const ok = (body: Json): HttpReply => ({ status: 200, body })

/** Recordings heat-update-{put,patch}-202: the API's own page, not an answer of Heat's. */
export const accepted = { message: 'The request is accepted for processing.<br /><br />\n\n\n', code: '202 Accepted', title: 'Accepted' }
