import { type Cloud, isoSeconds } from '../cloud.ts'
import type { Json, JsonMap } from '../json.ts'
import { fixedId } from '../keystone/identity.ts'

type Group = { id: string; name: string; description: string; rules: JsonMap[]; createdAt: number }

/** The group that a port has which is given none; every project has one. */
export function defaultGroup(cloud: Cloud): Group {
  const id = fixedId(cloud.identity, 'security group default')
  const inside = ['IPv4', 'IPv6'].map((ethertype): JsonMap => ({ direction: 'ingress', ethertype, remote_group_id: id }))
  return { id, name: 'default', description: 'Default security group', rules: inside, createdAt: cloud.identity.createdAt }
}

/** Every security group of the project, as Neutron shows them. */
export function securityGroups(cloud: Cloud): JsonMap[] {
  const ofStacks = [...cloud.state.stacks.values()].flatMap((stack) => Object.values(stack.things.securityGroups))
  return [defaultGroup(cloud), ...ofStacks].map((group) => groupBody(cloud, group))
}

/** Every rule of every group. */
export function securityRules(cloud: Cloud): JsonMap[] {
  return securityGroups(cloud).flatMap(({ security_group_rules: rules }) => (Array.isArray(rules) ? (rules as JsonMap[]) : []))
}

function groupBody(cloud: Cloud, group: Group): JsonMap {
  const { id, name, description, createdAt } = group
  const rules = allRules(group)
  return {
    id,
    name,
    stateful: true,
    ...common(cloud, createdAt, description),
    revision_number: 1 + rules.length,
    security_group_rules: rules.map((rule, index) => ruleBody(cloud, group, { rule, index })),
    shared: false,
  }
}

/** A group lets everything out unless it says what (Neutron makes two such rules with it; Heat takes them away where a template has others). */
function allRules({ rules }: Group): JsonMap[] {
  if (rules.some(({ direction }) => direction === 'egress')) return rules
  return [...['IPv4', 'IPv6'].map((ethertype): JsonMap => ({ direction: 'egress', ethertype })), ...rules]
}

function ruleBody(cloud: Cloud, group: Group, { rule, index }: { rule: JsonMap; index: number }): JsonMap {
  const prefix: Json = rule.remote_ip_prefix ?? null
  return {
    id: rule.id ?? fixedId(cloud.identity, `rule ${group.id} ${index}`),
    security_group_id: group.id,
    ethertype: rule.ethertype ?? 'IPv4',
    direction: rule.direction ?? 'ingress',
    protocol: rule.protocol ?? null,
    port_range_min: rule.port_range_min ?? null,
    port_range_max: rule.port_range_max ?? null,
    remote_ip_prefix: prefix,
    remote_address_group_id: null,
    normalized_cidr: prefix,
    remote_group_id: rule.remote_mode === 'remote_group_id' ? (rule.remote_group_id ?? group.id) : (rule.remote_group_id ?? null),
    ...common(cloud, group.createdAt, typeof rule.description === 'string' ? rule.description : ''),
    revision_number: 0,
  }
}

function common({ identity }: Cloud, createdAt: number, description: string): JsonMap {
  const at = isoSeconds(createdAt)
  const { id } = identity.project
  return { tenant_id: id, project_id: id, description, tags: [], created_at: at, updated_at: at }
}
