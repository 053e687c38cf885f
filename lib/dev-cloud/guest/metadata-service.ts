import { timingSafeEqual } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import type { MetadataRequest, MetadataResponse } from '../driver.ts'
import { engineAnswers, messagingTimeout } from '../engine/gate.ts'
import { Fault } from '../fault.ts'
import { deliverSignal } from '../heat/resources.ts'
import type { Json, JsonMap } from '../json.ts'
import { isMap } from '../json.ts'
import { signalToken } from '../resources/wait-condition.ts'
import { familyOf, type Server, type Stack } from '../state.ts'

/**
 * What a machine finds at http://169.254.169.254: who it is (OpenStack and EC2 metadata) and the signals of its own stack.
 * Nothing of any other stack, and nothing else of this cloud.
 */
export async function answerMachine(cloud: Cloud, spaceId: string, request: MetadataRequest): Promise<MetadataResponse> {
  const stack = cloud.state.stacks.get(spaceId)
  const path = request.path.split('?')[0] ?? '/'
  try {
    if (!stack) throw new Fault(404, 'NotFound', 'There is nothing here.')
    const signal = path.match(/^\/v1\/([^/]+)\/stacks\/([^/]+)\/([^/]+)\/resources\/([^/]+)\/signal$/)
    if (signal && !(await engineAnswers(cloud))) throw messagingTimeout()
    if (signal) return takeSignal(cloud, stack, { request, parts: signal.slice(1).map(decodeURIComponent) })
    const server = Object.values(stack.things.servers).find((each) => each.spec.nics.some((nic) => nic.address === request.remoteAddress))
    const found = server ? metadata(server)[path.replace(/\/+$/, '')] : undefined
    if (found === undefined || request.method !== 'GET') throw new Fault(404, 'NotFound', 'There is nothing here.')
    return typeof found === 'string' ? plain(200, found) : json(200, found)
  } catch (error) {
    if (error instanceof Fault) return json(error.status, { error: error.message })
    throw error
  }
}

function takeSignal(cloud: Cloud, root: Stack, call: { request: MetadataRequest; parts: string[] }): MetadataResponse {
  const [project, name, id, resourceName = ''] = call.parts
  const stack = familyOf(root).find((each) => each.id === id) ?? root
  const { request } = call
  const resource = Object.hasOwn(stack.resources, resourceName) ? stack.resources[resourceName] : undefined
  const known = project === stack.userProjectId && name === stack.name && id === stack.id && resource
  if (!known) throw new Fault(404, 'NotFound', 'There is nothing here.')
  if (request.method !== 'POST') throw new Fault(405, 'MethodNotAllowed', 'Signals are posted.')
  const given = Object.entries(request.headers).find(([header]) => header.toLowerCase() === 'x-auth-token')?.[1] ?? ''
  if (!same(given, signalToken({ cloud, stack, resource })))
    throw new Fault(401, 'Unauthorized', 'The request you have made requires authentication.')
  deliverSignal(cloud, stack, resource, readBody(request.body))
  return json(200, null)
}

function readBody(body: string): JsonMap {
  if (body.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(body)
    if (isMap(value)) return value
  } catch {
    // Falls through to the same refusal.
  }
  throw new Fault(400, 'HTTPBadRequest', 'The signal is not a JSON object.')
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Nova's metadata service, the part that images ask for. */
function metadata(server: Server): Record<string, Json> {
  const { spec } = server
  const address = spec.nics[0]?.address ?? ''
  const keys = Object.fromEntries(spec.publicKeys.map((key, index) => [index === 0 ? (server.keyName ?? 'key') : `key${index}`, key]))
  const openstack = {
    uuid: server.id,
    name: server.name,
    hostname: spec.name,
    availability_zone: 'nova',
    launch_index: 0,
    meta: spec.metadata,
    public_keys: keys,
  }
  const ec2: Record<string, string> = {
    'ami-id': spec.image,
    hostname: spec.name,
    'instance-id': `i-${server.id.slice(0, 8)}`,
    'instance-type': server.flavor,
    'local-hostname': spec.name,
    'local-ipv4': address,
  }
  const entries: Record<string, Json> = {
    '': 'latest\nopenstack',
    '/openstack': 'latest',
    '/openstack/latest': 'meta_data.json\nuser_data\nvendor_data.json\nnetwork_data.json',
    '/openstack/latest/meta_data.json': openstack,
    '/openstack/latest/user_data': spec.userData,
    '/openstack/latest/vendor_data.json': {},
    '/openstack/latest/network_data.json': {
      networks: spec.nics.map((nic) => ({ type: 'ipv4', ip_address: nic.address, network_id: nic.networkId })),
      links: [],
      services: [],
    },
    '/latest': 'meta-data\nuser-data',
    '/latest/user-data': spec.userData,
    '/latest/meta-data': [...Object.keys(ec2), 'public-keys/'].join('\n'),
    '/latest/meta-data/public-keys': Object.keys(keys)
      .map((name, index) => `${index}=${name}`)
      .join('\n'),
  }
  Object.values(keys).forEach((key, index) => {
    entries[`/latest/meta-data/public-keys/${index}/openssh-key`] = key
  })
  for (const [name, value] of Object.entries(ec2)) entries[`/latest/meta-data/${name}`] = value
  return entries
}

const plain = (status: number, body: string): MetadataResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})
const json = (status: number, body: Json): MetadataResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
