import { timingSafeEqual } from 'node:crypto'
import type { ApplicationCredential } from '../belongings.ts'
import { Fault, unauthorized } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type Json, type JsonMap, text } from '../json.ts'
import type { Identity } from './identity.ts'
import { answer, expecting, type Site, tokenBody } from './keystone-shapes.ts'
import { digest, invalidToken, type Token } from './tokens.ts'

/** What a login has shown. */
type Proof = { earlier?: Token; credential?: ApplicationCredential }

/** `POST /auth/tokens` (Identity v3, "Authentication and token management"). Whatever is wrong with a proof is the same 401 (fact 30). */
export function logIn(site: Site, request: HttpRequest): HttpReply {
  const { auth } = bodyOf(request, invalidJson)
  if (!isMap(auth)) throw expecting('auth', 'request body')
  const { identity } = auth
  if (!isMap(identity)) throw required('identity')
  if (!Array.isArray(identity.methods)) throw required('methods')
  const methods = [...new Set(identity.methods.filter((method) => typeof method === 'string'))]
  for (const method of methods) if (!isMap(identity[method])) throw expecting(method, 'identity')
  if (!methods.every((method) => known.includes(method)))
    throw new Fault(401, 'AuthMethodNotSupported', 'Attempted to authenticate with an unsupported method.')
  // keystone/auth/core.py looks the scope up before the proof: a credential that is gone is told even without its secret (fact 29).
  const scope = methods.includes('application_credential') ? undefined : (auth.scope ?? null)
  if (scope === undefined && auth.scope !== undefined)
    throw new Fault(
      401,
      'ApplicationCredentialAuthError',
      'Error authenticating with application credential: Application credentials cannot request a scope.',
    )
  const proof: Proof = {}
  for (const method of methods) {
    const part = identity[method]
    if (method === 'password') checkPassword(site.identity, part)
    else if (method === 'token') proof.earlier = checkToken(site, part)
    else proof.credential = checkCredential(site, part)
  }
  if (methods.length === 0) throw unauthorized()
  const project = scope === undefined ? site.identity.project.id : scopeOf(site.identity, scope)
  refuseAnotherScope(proof, project)
  const all = [...new Set([...methods, ...(proof.earlier?.methods ?? [])])]
  const { value, token } = site.tokens.issue(project, all, proof)
  const body = tokenBody(site, token, !request.query.has('nocatalog'))
  return answer(201, { token: body }, { 'X-Subject-Token': value })
}

const known = ['password', 'token', 'application_credential']
const invalidJson = expecting('valid JSON', 'request body').message

/** The first line of what jsonschema says; it goes on with the whole schema (recording keystone-auth-malformed-400). */
const required = (name: string) => new Fault(400, 'Bad Request', `'${name}' is a required property`)

function checkPassword(identity: Identity, part: Json | undefined): void {
  const user = isMap(part) ? part.user : undefined
  if (!isMap(user)) throw expecting('user', 'None')
  // Recordings keystone-auth-wrong-password-401 and -unknown-user-401: the same answer, and the same work, so that names cannot be guessed.
  const right = sameSecret(digest(text(user.password) ?? ''), digest(identity.user.password))
  if (!isUser(identity, user) || !right) throw unauthorized()
}

function isUser({ user: known }: Identity, user: JsonMap): boolean {
  if (user.id === undefined && user.name === undefined)
    throw new Fault(400, 'Bad Request', 'Invalid input for field identity/password/user: id or name must be present.')
  if (user.name === undefined) return user.id === known.id
  if (user.domain === undefined) throw expecting('domain', 'user')
  return user.name === known.name && isDefaultDomain(user.domain)
}

function checkToken(site: Site, part: Json | undefined): Token {
  if (!isMap(part) || part.id === undefined)
    throw new Fault(400, 'Bad Request', "Invalid input for field 'identity/token': 'id' is a required property")
  const token = site.tokens.check(text(part.id))
  // keystone/conf/token.py, allow_rescope_scoped_token stays true; but what an application credential gave, it does not give again.
  if (!token) throw invalidToken(site.tokens, text(part.id) ?? '')
  return token
}

function checkCredential(site: Site, part: Json | undefined): ApplicationCredential {
  const shown = isMap(part) ? part : {}
  const credential = credentialNamed(site, shown)
  const right = sameSecret(digest(text(shown.secret) ?? ''), credential.secretDigest)
  const current = credential.expiresAt === null || credential.expiresAt > site.now().getTime()
  if (!right || !current) throw unauthorized()
  return credential
}

/** keystone/auth/core.py, _lookup_app_cred: by id, or by name and user. */
function credentialNamed(site: Site, shown: JsonMap): ApplicationCredential {
  const { applicationCredentials } = site.belongings.things
  const id = text(shown.id)
  if (id) {
    const credential = Object.hasOwn(applicationCredentials, id) ? applicationCredentials[id] : undefined
    if (!credential) throw new Fault(404, 'Not Found', `Could not find Application Credential: ${id}.`)
    return credential
  }
  const name = text(shown.name)
  if (!name) throw expecting('name or ID', 'application credential')
  const { user } = shown
  if (!isMap(user)) throw expecting('user', 'application credential')
  if (user.id === undefined && user.domain === undefined) throw expecting('domain', 'user')
  const credential = Object.values(applicationCredentials).find((each) => each.name === name)
  const owner =
    user.id === undefined ? user.name === site.identity.user.name && isDefaultDomain(user.domain) : user.id === site.identity.user.id
  if (!owner || !credential) throw unauthorized()
  return credential
}

/** Nobody gets another scope by a token that an application credential gave (keystone/token/provider.py). */
function refuseAnotherScope({ earlier }: Proof, project: string | null): void {
  if (earlier?.applicationCredential !== undefined && project !== earlier.project) throw unauthorized()
}

/** The project for which a token is wanted; null: for none. */
function scopeOf(identity: Identity, scope: Json): string | null {
  if (scope === null || scope === 'unscoped' || (isMap(scope) && 'unscoped' in scope)) return null
  if (!isMap(scope)) throw expecting(scopes, 'scope')
  const { project } = scope
  // Nobody here has a role in a domain or in the whole system.
  if (!isMap(project)) throw 'domain' in scope || 'system' in scope ? unauthorized() : expecting(scopes, 'scope')
  if (project.id === undefined && project.name === undefined)
    throw new Fault(400, 'Bad Request', 'Invalid input for field scope/project: id or name must be present.')
  if (project.name !== undefined && project.domain === undefined) throw expecting('domain', 'project')
  const named =
    project.name === undefined
      ? project.id === identity.project.id
      : project.name === identity.project.name && isDefaultDomain(project.domain)
  if (!named) throw unauthorized()
  return identity.project.id
}

const scopes = 'system, project, domain, OS-TRUST:trust or unscoped'

function isDefaultDomain(domain: Json | undefined): boolean {
  if (!isMap(domain)) return false
  return domain.name === undefined ? domain.id === 'default' : domain.name === 'Default'
}

/** Whether two digests are the same, in a time that does not tell where they differ. */
function sameSecret(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
