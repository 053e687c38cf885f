import { type Json, type JsonMap, text } from '../json.ts'
import { fixedId, type Identity } from '../keystone/identity.ts'
import type { SecurityGroup } from '../state.ts'

/** One rule before it is shown: what a template or Neutron itself says of it. */
export type RuleWish = {
  id: string
  direction: string
  ethertype: string
  protocol: string | null
  portMin: number | null
  portMax: number | null
  prefix: string | null
  groupId: string | null
  /** Null: Neutron itself made it. */
  description?: string | null
}

/** A rule as Neutron keeps it, times and owner apart. */
export function ruleOf(groupId: string, wish: RuleWish): JsonMap {
  return {
    id: wish.id,
    security_group_id: groupId,
    ethertype: wish.ethertype,
    direction: wish.direction,
    protocol: wish.protocol,
    port_range_min: wish.portMin,
    port_range_max: wish.portMax,
    remote_ip_prefix: wish.prefix,
    remote_address_group_id: null,
    normalized_cidr: wish.prefix,
    remote_group_id: wish.groupId,
    description: wish.description === undefined ? '' : wish.description,
  }
}

const open = { description: null, protocol: null, portMin: null, portMax: null, prefix: null, groupId: null }

/** What Neutron puts into every new group: everything may go out. */
export function defaultRules(groupId: string, ids: [string, string]): JsonMap[] {
  return ['IPv4', 'IPv6'].map((ethertype, index) => ruleOf(groupId, { ...open, id: ids[index] ?? '', direction: 'egress', ethertype }))
}

/** The group that a project's ports are in unless they name others: its members reach each other, and everything outside. */
export function defaultGroup(identity: Identity): SecurityGroup {
  const id = fixedId(identity, 'security group default')
  const ruleId = (name: string) => fixedId(identity, `security group rule ${name}`)
  const inward = ['IPv4', 'IPv6'].map((ethertype) =>
    ruleOf(id, { ...open, id: ruleId(`in ${ethertype}`), direction: 'ingress', ethertype, groupId: id }),
  )
  const rules = [...defaultRules(id, [ruleId('out IPv4'), ruleId('out IPv6')]), ...inward]
  return { id, name: 'default', description: 'Default security group', rules, createdAt: identity.createdAt }
}

const meaning = ['ethertype', 'direction', 'protocol', 'port_range_min', 'port_range_max', 'remote_ip_prefix', 'remote_group_id']

/** Whether two rules say the same; Neutron refuses the second of them. */
export function sameRule(a: JsonMap, b: JsonMap): boolean {
  const word = (value: Json | undefined) => text(value) ?? value ?? null
  return meaning.every((key) => word(a[key]) === word(b[key]))
}
