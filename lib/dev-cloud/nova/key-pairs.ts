import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type JsonMap, pythonText, text } from '../json.ts'
import type { KeyPair } from '../state.ts'
import { type Page, pageOf } from './paging.ts'
import { fingerprintOf, makeKeyPair } from './ssh-keys.ts'

/** `GET /os-keypairs`: those of stacks and those that belong to none, by name. */
export function listKeyPairs(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const all = allPairs(cloud).sort((one, other) => (one.name < other.name ? -1 : 1))
  const page: Page<KeyPair> =
    minor < 35
      ? { items: all, links: {} }
      : pageOf(request, all, {
          key: ({ name }) => name,
          base: `${cloud.heatUrl()}/compute/v2.1`,
          collection: 'os-keypairs',
          links: 'keypairs_links',
        })
  return { status: 200, body: { keypairs: page.items.map((pair) => ({ keypair: brief(pair, minor) })), ...page.links } }
}

/** `GET /os-keypairs/NAME` */
export function showKeyPair(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const pair = pairOf(cloud, request)
  const at = `${new Date(pair.createdAt).toISOString().slice(0, 19)}.000000`
  const dates = { created_at: at, deleted: false, deleted_at: null, id: idOf(cloud, pair), updated_at: null }
  return { status: 200, body: { keypair: { ...brief(pair, minor), user_id: cloud.identity.user.id, ...dates } } }
}

/** `POST /os-keypairs`: a public key that somebody has, or (before 2.92) a pair that is made here; its private half is in this answer only. */
export async function createKeyPair(cloud: Cloud, request: HttpRequest, minor: number): Promise<HttpReply> {
  const wanted = bodyOf(request, 'Malformed request body').keypair
  if (!isMap(wanted)) throw invalid("'keypair' is a required property")
  const name = text(wanted.name)
  if (name === undefined) throw invalid(missing(wanted, 'name'))
  if (!(minor < 92 ? /^[a-zA-Z0-9_ -]+$/ : /^[a-zA-Z0-9_ @.-]+$/).test(name)) throw invalid(unsafe(minor < 92 ? '_- ' : '@._- '))
  if (cloud.content.keyPair(name)) throw new Fault(409, 'Conflict', `Key pair '${name}' already exists.`)
  if (allPairs(cloud).length >= cloud.quota.keyPairs) throw new Fault(403, 'Forbidden', 'Quota exceeded, too many key pairs.')
  const given = text(wanted.public_key)
  if (given === undefined && minor >= 92) throw invalid(missing(wanted, 'public_key'))
  const made = given === undefined ? await makeKeyPair() : { publicKey: given, privateKey: undefined }
  const fingerprint = fingerprintOf(made.publicKey)
  if (fingerprint === undefined) throw invalid('Keypair data is invalid: failed to generate fingerprint')
  const pair: KeyPair = { name, publicKey: made.publicKey, fingerprint, createdAt: cloud.now().getTime() }
  cloud.belongings.things.keyPairs[name] = pair
  cloud.belongings.changed()
  const secret: JsonMap = made.privateKey === undefined ? {} : { private_key: made.privateKey }
  return { status: minor < 2 ? 200 : 201, body: { keypair: { ...secret, ...brief(pair, minor), user_id: cloud.identity.user.id } } }
}

/** `DELETE /os-keypairs/NAME`; one that belongs to a stack goes too, and its stack finds out. */
export function deleteKeyPair(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const { name } = pairOf(cloud, request)
  delete cloud.belongings.things.keyPairs[name]
  cloud.belongings.changed()
  for (const stack of cloud.state.stacks.values()) {
    if (!stack.things.keyPairs[name]) continue
    delete stack.things.keyPairs[name]
    cloud.state.changed(stack)
  }
  return { status: minor < 2 ? 202 : 204 }
}

/** Every key pair of the project. */
export function allPairs(cloud: Cloud): KeyPair[] {
  const ofStacks = [...cloud.state.stacks.values()].flatMap((stack) => Object.values(stack.things.keyPairs))
  return [...ofStacks, ...Object.values(cloud.belongings.things.keyPairs)]
}

const missing = (wanted: JsonMap, key: string) =>
  `Invalid input for field/attribute keypair. Value: ${pythonMap(wanted)}. '${key}' is a required property`

/** A map of texts as Python prints it. */
function pythonMap(map: JsonMap): string {
  return `{${Object.entries(map)
    .map(([key, value]) => `'${key}': ${typeof value === 'string' ? `'${value}'` : pythonText(value)}`)
    .join(', ')}}`
}

const unsafe = (others: string) =>
  `An invalid 'name' value was provided. The name must be: Only expected characters: [${others}0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ]`

const invalid = (sentence: string) => new Fault(400, 'BadRequest', sentence)

function pairOf(cloud: Cloud, request: HttpRequest): KeyPair {
  const { id = '' } = request.params
  const found = cloud.content.keyPair(id)
  if (!found) throw new Fault(404, 'NotFound', `Keypair ${id} not found for user ${cloud.identity.user.id}`)
  return found
}

/** A number that stays the same as long as there are no older ones less: Nova shows its database's. */
function idOf(cloud: Cloud, pair: KeyPair): number {
  return allPairs(cloud).filter(({ createdAt }) => createdAt < pair.createdAt).length + 1
}

function brief({ name, publicKey, fingerprint }: KeyPair, minor: number): JsonMap {
  return { name, public_key: publicKey, fingerprint, ...(minor >= 2 ? { type: 'ssh' } : {}) }
}
