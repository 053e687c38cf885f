import type { ResourceType, Work } from '../cloud.ts'
import { text } from '../json.ts'
import { floatingIpBody } from '../neutron/neutron-shapes.ts'
import type { FloatingIp } from '../state.ts'
import { allocate, associate } from './floating-ip.ts'
import { novaFloatingIpAssociationSchema, novaFloatingIpSchema } from './nova-schema.ts'
import { novaFailure } from './refusals.ts'

/** Hidden since Heat 11, and still working: the pool is the network that leads outside. */
const novaFloatingIp: ResourceType = {
  ...novaFloatingIpSchema,
  create(work) {
    const { cloud, stack, resource, properties } = work
    const made = stack.things.floatingIps[resource.plannedId] ?? allocate(work, text(properties.pool) ?? cloud.content.external.id)
    resource.physicalId = made.id
  },
  remove: ({ stack, resource }) => {
    delete stack.things.floatingIps[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => floatingIpBody(cloud, stack, resource.plannedId),
  attribute(work, name) {
    const body = novaFloatingIp.show(work)
    return name === 'ip' ? body.floating_ip_address : body.floating_network_id
  },
}

/** heat/engine/clients/os/nova.py, associate_floatingip: the server's first port gets the address. */
function lead(work: Work): void {
  const { cloud, resource, properties } = work
  const server = cloud.content.server(text(properties.server_id) ?? '')
  const floating = cloud.content.floatingIp(text(properties.floating_ip) ?? '')
  const [portName] = server?.portIds ?? []
  if (!floating || portName === undefined) throw novaFailure('NotFound', 'The server or the address could not be found.', work, 404)
  associate(work, floating, { portName })
  resource.data.floatingIpId = floating.id
}

function release({ cloud, resource }: Work): void {
  const floating: FloatingIp | undefined = cloud.content.floatingIp(text(resource.data.floatingIpId) ?? '')
  if (floating) Object.assign(floating, { portId: null, fixedAddress: null })
}

const novaFloatingIpAssociation: ResourceType = {
  ...novaFloatingIpAssociationSchema,
  reference: ({ resource }) => resource.physicalName,
  create(work) {
    lead(work)
    work.resource.physicalId = work.resource.plannedId
  },
  update(work) {
    release(work)
    lead(work)
  },
  remove: (work) => release(work),
  show: () => ({}),
  attribute: () => undefined,
}

export const novaFloatingIpTypes: Record<string, ResourceType> = {
  'OS::Nova::FloatingIP': novaFloatingIp,
  'OS::Nova::FloatingIPAssociation': novaFloatingIpAssociation,
}
