import type { Cloud } from '../cloud.ts'
import { readCidr } from '../content.ts'
import type { Json, JsonMap } from '../json.ts'
import { fixedHex } from '../keystone/identity.ts'
import { hostName } from '../neutron/addresses.ts'
import type { Server, Stack } from '../state.ts'

const ec2Versions = ['1.0', '2007-01-19', '2007-03-01', '2007-08-29', '2007-10-10', '2007-12-15', '2008-02-01', '2008-09-01', '2009-04-04']
const openstackVersions = [
  '2012-08-10',
  '2013-04-04',
  '2013-10-17',
  '2015-10-15',
  '2016-06-30',
  '2016-10-06',
  '2017-02-22',
  '2018-08-27',
  '2020-10-14',
]

/**
 * What Nova's metadata service tells a machine of itself, by path: OpenStack's own form and that of EC2 (nova/api/metadata/base.py).
 * Every version that Nova knows is the newest one here.
 */
export function machineMetadata(cloud: Cloud, stack: Stack, server: Server): Record<string, Json> {
  const openstack = openstackOf(cloud, stack, server)
  const ec2 = ec2Of(stack, server)
  const entries: Record<string, Json> = {
    '': [...ec2Versions, 'latest'].join('\n'),
    '/openstack': [...openstackVersions, 'latest'].join('\n'),
  }
  for (const version of [...openstackVersions, 'latest']) {
    for (const [path, value] of Object.entries(openstack)) entries[`/openstack/${version}${path}`] = value
  }
  for (const version of [...ec2Versions, 'latest']) {
    for (const [path, value] of Object.entries(ec2)) entries[`/${version}${path}`] = value
  }
  return entries
}

function keysOf(server: Server): Record<string, string> {
  const { publicKeys } = server.spec
  return Object.fromEntries(publicKeys.map((key, index) => [index === 0 ? (server.keyName ?? 'key') : `key${index}`, key]))
}

function openstackOf(cloud: Cloud, stack: Stack, server: Server): Record<string, Json> {
  const { spec } = server
  const keys = keysOf(server)
  const meta: JsonMap = {
    uuid: server.id,
    name: server.name,
    hostname: hostName(server.name),
    availability_zone: 'nova',
    launch_index: 0,
    project_id: cloud.identity.project.id,
    meta: spec.metadata,
    public_keys: keys,
    keys: Object.entries(keys).map(([name, data]) => ({ name, type: 'ssh', data: `${data}\n` })),
    random_seed: Buffer.from(fixedHex(cloud.identity, `seed ${server.id}`).repeat(8)).toString('base64'),
    devices: [],
    dedicated_cpus: [],
  }
  const data = spec.userData === '' ? [] : ['user_data']
  return {
    '': ['meta_data.json', ...data, 'password', 'vendor_data.json', 'network_data.json', 'vendor_data2.json'].join('\n'),
    '/meta_data.json': meta,
    ...(spec.userData === '' ? {} : { '/user_data': spec.userData }),
    '/password': '',
    '/vendor_data.json': {},
    '/vendor_data2.json': { static: {} },
    '/network_data.json': networkData(stack, server),
  }
}

/** nova/virt/netutils.py, get_network_metadata: one link for each card, one network for each address. */
function networkData(stack: Stack, server: Server): JsonMap {
  const ports = server.portIds.flatMap((id) => stack.things.ports[id] ?? [])
  const links = ports.map((port): JsonMap => {
    const name = `tap${port.id.slice(0, 11)}`
    return { id: name, vif_id: port.id, type: 'ovs', mtu: 1500, ethernet_mac_address: port.mac }
  })
  const networks = ports.flatMap((port, card) =>
    port.addresses.map(({ subnetId, address }, index): JsonMap => {
      const subnet = stack.things.subnets[subnetId]
      const prefix = readCidr(subnet?.cidr ?? '')?.prefix ?? 24
      const gateway = subnet?.gateway ?? null
      const routes = gateway === null ? [] : [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway }]
      return {
        id: `network${card + index}`,
        type: 'ipv4',
        link: links[card]?.id ?? '',
        ip_address: address,
        netmask: netmask(prefix),
        routes,
        network_id: port.networkId,
        services: (subnet?.dns ?? []).map((server) => ({ type: 'dns', address: server })),
      }
    }),
  )
  const services = [...new Set(networks.flatMap(({ services: own }) => (Array.isArray(own) ? own : [])))]
  return { links, networks, services }
}

function netmask(prefix: number): string {
  return [0, 1, 2, 3].map((index) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - index * 8)))).join('.')
}

function ec2Of(stack: Stack, server: Server): Record<string, string> {
  const { spec } = server
  const keys = Object.entries(keysOf(server))
  const [first] = server.portIds
  const outside = Object.values(stack.things.floatingIps).find(({ portId }) => portId === first)
  const name = hostName(server.name)
  const id = `${server.id.slice(0, 8)}`
  const data: Record<string, string> = {
    'ami-id': `ami-${id}`,
    'ami-launch-index': '0',
    hostname: name,
    'instance-action': 'none',
    'instance-id': `i-${id}`,
    'instance-type': server.flavor,
    'local-hostname': name,
    'local-ipv4': spec.nics[0]?.address ?? '',
    'public-hostname': name,
    'public-ipv4': outside?.address ?? '',
    'reservation-id': `r-${id}`,
    'security-groups': [...new Set(server.securityGroups)].join('\n'),
  }
  const entries: Record<string, string> = {
    '': spec.userData === '' ? 'meta-data/' : 'meta-data/\nuser-data',
    ...(spec.userData === '' ? {} : { '/user-data': spec.userData }),
    '/meta-data': [...Object.keys(data), 'block-device-mapping/', 'placement/', ...(keys.length > 0 ? ['public-keys/'] : [])]
      .sort()
      .join('\n'),
    '/meta-data/block-device-mapping': 'ami\nroot',
    '/meta-data/block-device-mapping/ami': 'vda',
    '/meta-data/block-device-mapping/root': '/dev/vda',
    '/meta-data/placement': 'availability-zone',
    '/meta-data/placement/availability-zone': 'nova',
  }
  if (keys.length > 0) entries['/meta-data/public-keys'] = keys.map(([key], index) => `${index}=${key}`).join('\n')
  keys.forEach(([, key], index) => {
    entries[`/meta-data/public-keys/${index}`] = 'openssh-key'
    entries[`/meta-data/public-keys/${index}/openssh-key`] = key
  })
  for (const [key, value] of Object.entries(data)) entries[`/meta-data/${key}`] = value
  return entries
}
