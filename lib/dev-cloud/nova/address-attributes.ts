import type { Cloud } from '../cloud.ts'
import type { Json, JsonMap } from '../json.ts'
import { networkBody, subnetBody } from '../neutron/neutron-shapes.ts'
import type { Server, Stack } from '../state.ts'
import { addressesOf } from './nova-shapes.ts'

/** What is told by the name of a network, by its id as well (heat/engine/resources/openstack/nova/server.py, _extend_networks). */
function byIdToo<T extends Json>(stack: Stack, byName: Record<string, T>): JsonMap {
  const result: JsonMap = { ...byName }
  for (const [name, value] of Object.entries(byName)) {
    const network = Object.values(stack.things.networks).find((each) => each.name === name)
    if (network) result[network.id] = value
  }
  return result
}

/** Heat's `networks` attribute: addresses by the name and by the id of each network. */
export function networksAttribute(stack: Stack, server: Server): JsonMap {
  const lists = Object.entries(addressesOf(stack, server)).map(([name, list]): [string, Json] => [
    name,
    list.map(({ addr = null }) => addr),
  ])
  return byIdToo(stack, Object.fromEntries(lists))
}

/** Heat's `addresses` attribute (ibid., _get_server_addresses): each with its port, the subnets and the network as a whole. */
export function addressesAttribute(cloud: Cloud, stack: Stack, server: Server): JsonMap {
  const found: Record<string, JsonMap[]> = {}
  for (const id of server.portIds) {
    const port = stack.things.ports[id]
    if (!port) continue
    const name = stack.things.networks[port.networkId]?.name ?? port.networkId
    const list = found[name] ?? []
    found[name] = list
    const common = { 'OS-EXT-IPS-MAC:mac_addr': port.mac, version: [4] }
    for (const { address } of port.addresses) {
      const outside = Object.values(stack.things.floatingIps).filter((each) => each.portId === id && each.fixedAddress === address)
      for (const floating of outside) list.push({ ...common, addr: floating.address, 'OS-EXT-IPS:type': 'floating', port: null })
      const subnets = port.addresses.map((fixed) => subnetBody(cloud, stack, fixed.subnetId))
      const network = networkBody(cloud, stack, port.networkId)
      list.push({ ...common, addr: address, 'OS-EXT-IPS:type': 'fixed', port: id, subnets, network })
    }
  }
  return byIdToo(stack, found)
}
