import { type Document, parseDocument } from 'yaml'
import { z } from 'zod'
import type { HeatAuth } from './auth.ts'

/** What a clouds.yaml entry says, in this client's words. */
export type CloudSettings = {
  /** Ends in /v3. */
  authUrl: string
  auth: HeatAuth
  region: string | undefined
  endpointInterface: 'public' | 'internal' | 'admin'
  /** Our own key: "socks5://[user:password@]host:port", through which the cloud's machines are reached. */
  sshProxy: string | undefined
}

/** The file, or its entry, cannot be used. The message names the key and never a value. */
export class CloudsYamlError extends Error {
  override readonly name = 'CloudsYamlError'
}

const MOST_BYTES = 256 * 1024

const text = z.string().min(1)
/** Unquoted numbers are common in these files: a project may be called 1234. */
const word = z.union([text, z.number().transform(String)])

const authBody = z.object({
  auth_url: z.url({ protocol: /^https?$/ }),
  username: word.optional(),
  user_id: word.optional(),
  password: word.optional(),
  user_domain_name: word.optional(),
  user_domain_id: word.optional(),
  project_name: word.optional(),
  project_id: word.optional(),
  project_domain_name: word.optional(),
  project_domain_id: word.optional(),
  domain_name: word.optional(),
  domain_id: word.optional(),
  application_credential_id: word.optional(),
  application_credential_name: word.optional(),
  application_credential_secret: word.optional(),
  token: word.optional(),
})

type AuthBody = z.infer<typeof authBody>

const entryBody = z.object({
  auth: authBody,
  auth_type: z.string().optional(),
  region_name: z.string().optional(),
  interface: z.string().optional(),
  endpoint_type: z.string().optional(),
  default_domain: z.string().optional(),
  verify: z.boolean().optional(),
  profile: z.string().optional(),
  ssh_proxy: z.url({ protocol: /^socks5h?$/, error: 'must be socks5://host:port' }).optional(),
})

/**
 * Reads one entry of a clouds.yaml file (openstacksdk's "Configuring OpenStack SDK Applications").
 * Vendor profiles, `verify: false` and `secure.yaml` are not supported, and are refused rather than ignored.
 *
 * @throws CloudsYamlError
 */
export function readCloudsYaml(source: string, cloudName: string): CloudSettings {
  if (Buffer.byteLength(source) > MOST_BYTES) throw new CloudsYamlError(`clouds.yaml is larger than ${MOST_BYTES} bytes`)
  const entry = parseEntry(source, cloudName)
  const where = `clouds.${cloudName}`
  if (entry.verify === false)
    throw new CloudsYamlError(`${where}.verify: false is not supported; have the cloud's certificate trusted instead`)
  if (entry.profile !== undefined) throw new CloudsYamlError(`${where}.profile is not supported; write its settings out`)
  return {
    authUrl: versionedAuthUrl(entry.auth.auth_url),
    auth: readAuth(entry, where),
    region: entry.region_name,
    endpointInterface: readInterface(entry.interface ?? entry.endpoint_type, where),
    sshProxy: entry.ssh_proxy,
  }
}

function parseEntry(source: string, cloudName: string): z.infer<typeof entryBody> {
  const document = parseDocument(source, { logLevel: 'silent' })
  const [broken] = document.errors
  if (broken) {
    const at = broken.linePos?.[0]
    throw new CloudsYamlError(`clouds.yaml is not YAML${at ? ` at line ${at.line}, column ${at.col}` : ''}: ${broken.code}`)
  }
  const whole = z.object({ clouds: z.record(z.string(), z.unknown()) }).safeParse(expand(document))
  if (!whole.success) throw new CloudsYamlError('clouds.yaml has no "clouds" mapping')
  const raw = whole.data.clouds[cloudName]
  if (raw === undefined) {
    const names = Object.keys(whole.data.clouds).join(', ') || 'none'
    throw new CloudsYamlError(`clouds.yaml has no cloud "${cloudName}"; it has: ${names}`)
  }
  const entry = entryBody.safeParse(raw)
  if (entry.success) return entry.data
  const issue = entry.error.issues[0]
  throw new CloudsYamlError(`clouds.${[cloudName, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'not understood'}`)
}

/** Aliases written out, unless they would grow without measure. */
function expand(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new CloudsYamlError('clouds.yaml has too many aliases', { cause })
  }
}

type Entry = z.infer<typeof entryBody>

function readAuth(entry: Entry, where: string): HeatAuth {
  const { auth } = entry
  const need = (value: string | undefined, key: string): string => {
    if (value === undefined) throw new CloudsYamlError(`${where}.auth.${key} is missing`)
    return value
  }
  const type = entry.auth_type?.replace(/^v3/, '') ?? guessType(auth)
  switch (type) {
    case 'applicationcredential': {
      const secret = need(auth.application_credential_secret, 'application_credential_secret')
      if (auth.application_credential_id !== undefined)
        return { method: 'application_credential', id: auth.application_credential_id, secret }
      const name = need(auth.application_credential_name, 'application_credential_id')
      return { method: 'application_credential', name, user: owner(entry, 'user', need), secret }
    }
    case 'token':
      return {
        method: 'token',
        token: need(auth.token, 'token'),
        ...(auth.project_id !== undefined || auth.project_name !== undefined ? { project: owner(entry, 'project', need) } : {}),
      }
    case 'password':
      return {
        method: 'password',
        user: owner(entry, 'user', need),
        password: need(auth.password, 'password'),
        project: owner(entry, 'project', need),
      }
    default:
      throw new CloudsYamlError(`${where}.auth_type "${type}" is not supported; use password, v3applicationcredential or token`)
  }
}

function guessType(auth: AuthBody): string {
  if (auth.application_credential_secret !== undefined) return 'applicationcredential'
  return auth.token === undefined ? 'password' : 'token'
}

/** A user or project: by id, or by name in its own domain, the common one, or Keystone's "default". */
function owner({ auth, default_domain }: Entry, kind: 'user' | 'project', need: (value: string | undefined, key: string) => string) {
  const id = kind === 'user' ? auth.user_id : auth.project_id
  if (id !== undefined) return { id }
  const name = kind === 'user' ? need(auth.username, 'username') : need(auth.project_name, 'project_name')
  const domainId = (kind === 'user' ? auth.user_domain_id : auth.project_domain_id) ?? auth.domain_id
  const domainName = (kind === 'user' ? auth.user_domain_name : auth.project_domain_name) ?? auth.domain_name
  if (domainId === undefined && domainName !== undefined) return { name, domain: { name: domainName } }
  return { name, domain: { id: domainId ?? default_domain ?? 'default' } }
}

const INTERFACES: Record<string, CloudSettings['endpointInterface']> = {
  public: 'public',
  publicURL: 'public',
  internal: 'internal',
  internalURL: 'internal',
  admin: 'admin',
  adminURL: 'admin',
}

function readInterface(value: string | undefined, where: string): CloudSettings['endpointInterface'] {
  const found = INTERFACES[value ?? 'public']
  if (!found) throw new CloudsYamlError(`${where}.interface must be public, internal or admin`)
  return found
}

/** Many files name Keystone without its version. */
function versionedAuthUrl(url: string): string {
  const plain = url.replace(/\/+$/, '')
  return plain.endsWith('/v3') ? plain : `${plain.replace(/\/v2\.0$/, '')}/v3`
}
