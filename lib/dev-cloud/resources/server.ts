import { ensureSpace, type ResourceType, type Work } from '../cloud.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { addressesOf, networksAttribute, serverBody } from '../nova-shapes.ts'
import type { PropertySchemas } from '../properties.ts'
import type { Server } from '../state.ts'
import { novaFailure } from './refusals.ts'
import { buildServer } from './server-build.ts'

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
    const made = stack.things.servers[resource.plannedId] ?? buildServer(work)
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

export const serverTypes: Record<string, ResourceType> = { 'OS::Nova::Server': server }
