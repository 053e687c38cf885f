import { randomUUID } from 'node:crypto'
import type { Work } from '../cloud.ts'
import { addressNumber, readCidr } from '../content.ts'
import type { ServerSpec } from '../driver.ts'
import { ResourceFailure } from '../fault.ts'
import { isMap, type JsonMap, maps, strings, text } from '../json.ts'
import { plannedPorts } from '../neutron/addresses.ts'
import type { Port } from '../state.ts'
import { associate } from './floating-ip.ts'
import { groupIds, makePort } from './port-make.ts'
import { moreOf, neutronFailure, novaFailure } from './refusals.ts'

/** The ports of a server, in the order of its cards: those that it names, and those that are made with it. */
export function portsOf(work: Work): Port[] {
  const { stack, properties } = work
  const listed = maps(properties.networks)
  // novaclient/v2/servers.py, create: it sends nothing where Heat says nothing of networks.
  if (listed.length === 0) throw new ResourceFailure('ValueError', 'nics are required after microversion 2.36')
  const auto = listed[0]?.allocate_network === 'auto'
  // Nova looks at what the project has; here, at what the stack has, since a machine reaches no other.
  const all = Object.values(stack.things.networks)
  if (auto && all.length > 1)
    throw novaFailure('Conflict', 'Multiple possible networks found, use a Network ID to be more specific.', work, 409)
  const entries = auto ? all.map((network): JsonMap => ({ network: network.id })) : listed
  return entries.flatMap((entry, card) => portOf(work, entry, card))
}

function portOf(work: Work, entry: JsonMap, card: number): Port[] {
  if (entry.allocate_network === 'none') return []
  const named = text(entry.port)
  const port = named === undefined ? newPort(work, entry, card) : givenPort(work, named)
  const floatingName = text(entry.floating_ip)
  if (floatingName !== undefined) {
    const floating = work.cloud.content.floatingIp(floatingName)
    if (!floating) throw neutronFailure('NotFound', `Floating IP ${floatingName} could not be found`, work)
    associate(work, floating, { portName: port.id, address: text(entry.fixed_ip) })
  }
  return [port]
}

function givenPort(work: Work, named: string): Port {
  const { cloud, stack, resource } = work
  const port = cloud.content.port(named)
  if (!port || !stack.things.ports[port.id]) throw novaFailure('BadRequest', `Port ${named} is not in this stack.`, work, 400)
  if (port.deviceId !== '' && port.deviceId !== resource.plannedId)
    throw novaFailure('Conflict', `Port ${port.id} is still in use.`, work, 409)
  return port
}

/** Heat makes a port itself where a subnet is named, Nova makes the others; only the former have a name. */
function newPort(work: Work, entry: JsonMap, card: number): Port {
  const { cloud, stack, resource, properties } = work
  const subnetName = text(entry.subnet)
  const subnet = subnetName === undefined ? undefined : cloud.content.subnet(subnetName)
  if (subnetName !== undefined && !subnet) {
    throw neutronFailure('NotFound', `Unable to find subnet with name or id '${subnetName}'`, work)
  }
  const networkId = cloud.content.network(text(entry.network ?? entry.uuid) ?? '')?.id ?? subnet?.networkId ?? ''
  if (subnet && subnet.networkId !== networkId)
    throw novaFailure('BadRequest', `Specified subnet ${subnet.id} does not belongs to network ${networkId}.`, work, 400)
  if (!stack.things.networks[networkId]) {
    const words = `Network ${networkId} does not belong to this stack; this development cloud keeps stacks apart.`
    throw novaFailure('BadRequest', words, work, 400)
  }
  const groups = strings(properties.security_groups)
  const extra = isMap(entry.port_extra_properties) ? entry.port_extra_properties : {}
  const address = text(entry.fixed_ip)
  if (!subnet && address !== undefined && !liesIn(stack, networkId, address)) {
    const words = `Invalid input received: Fixed IP ${address} is not a valid ip address for network ${networkId}.`
    const aborted = `Build of instance ${resource.plannedId} aborted: ${words}`
    throw new ResourceFailure('ResourceInError', `Went to status ERROR due to "Message: ${aborted}, Code: 500"`)
  }
  const made = makePort(work, {
    id: plannedPorts(resource.data)[card]?.id ?? randomUUID(),
    name: subnet ? `${resource.name}-port-${card}` : '',
    networkId,
    securityGroups: groupIds(work, groups.length > 0 ? groups : undefined),
    deviceId: resource.plannedId,
    deviceOwner: 'compute:nova',
    fixed: extra.no_fixed_ips === true ? 'none' : subnet || address !== undefined ? [{ subnetId: subnet?.id, address }] : [],
    mac: text(extra.mac_address),
    card,
  })
  const fields = ['admin_state_up', 'allowed_address_pairs', 'binding:vnic_type', 'port_security_enabled', 'propagate_uplink_status']
  made.more = moreOf(extra, fields)
  resource.data.ownPorts = [...new Set([...strings(resource.data.ownPorts), made.id])]
  return made
}

/** Whether any subnet of the network holds the address. */
function liesIn(stack: Work['stack'], networkId: string, address: string): boolean {
  const value = addressNumber(address) ?? -1
  const ranges = Object.values(stack.things.subnets).filter((subnet) => subnet.networkId === networkId)
  return ranges.map(({ cidr }) => readCidr(cidr)).some((range) => range && value > range.base && value < range.base + range.size - 1)
}

/** Plugs ports into a server. */
export function plug(work: Work, ports: Port[]): void {
  for (const port of ports) Object.assign(port, { deviceId: work.resource.plannedId, deviceOwner: 'compute:nova' })
}

/** Unplugs ports: those that were made with the server go, the others are free again. */
export function unplug({ stack, resource }: Work, portIds: string[]): void {
  const own = new Set(strings(resource.data.ownPorts))
  for (const id of portIds) {
    const port = stack.things.ports[id]
    if (port?.deviceId !== resource.plannedId) continue
    // A server of an earlier version has no list: its own ports have no name.
    if (own.has(id) || port.name === '') {
      for (const floating of Object.values(stack.things.floatingIps)) {
        if (floating.portId === id) Object.assign(floating, { portId: null, fixedAddress: null })
      }
      delete stack.things.ports[id]
    } else Object.assign(port, { deviceId: '', deviceOwner: '' })
  }
}

/** The first card with a gateway carries the default route. Of a port with several addresses, the machine knows the first. */
export function cardsOf(work: Work, ports: Port[]): ServerSpec['nics'] {
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

/** Names of the groups that a server's ports are in, as Nova shows them: once for each port. */
export function groupNames({ cloud }: Work, ports: Port[]): string[] {
  return ports.flatMap((port) => port.securityGroups).map((id) => cloud.content.securityGroup(id)?.name ?? id)
}
