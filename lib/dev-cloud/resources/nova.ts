import { createHash, randomUUID } from 'node:crypto'
import { hostsOf, machineName, plannedPorts } from '../addresses.ts'
import { ensureSpace, type ResourceType, type Work } from '../cloud.ts'
import { readCidr } from '../content.ts'
import type { ServerSpec } from '../driver.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { isMap, type JsonMap, maps, pythonText, text } from '../json.ts'
import { addressesOf, networksAttribute, serverBody } from '../nova-shapes.ts'
import type { PropertySchemas } from '../properties.ts'
import type { Port, Server } from '../state.ts'
import { configText } from './heat.ts'
import { makePort } from './neutron.ts'

/** How novaclient words a refusal inside Heat (recording heat-show-failed-quota-instances-200). */
function novaFailure(kind: string, detail: string, work: Work, status: number): ResourceFailure {
  return new ResourceFailure(kind, `${detail} (HTTP ${status}) (Request-ID: req-${work.resource.plannedId})`)
}

const keyPair: ResourceType = {
  properties: {
    name: { type: 'string', required: true, length: { min: 1, max: 255 } },
    save_private_key: { type: 'boolean', default: false },
    public_key: { type: 'string' },
    type: { type: 'string' },
    user: { type: 'string' },
  },
  attributes: ['public_key', 'private_key'],
  validate(properties) {
    // Recording heat-create-keypair-nova-2.92-400: since 2.92 Nova makes no keys.
    if (properties.public_key === undefined)
      throw invalidStack('The public_key property is required by the nova API version currently used.')
  },
  create(work) {
    const { cloud, stack, resource, properties } = work
    const name = text(properties.name) ?? ''
    const publicKey = (text(properties.public_key) ?? '').trim()
    const known = cloud.content.keyPair(name)
    if (known && !stack.things.keyPairs[name]) throw novaFailure('Conflict', `Key pair '${name}' already exists.`, work, 409)
    if (known && resource.physicalId === null) throw novaFailure('Conflict', `Key pair '${name}' already exists.`, work, 409)
    const count = [...cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things.keyPairs).length, 0)
    if (!known && count >= cloud.quota.keyPairs) throw novaFailure('Forbidden', 'Quota exceeded, too many key pairs.', work, 403)
    const fingerprint = fingerprintOf(publicKey)
    if (fingerprint === undefined) throw novaFailure('BadRequest', 'Keypair data is invalid: failed to generate fingerprint', work, 400)
    stack.things.keyPairs[name] = { name, publicKey, fingerprint, createdAt: cloud.now().getTime() }
    resource.physicalId = name
  },
  remove: ({ stack, resource }) => {
    delete stack.things.keyPairs[resource.physicalId ?? '']
  },
  show: ({ stack, resource }): JsonMap => {
    const pair = stack.things.keyPairs[resource.physicalId ?? '']
    return pair ? { name: pair.name, public_key: pair.publicKey, fingerprint: pair.fingerprint, type: 'ssh' } : {}
  },
  attribute: (work, name) => (name === 'private_key' ? '' : keyPair.show(work)[name]),
}

/** RFC 4253 6.6: the blob begins with the name of its own algorithm. Undefined when it does not. */
function fingerprintOf(publicKey: string): string | undefined {
  const [kind = '', blob = ''] = publicKey.split(/\s+/)
  const bytes = Buffer.from(blob, 'base64')
  if (!/^(ssh-|ecdsa-|sk-)/.test(kind) || bytes.length < 4) return undefined
  if (bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString() !== kind) return undefined
  return createHash('md5')
    .update(bytes)
    .digest('hex')
    .replace(/(..)(?!$)/g, '$1:')
}

const serverProperties: PropertySchemas = {
  name: { type: 'string' },
  image: { type: 'string', content: 'glance.image' },
  block_device_mapping: { type: 'list' },
  block_device_mapping_v2: { type: 'list' },
  flavor: { type: 'string', required: true, content: 'nova.flavor' },
  flavor_update_policy: { type: 'string', default: 'RESIZE' },
  image_update_policy: { type: 'string', default: 'REBUILD' },
  key_name: { type: 'string', content: 'nova.keypair' },
  availability_zone: { type: 'string' },
  security_groups: { type: 'list', default: [], items: { type: 'string' } },
  networks: {
    type: 'list',
    items: {
      type: 'map',
      keys: {
        uuid: { type: 'string', content: 'neutron.network' },
        network: { type: 'string', content: 'neutron.network' },
        allocate_network: { type: 'string', allowed: ['none', 'auto'] },
        fixed_ip: { type: 'string', content: 'ip_addr' },
        port: { type: 'string', content: 'neutron.port' },
        port_extra_properties: { type: 'map' },
        subnet: { type: 'string', content: 'neutron.subnet' },
        floating_ip: { type: 'string' },
        tag: { type: 'string' },
      },
    },
  },
  scheduler_hints: { type: 'map' },
  metadata: { type: 'map', default: {} },
  user_data_format: { type: 'string', default: 'HEAT_CFNTOOLS', allowed: ['HEAT_CFNTOOLS', 'RAW', 'SOFTWARE_CONFIG'] },
  software_config_transport: { type: 'string', default: 'POLL_SERVER_CFN' },
  user_data_update_policy: { type: 'string', default: 'REPLACE' },
  user_data: { type: 'string', default: '' },
  reservation_id: { type: 'string' },
  config_drive: { type: 'boolean' },
  diskConfig: { type: 'string', allowed: ['AUTO', 'MANUAL'] },
  personality: { type: 'map', default: {} },
  admin_pass: { type: 'string' },
  tags: { type: 'list' },
  deployment_swift_data: { type: 'map', default: {} },
}

const server: ResourceType = {
  properties: serverProperties,
  attributes: [
    'accessIPv4',
    'accessIPv6',
    'addresses',
    'console_urls',
    'first_address',
    'instance_name',
    'name',
    'networks',
    'os_collect_config',
    'tags',
  ],
  validate(properties, name) {
    if (properties.image === undefined) throw invalidStack(`Neither image nor bootable volume is specified for instance ${name}`)
  },
  async create(work) {
    const { cloud, stack, resource } = work
    const made = stack.things.servers[resource.plannedId] ?? build(work)
    resource.physicalId = made.id
    cloud.state.changed(stack)
    await ensureSpace(cloud, stack)
    try {
      await cloud.driver.createServer(made.spec)
    } catch (error) {
      setStatus(work, 'ERROR')
      const message = error instanceof Error ? error.message : String(error)
      throw new ResourceFailure('ResourceInError', `Went to status ERROR due to "Message: ${message}, Code: 500"`)
    }
    setStatus(work, 'ACTIVE')
  },
  async remove({ cloud, stack, resource }) {
    const made = stack.things.servers[resource.plannedId]
    if (!made) return
    await cloud.driver.deleteServer(made.id)
    for (const portId of made.portIds) {
      const port = stack.things.ports[portId]
      if (port?.name === '' && port.deviceId === made.id) delete stack.things.ports[portId]
      else if (port) Object.assign(port, { deviceId: '', deviceOwner: '' })
    }
    delete stack.things.servers[resource.plannedId]
  },
  async suspend(work) {
    const made = serverOf(work)
    if (made.status === 'SUSPENDED') return
    if (made.status !== 'ACTIVE') throw wrongState(work, 'suspend', made)
    await work.cloud.driver.freezeServer(made.id)
    setStatus(work, 'SUSPENDED')
  },
  async resume(work) {
    const made = serverOf(work)
    if (made.status === 'ACTIVE') return
    if (made.status !== 'SUSPENDED') throw wrongState(work, 'resume', made)
    // After a restart of the cloud a suspended machine is one that is switched off: its memory is gone, its disk is not.
    if (resumesCold(work)) await work.cloud.driver.startServer(made.id)
    else await work.cloud.driver.thawServer(made.id)
    delete work.resource.data.cold
    setStatus(work, 'ACTIVE')
  },
  check(work) {
    const { status } = serverOf(work)
    if (status !== 'ACTIVE') throw new ResourceFailure('Error', `'status': expected 'ACTIVE', got '${status}'`)
  },
  show: ({ cloud, stack, resource }) => {
    const made = stack.things.servers[resource.plannedId]
    if (!made) return {}
    const { name, vcpus, ramMiB, diskGiB } = cloud.content.flavor(made.flavor) ?? { name: made.flavor, ...made.spec.flavor }
    const flavor = { vcpus, ram: ramMiB, disk: diskGiB, ephemeral: 0, swap: 0, original_name: name, extra_specs: {} }
    return { ...serverBody(cloud, stack, made), flavor, description: null, locked: false, tags: [], os_collect_config: {} }
  },
  attribute(work, name) {
    const made = work.stack.things.servers[work.resource.plannedId]
    if (!made) return null
    const addresses = addressesOf(work.stack, made)
    if (name === 'first_address') return Object.values(addresses)[0]?.[0]?.addr ?? ''
    if (name === 'networks') return networksAttribute(work.stack, made)
    if (name === 'addresses') return addresses
    if (name === 'instance_name') return `instance-${made.id.slice(0, 8)}`
    if (name === 'console_urls') return {}
    return server.show(work)[name]
  },
}

const resumesCold = (work: Work) => work.resource.data.cold === true

function serverOf(work: Work): Server {
  const made = work.stack.things.servers[work.resource.plannedId]
  if (!made) throw novaFailure('NotFound', `Instance ${work.resource.plannedId} could not be found.`, work, 404)
  return made
}

/** openstack/README.md, fact 5. */
function wrongState(work: Work, verb: string, made: Server): ResourceFailure {
  const state = made.status === 'SHUTOFF' ? 'stopped' : made.status.toLowerCase()
  return novaFailure('Conflict', `Cannot '${verb}' instance ${made.id} while it is in vm_state ${state}`, work, 409)
}

function setStatus(work: Work, status: Server['status']): void {
  const made = work.stack.things.servers[work.resource.plannedId]
  if (!made) return
  made.status = status
  made.changedAt = work.cloud.now().getTime()
  work.cloud.state.changed(work.stack)
}

function build(work: Work): Server {
  const { cloud, stack, resource, properties } = work
  const flavor = cloud.content.flavor(text(properties.flavor) ?? '')
  const image = cloud.content.image(text(properties.image) ?? '')
  if (!flavor || !image) throw new ResourceFailure('NotFound', 'The flavor or the image is gone.')
  checkQuota(work, flavor)
  const ports = portsOf(work)
  const name = text(properties.name) ?? resource.physicalName
  const keyName = text(properties.key_name) ?? null
  const publicKey = keyName === null ? undefined : cloud.content.keyPair(keyName)?.publicKey
  const spec: ServerSpec = {
    id: resource.plannedId,
    spaceId: stack.id,
    name: machineName(name),
    image: image.name,
    flavor: { vcpus: flavor.vcpus, ramMiB: flavor.ramMiB, diskGiB: flavor.diskGiB },
    nics: cardsOf(work, ports),
    hosts: [],
    publicKeys: publicKey === undefined ? [] : [publicKey],
    userData: configText(stack, text(properties.user_data) ?? ''),
    metadata: isMap(properties.metadata) ? metadataOf(properties.metadata) : {},
  }
  const nowMs = cloud.now().getTime()
  const groups = ports.flatMap((port) => port.securityGroups).map((id) => cloud.content.securityGroup(id)?.name ?? id)
  const made: Server = {
    id: spec.id,
    name,
    status: 'BUILD',
    keyName,
    portIds: ports.map((port) => port.id),
    securityGroups: [...new Set(groups.length > 0 ? groups : ['default'])],
    flavor: flavor.name,
    spec,
    createdAt: nowMs,
    changedAt: nowMs,
  }
  stack.things.servers[made.id] = made
  for (const port of ports) Object.assign(port, { deviceId: made.id, deviceOwner: 'compute:nova' })
  spec.hosts = hostsOf(stack)
  return made
}

function metadataOf(metadata: JsonMap): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, pythonText(value)]))
}

/** Recording heat-events-failed-quota-instances-200: the POST is accepted, the server is refused. */
function checkQuota(work: Work, wanted: { vcpus: number; ramMiB: number }): void {
  const { quota, state } = work.cloud
  const flavors = [...state.stacks.values()].flatMap((stack) => Object.values(stack.things.servers)).map((each) => each.spec.flavor)
  const sum = (pick: (flavor: { vcpus: number; ramMiB: number }) => number) => flavors.reduce((total, flavor) => total + pick(flavor), 0)
  const limits: [string, number, number, number][] = [
    ['instances', 1, flavors.length, quota.instances],
    ['cores', wanted.vcpus, sum((flavor) => flavor.vcpus), quota.cores],
    ['ram', wanted.ramMiB, sum((flavor) => flavor.ramMiB), quota.ramMiB],
  ]
  for (const [name, requested, used, limit] of limits) {
    if (used + requested > limit) {
      throw novaFailure(
        'Forbidden',
        `Quota exceeded for ${name}: Requested ${requested}, but already used ${used} of ${limit} ${name}`,
        work,
        403,
      )
    }
  }
}

function portsOf(work: Work): Port[] {
  const { cloud, stack, resource, properties } = work
  const listed = maps(properties.networks)
  const all = Object.values(stack.things.networks)
  if (listed.length === 0 && all.length > 1) {
    throw novaFailure('Conflict', 'Multiple possible networks found, use a Network ID to be more specific.', work, 409)
  }
  const entries = listed.length > 0 ? listed : all.map((network): JsonMap => ({ network: network.id }))
  return entries.flatMap((entry, card) => {
    const portName = text(entry.port)
    if (portName !== undefined) {
      const port = cloud.content.port(portName)
      if (!port || !stack.things.ports[port.id]) throw novaFailure('BadRequest', `Port ${portName} is not in this stack.`, work, 400)
      if (port.deviceId !== '' && port.deviceId !== resource.plannedId)
        throw novaFailure('Conflict', `Port ${port.id} is still in use.`, work, 409)
      return [port]
    }
    if (entry.allocate_network === 'none') return []
    const networkId = cloud.content.network(text(entry.network ?? entry.uuid) ?? '')?.id ?? ''
    if (!stack.things.networks[networkId]) {
      throw novaFailure(
        'BadRequest',
        `Network ${networkId} belongs to no machine of this stack; this development cloud keeps stacks apart.`,
        work,
        400,
      )
    }
    const groups = Array.isArray(properties.security_groups) ? properties.security_groups.filter((item) => typeof item === 'string') : []
    const id = plannedPorts(resource.data)[card]?.id ?? randomUUID()
    const subnetId = text(entry.subnet)
    return [
      makePort(work, {
        id,
        name: '',
        networkId,
        securityGroups: groups,
        deviceId: resource.plannedId,
        deviceOwner: 'compute:nova',
        subnetId,
        address: text(entry.fixed_ip),
        card,
      }),
    ]
  })
}

/** The first card with a gateway carries the default route. */
function cardsOf(work: Work, ports: Port[]): ServerSpec['nics'] {
  let routed = false
  return ports.flatMap((port) => {
    const [fixed] = port.addresses
    const subnet = fixed ? work.stack.things.subnets[fixed.subnetId] : undefined
    if (!fixed || !subnet) return []
    const gateway = routed ? null : subnet.gateway
    routed ||= gateway !== null
    return [{ networkId: subnet.id, address: fixed.address, prefixLength: readCidr(subnet.cidr)?.prefix ?? 24, gateway, mac: port.mac }]
  })
}

export const novaTypes: Record<string, ResourceType> = { 'OS::Nova::KeyPair': keyPair, 'OS::Nova::Server': server }
