import { randomBytes, randomUUID } from 'node:crypto'
import type { AccessRule, ApplicationCredential } from '../belongings.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type Json, type JsonMap, maps, text } from '../json.ts'
import { answer, collection, expecting, forbidden, micro, roles, type Site } from './keystone-shapes.ts'
import { digest, requireToken, type Token } from './tokens.ts'

type Call = { site: Site; token: Token; request: HttpRequest }

/** `GET /users/ID/application_credentials` */
export function listCredentials(call: Call): HttpReply {
  own(call, 'identity:list_application_credentials')
  const { site, request } = call
  const wanted = request.query.get('name')
  const all = Object.values(site.belongings.things.applicationCredentials).filter(({ name }) => wanted === null || name === wanted)
  return collection(site, addressOf(request), { application_credentials: all.map((credential) => shown(site, credential)) })
}

/** `GET /users/ID/application_credentials/ID`: Keystone looks at whose it is, and not at whose address it is asked by. */
export function showCredential(call: Call): HttpReply {
  return answer(200, { application_credential: shown(call.site, credentialOf(call)) })
}

/** `POST /users/ID/application_credentials`: the secret is in this answer and nowhere else. */
export function createCredential(call: Call): HttpReply {
  const { site, token, request } = call
  own(call, 'identity:create_application_credential')
  const body = bodyOf(request, expecting('valid JSON', 'request body').message).application_credential
  const wanted = isMap(body) ? body : {}
  refuseInvalid(wanted)
  refuseRestricted(site, token)
  if (token.project === null) throw new Fault(400, 'Bad Request', 'Invalid application credential: Could not find project: None.')
  const { things } = site.belongings
  const name = text(wanted.name) ?? ''
  if (Object.values(things.applicationCredentials).some((each) => each.name === name))
    throw new Fault(
      409,
      'Conflict',
      `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${name}.`,
    )
  const secret = text(wanted.secret) || randomBytes(64).toString('base64url')
  const nowMs = site.now().getTime()
  const credential: ApplicationCredential = {
    id: randomUUID().replaceAll('-', ''),
    name,
    description: text(wanted.description) ?? null,
    secretDigest: digest(secret),
    unrestricted: typeof wanted.unrestricted === 'boolean' ? wanted.unrestricted : null,
    expiresAt: expiryOf(wanted.expires_at, nowMs),
    roles: rolesOf(site, token, wanted.roles),
    accessRules: Array.isArray(wanted.access_rules) ? keepRules(site, maps(wanted.access_rules)) : null,
    createdAt: nowMs,
  }
  things.applicationCredentials[credential.id] = credential
  site.belongings.changed()
  return answer(201, { application_credential: { ...shown(site, credential), secret } })
}

/** `DELETE /users/ID/application_credentials/ID`: its tokens end with it. */
export function deleteCredential(call: Call): HttpReply {
  const { site, token } = call
  refuseRestricted(site, token)
  delete site.belongings.things.applicationCredentials[credentialOf(call).id]
  site.belongings.changed()
  return answer(204)
}

/** `GET /users/ID/access_rules` */
export function listRules(call: Call): HttpReply {
  own(call, 'identity:list_access_rules')
  const { query } = call.request
  const fits = (rule: AccessRule) => (['service', 'path', 'method'] as const).every((key) => (query.get(key) ?? rule[key]) === rule[key])
  const rules = Object.values(call.site.belongings.things.accessRules).filter(fits)
  return collection(call.site, addressOf(call.request), { access_rules: rules.map((rule) => ruleBody(call.site, rule)) })
}

/** `GET /users/ID/access_rules/ID` */
export function showRule(call: Call): HttpReply {
  own(call, 'identity:get_access_rule')
  return answer(200, { access_rule: ruleBody(call.site, ruleOf(call)) })
}

/** `DELETE /users/ID/access_rules/ID`, once no credential has it any more. */
export function deleteRule(call: Call): HttpReply {
  own(call, 'identity:delete_access_rule')
  const { things } = call.site.belongings
  const { id } = ruleOf(call)
  if (Object.values(things.applicationCredentials).some(({ accessRules }) => accessRules?.includes(id)))
    throw forbidden('May not delete access rule in use')
  delete things.accessRules[id]
  call.site.belongings.changed()
  return answer(204)
}

/** The call of a request that is signed in. */
export function callOf(site: Site, request: HttpRequest): Call {
  return { site, token: requireToken(site.tokens, request), request }
}

function own({ site, request }: Call, action: string): void {
  if (request.params.user !== site.identity.user.id) throw forbidden(action)
}

const addressOf = ({ target }: HttpRequest) => target.replace(/^\/v3/, '')

function credentialOf({ site, request }: Call): ApplicationCredential {
  const { id = '' } = request.params
  const { applicationCredentials } = site.belongings.things
  const found = Object.hasOwn(applicationCredentials, id) ? applicationCredentials[id] : undefined
  if (!found) throw new Fault(404, 'Not Found', `Could not find Application Credential: ${id}.`)
  return found
}

function ruleOf({ site, request }: Call): AccessRule {
  const { id = '' } = request.params
  const { accessRules } = site.belongings.things
  const found = Object.hasOwn(accessRules, id) ? accessRules[id] : undefined
  if (!found) throw new Fault(404, 'Not Found', `Could not find Access Rule: ${id}.`)
  return found
}

/** keystone/api/users.py, _check_unrestricted_application_credential. */
function refuseRestricted(site: Site, token: Token): void {
  const by = token.applicationCredential
  if (by === undefined || site.belongings.things.applicationCredentials[by]?.unrestricted) return
  throw forbidden("Using method 'application_credential' is not allowed for managing additional application credentials.")
}

/** keystone/application_credential/schema.py, the parts that people get wrong; jsonschema says more after the first line. */
function refuseInvalid(wanted: JsonMap): void {
  const wrong = (sentence: string) => new Fault(400, 'Bad Request', sentence)
  if (wanted.name === undefined) throw wrong("'name' is a required property")
  const invalid = (path: string, value: Json, what: string) => wrong(`Invalid input for field '${path}': ${quoted(value)} ${what}`)
  if (typeof wanted.name !== 'string') throw invalid('name', wanted.name, "is not of type 'string'")
  if (wanted.name === '') throw invalid('name', '', 'is too short')
  const { unrestricted } = wanted
  if (unrestricted !== undefined && typeof unrestricted !== 'boolean' && unrestricted !== null)
    throw invalid('unrestricted', unrestricted, "is not of type 'boolean'")
  for (const [index, rule] of maps(wanted.access_rules).entries()) {
    const { method, path } = rule
    if (method !== undefined && !methods.includes(text(method) ?? ''))
      throw invalid(`access_rules/${index}/method`, method, "does not match '^(POST|GET|HEAD|PATCH|PUT|DELETE)$'")
    if (path !== undefined && !(text(path) ?? '').startsWith('/'))
      throw invalid(`access_rules/${index}/path`, path, "does not match '^\\\\/.*'")
  }
}

const methods = ['POST', 'GET', 'HEAD', 'PATCH', 'PUT', 'DELETE']
const quoted = (value: Json) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value))

function expiryOf(wanted: Json | undefined, nowMs: number): number | null {
  if (wanted === undefined || wanted === null) return null
  const written = text(wanted) ?? ''
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}Z`)
  const still =
    'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.'
  if (Number.isNaN(at)) throw new Fault(400, 'Bad Request', `Timestamp not in expected format. ${still}`)
  if (at <= nowMs) throw new Fault(400, 'Bad Request', `The 'expires_at' must not be before now. ${still}`)
  return at
}

function rolesOf(site: Site, token: Token, wanted: Json | undefined): string[] {
  const by = token.applicationCredential
  const held = by === undefined ? undefined : site.belongings.things.applicationCredentials[by]?.roles
  const has = roles(site.identity).filter(({ id }) => held?.includes(id) ?? true)
  const chosen = maps(wanted)
  if (chosen.length === 0) return has.map(({ id }) => id)
  return chosen.map((role) => {
    const found = has.find(({ id, name }) => id === role.id || name === role.name)
    if (found) return found.id
    if (role.id === undefined) throw new Fault(404, 'Not Found', `Role ${text(role.name) ?? ''} is not defined`)
    throw new Fault(400, 'Bad Request', 'Invalid application credential: Cannot create an application credential with unassigned role')
  })
}

/** A rule that says what one says already is that one. */
function keepRules(site: Site, wanted: JsonMap[]): string[] {
  const { accessRules } = site.belongings.things
  return wanted.map((rule) => {
    const [service, method, path] = [text(rule.service) ?? null, text(rule.method) ?? null, text(rule.path) ?? null]
    const known = Object.values(accessRules).find(
      (each) => each.id === rule.id || (each.service === service && each.method === method && each.path === path),
    )
    if (known) return known.id
    if (rule.id !== undefined && path === null) throw new Fault(404, 'Not Found', `Could not find Access Rule: ${text(rule.id) ?? ''}.`)
    const id = randomUUID().replaceAll('-', '')
    accessRules[id] = { id, service, method, path }
    return id
  })
}

function ruleBody({ endpoints }: Site, rule: AccessRule): JsonMap {
  return { ...rule, links: { self: `${endpoints().identity}/access_rules/${rule.id}` } }
}

/** Recordings keystone-application-credential-create-*-201. */
function shown(site: Site, credential: ApplicationCredential): JsonMap {
  const { id, name, description, unrestricted, expiresAt, accessRules } = credential
  const given = roles(site.identity).filter((role) => credential.roles.includes(role.id))
  const { accessRules: all } = site.belongings.things
  return {
    id,
    name,
    description,
    user_id: site.identity.user.id,
    project_id: site.identity.project.id,
    system: null,
    expires_at: expiresAt === null ? null : micro(expiresAt).slice(0, -1),
    unrestricted,
    roles: given.map((role) => ({ ...role, domain_id: null, description: null, options: { immutable: true } })),
    ...(accessRules ? { access_rules: accessRules.flatMap((rule) => (all[rule] ? [{ ...all[rule] }] : [])) } : {}),
    links: { self: `${site.endpoints().identity}/application_credentials/${id}` },
  }
}
