import { type Cloud, isoSeconds } from '../cloud.ts'
import type { JsonMap } from '../json.ts'
import { fixedHex } from '../keystone/identity.ts'
import type { Server, ServerStatus, Stack } from '../state.ts'
import { taskState, vmState } from './server-actions.ts'

/** nova/compute/power_state.py: none, running, shut down; a suspended guest counts as shut down (recording full-nova-server-suspended-200). */
const power = {
  BUILD: 0,
  ACTIVE: 1,
  SHUTOFF: 4,
  SUSPENDED: 4,
  SHELVED: 4,
  SHELVED_OFFLOADED: 4,
  ERROR: 0,
} satisfies Record<ServerStatus, number>

/** nova/api/openstack/common.py, _STATE_MAP: a task shows in the status only where it is a reboot. */
export function shownStatus({ status, task }: Server): string {
  if (task === 'reboot') return 'REBOOT'
  return task === 'hardReboot' ? 'HARD_REBOOT' : status
}

/**
 * A server as Nova shows it. `minor`: in which microversion, by what follows "2." (recordings nova-server-active-200,
 * full-nova-server-active-microversion-2.79-200; nova/api/openstack/compute/views/servers.py).
 */
export function serverBody(cloud: Cloud, stack: Stack, server: Server, minor = 1): JsonMap {
  const compute = `${cloud.heatUrl()}/compute`
  const image = cloud.content.image(server.spec.image)?.id ?? ''
  const offloaded = server.status === 'SHELVED_OFFLOADED'
  return {
    id: server.id,
    name: server.name,
    status: shownStatus(server),
    tenant_id: cloud.identity.project.id,
    user_id: cloud.identity.user.id,
    metadata: server.spec.metadata,
    hostId: offloaded ? '' : `${fixedHex(cloud.identity, 'host')}${fixedHex(cloud.identity, 'host 2').slice(0, 24)}`,
    image: { id: image, links: [{ rel: 'bookmark', href: `${compute}/images/${image}` }] },
    flavor: flavorOf(cloud, server, minor),
    created: isoSeconds(server.createdAt),
    updated: isoSeconds(server.changedAt),
    addresses: addressesOf(stack, server),
    accessIPv4: '',
    accessIPv6: '',
    links: linksOf(compute, server.id),
    'OS-DCF:diskConfig': 'MANUAL',
    ...(server.status === 'ACTIVE' || server.status === 'BUILD' ? { progress: 0 } : {}),
    'OS-EXT-AZ:availability_zone': 'nova',
    config_drive: server.configDrive ? 'True' : '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.status === 'BUILD' ? null : `${isoSeconds(server.createdAt).slice(0, -1)}.000000`,
    'OS-SRV-USG:terminated_at': null,
    security_groups: server.securityGroups.map((name) => ({ name })),
    'OS-EXT-STS:task_state': taskState(server),
    'OS-EXT-STS:vm_state': vmState(server),
    'OS-EXT-STS:power_state': power[server.status],
    'os-extended-volumes:volumes_attached': volumesOf(server, minor),
    ...newer(server, minor),
    ...(server.fault ? { fault: { code: 500, created: isoSeconds(server.fault.at), message: server.fault.message } } : {}),
  }
}

/** Since 2.3 with what becomes of each when the server is deleted. */
function volumesOf({ volumes = [] }: Server, minor: number): JsonMap[] {
  return volumes.map(({ volumeId: id, ends }): JsonMap => (minor >= 3 ? { id, delete_on_termination: ends === true } : { id }))
}

function flavorOf(cloud: Cloud, server: Server, minor: number): JsonMap {
  const flavor = cloud.content.flavor(server.flavor)
  const { vcpus, ramMiB: ram, diskGiB: disk } = server.spec.flavor
  const id = flavor?.id ?? ''
  if (minor < 47) return { id, links: [{ rel: 'bookmark', href: `${cloud.heatUrl()}/compute/flavors/${id}` }] }
  const extra_specs = { ...flavor?.extraSpecs }
  return { vcpus, ram, disk, ephemeral: 0, swap: 0, original_name: flavor?.name ?? server.flavor, extra_specs }
}

/** What Nova says more of a server since a microversion. */
function newer(server: Server, minor: number): JsonMap {
  const added: [since: number, shown: JsonMap][] = [
    [9, { locked: false }],
    [73, { locked_reason: null }],
    [19, { description: null }],
    [26, { tags: server.tags ?? [] }],
    [63, { trusted_image_certificates: null }],
    [71, { server_groups: [] }],
    [90, { 'OS-EXT-SRV-ATTR:hostname': server.spec.name }],
  ]
  return Object.assign({}, ...added.filter(([since]) => minor >= since).map(([, shown]) => shown))
}

export function linksOf(compute: string, id: string): JsonMap[] {
  return [
    { rel: 'self', href: `${compute}/v2.1/servers/${id}` },
    { rel: 'bookmark', href: `${compute}/servers/${id}` },
  ]
}

/** Fixed and floating addresses by the name of the network. */
export function addressesOf(stack: Stack, server: Server): Record<string, JsonMap[]> {
  const found: Record<string, JsonMap[]> = {}
  for (const portId of server.portIds) {
    const port = stack.things.ports[portId]
    if (!port) continue
    const name = stack.things.networks[port.networkId]?.name ?? port.networkId
    const list = found[name] ?? []
    found[name] = list
    const entry = (addr: string, type: string) => ({ version: 4, addr, 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': port.mac })
    for (const { address } of port.addresses) list.push(entry(address, 'fixed'))
    for (const floating of Object.values(stack.things.floatingIps)) {
      if (floating.portId === portId) list.push(entry(floating.address, 'floating'))
    }
  }
  return found
}
