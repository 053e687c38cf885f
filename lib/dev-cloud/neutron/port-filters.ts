import type { Cloud } from '../cloud.ts'
import type { OpenWay, PortFilter } from '../driver.ts'
import { type Json, type JsonMap, text } from '../json.ts'
import { type Port, rootOf, type Stack } from '../state.ts'

/**
 * Tells the driver what may come in to the addresses of a stack and of all that is nested in it. To be called whenever a port, a group or a
 * rule has changed, and before a machine starts.
 */
export function guardPorts(cloud: Cloud, stack: Stack): Promise<void> {
  const root = rootOf(stack)
  return cloud.driver.filterSpace(root.id, portFilters(cloud, root))
}

/**
 * What the security groups of ports mean for their addresses (Neutron's API, "Security groups"): nothing comes in but what a rule lets in. A port
 * that nobody has put into a group is in the project's default one, which on a real cloud lets nobody in from outside, SSH included; here
 * it stays open.
 */
export function portFilters(cloud: Cloud, { things }: Stack): PortFilter[] {
  const ports = Object.values(things.ports)
  const guarded = ports.filter(
    ({ securityGroups, deviceOwner, more }) =>
      !deviceOwner.startsWith('network:') && more?.port_security_enabled !== false && isGuarded(cloud, securityGroups),
  )
  return guarded.flatMap((port) => {
    const open = waysInto(cloud, port, ports)
    return port.addresses.map(({ address }) => ({ address, open }))
  })
}

function isGuarded(cloud: Cloud, groupIds: string[]): boolean {
  const names = groupIds.map((id) => cloud.content.securityGroup(id)?.name)
  return names.length === 0 || (!names.includes(undefined) && names.some((name) => name !== 'default'))
}

function waysInto(cloud: Cloud, port: Port, ports: Port[]): OpenWay[] {
  const rules = port.securityGroups.flatMap((id) => cloud.content.securityGroup(id)?.rules ?? [])
  return rules
    .filter((rule) => rule.direction === 'ingress' && rule.ethertype === 'IPv4')
    .flatMap((rule) => {
      const groupId = text(rule.remote_group_id)
      const prefix = text(rule.remote_ip_prefix) ?? null
      if (groupId === undefined) return [wayOf(rule, prefix)]
      const members = ports.filter(({ securityGroups }) => securityGroups.includes(groupId))
      return members.flatMap(({ addresses }) => addresses.map(({ address }) => wayOf(rule, address)))
    })
}

const numberOf = (value: Json | undefined): number | null => (value === undefined || value === null ? null : Number(value))

function wayOf(rule: JsonMap, from: string | null): OpenWay {
  return { protocol: text(rule.protocol) ?? null, first: numberOf(rule.port_range_min), last: numberOf(rule.port_range_max), from }
}
