import { randomUUID } from 'node:crypto'
import type { Work } from '../cloud.ts'
import { readCidr } from '../content.ts'
import type { ServerSpec } from '../driver.ts'
import { ResourceFailure } from '../fault.ts'
import { isMap, type JsonMap, maps, pythonText, strings, text } from '../json.ts'
import { hostsOf, machineName, plannedPorts } from '../neutron/addresses.ts'
import { type Port, rootOf, type Server } from '../state.ts'
import { groupIds, makePort } from './port-make.ts'
import { novaFailure } from './refusals.ts'
import { configText } from './software-config.ts'

/** Decides all of a machine and writes it down; the driver has not heard of it yet. */
export function buildServer(work: Work): Server {
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
    spaceId: rootOf(stack).id,
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
    securityGroups: [...new Set(groups)],
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
  if (work.cloud.rules.take('quota', { service: 'nova', verb: 'create', stack: work.stack.name }))
    limits.unshift(['instances', 1, flavors.length, flavors.length])
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
    const groups = strings(properties.security_groups)
    const id = plannedPorts(resource.data)[card]?.id ?? randomUUID()
    const subnetName = text(entry.subnet)
    const subnetId = subnetName === undefined ? undefined : (cloud.content.subnet(subnetName)?.id ?? subnetName)
    return [
      makePort(work, {
        id,
        name: '',
        networkId,
        securityGroups: groupIds(work, groups.length > 0 ? groups : undefined),
        deviceId: resource.plannedId,
        deviceOwner: 'compute:nova',
        fixed: subnetId === undefined && entry.fixed_ip === undefined ? [] : [{ subnetId, address: text(entry.fixed_ip) }],
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
