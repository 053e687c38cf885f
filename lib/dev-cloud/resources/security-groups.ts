import { randomUUID } from 'node:crypto'
import type { ResourceType, Work } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import { type Json, type JsonMap, maps, text } from '../json.ts'
import { securityGroupBody, securityRuleBody } from '../neutron/neutron-shapes.ts'
import { guardPorts } from '../neutron/port-filters.ts'
import { defaultRules, ruleOf, sameRule } from '../neutron/security-rules.ts'
import type { SecurityGroup } from '../state.ts'
import { untilFree } from './conflicts.ts'
import { neutronFailure } from './refusals.ts'
import { securityGroupRuleSchema, securityGroupSchema } from './security-schema.ts'

const port = (value: Json | undefined): number | null => (value === undefined || value === null ? null : Number(value))

/** heat/engine/resources/openstack/neutron/security_group.py, _format_rule: without a group, a rule about a group is about its own. */
function ruleFromGroup(work: Work, group: SecurityGroup, rule: JsonMap): JsonMap {
  const byGroup = rule.remote_mode === 'remote_group_id'
  const named = text(rule.remote_group_id)
  const groupId = byGroup ? (named === undefined ? group.id : (work.cloud.content.securityGroup(named)?.id ?? named)) : null
  return newRule(work, group, { ...rule, remote_ip_prefix: byGroup ? null : (rule.remote_ip_prefix ?? null) }, groupId)
}

/** Checked as Neutron checks it (neutron/db/securitygroups_db.py, _validate_port_range and its like). */
function newRule(work: Work, group: SecurityGroup, rule: JsonMap, groupId: string | null): JsonMap {
  const protocol = text(rule.protocol) ?? null
  const [min, max] = [port(rule.port_range_min), port(rule.port_range_max)]
  const refuse = (words: string) => neutronFailure('BadRequest', words, work)
  const icmp = ['icmp', 'icmpv6', 'ipv6-icmp', '1', '58'].includes(protocol ?? '')
  if (protocol === null && (min !== null || max !== null)) throw refuse('Must also specify protocol if port range is given.')
  if (!icmp && (min === null) !== (max === null) && ['tcp', 'udp', '6', '17'].includes(protocol ?? ''))
    throw refuse('For TCP/UDP protocols, port_range_min must be <= port_range_max')
  if (!icmp && min !== null && max !== null && min > max) throw refuse('For TCP/UDP protocols, port_range_min must be <= port_range_max')
  if (icmp && min === null && max !== null)
    throw refuse(`ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`)
  return ruleOf(group.id, {
    id: randomUUID(),
    direction: text(rule.direction) ?? 'ingress',
    ethertype: text(rule.ethertype) ?? 'IPv4',
    protocol,
    portMin: min,
    portMax: max,
    prefix: text(rule.remote_ip_prefix) ?? null,
    groupId,
    description: text(rule.description) ?? '',
  })
}

/** One rule for the way out takes the place of those that Neutron puts in by itself; what is there already stays once. */
function addRules(work: Work, group: SecurityGroup, wanted: JsonMap[]): void {
  if (wanted.some((rule) => rule.direction === 'egress')) group.rules = group.rules.filter((rule) => rule.direction !== 'egress')
  for (const wish of wanted) {
    const rule = ruleFromGroup(work, group, wish)
    if (!group.rules.some((other) => sameRule(other, rule))) group.rules.push(rule)
  }
}

const securityGroup: ResourceType = {
  ...securityGroupSchema,
  validate(properties) {
    if (properties.name === 'default') throw invalidStack('Security groups cannot be assigned the name "default".')
  },
  create(work) {
    const { cloud, stack, resource, properties } = work
    const made: SecurityGroup = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      description: text(properties.description) ?? '',
      rules: defaultRules(resource.plannedId, [randomUUID(), randomUUID()]),
      createdAt: cloud.now().getTime(),
    }
    stack.things.securityGroups[made.id] = made
    resource.physicalId = made.id
    addRules(work, made, maps(properties.rules))
  },
  async update(work, { changed }) {
    const { cloud, stack, resource, properties } = work
    const made = stack.things.securityGroups[resource.plannedId]
    if (!made) return
    made.name = text(properties.name) ?? resource.physicalName
    made.description = text(properties.description) ?? ''
    if (!changed.includes('rules')) return
    made.rules = defaultRules(made.id, [randomUUID(), randomUUID()])
    addRules(work, made, maps(properties.rules))
    await guardPorts(cloud, stack)
  },
  async remove(work) {
    const { stack, resource } = work
    await untilFree(work, () => {
      const used = Object.values(stack.things.ports).some((each) => each.securityGroups.includes(resource.plannedId))
      return used ? neutronFailure('Conflict', `Security Group ${resource.plannedId} in use.`, work) : undefined
    })
    delete stack.things.securityGroups[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => securityGroupBody(cloud, stack, resource.plannedId),
  attribute: () => undefined,
}

const securityGroupRule: ResourceType = {
  ...securityGroupRuleSchema,
  validate(properties) {
    if (properties.remote_group !== undefined && properties.remote_ip_prefix !== undefined) {
      const words = 'Cannot define the following properties at the same time: remote_group, remote_ip_prefix.'
      throw new Fault(400, 'ResourcePropertyConflict', words)
    }
    const [min, max] = [port(properties.port_range_min), port(properties.port_range_max)]
    const icmp = ['icmp', 'icmpv6', 'ipv6-icmp'].includes(text(properties.protocol) ?? '')
    if (!icmp && min !== null && max !== null && max < min)
      throw invalidStack('The minimum port number must be less than or equal to the maximum port number.')
  },
  async create(work) {
    const { cloud, stack, resource, properties } = work
    const named = text(properties.security_group) ?? ''
    const group = cloud.content.securityGroup(named)
    if (!group) throw neutronFailure('NotFound', `Security group ${named} does not exist`, work)
    if (group.rules.some(({ id }) => id === resource.plannedId)) return
    const remote = text(properties.remote_group)
    const remoteId = remote === undefined ? null : (cloud.content.securityGroup(remote)?.id ?? remote)
    const rule = { ...newRule(work, group, properties, remoteId), id: resource.plannedId }
    const same = group.rules.find((other) => sameRule(other, rule))
    if (same) throw neutronFailure('Conflict', `Security group rule already exists. Rule id is ${text(same.id)}.`, work)
    group.rules.push(rule)
    resource.data.groupId = group.id
    resource.physicalId = resource.plannedId
    await guardPorts(cloud, stack)
  },
  async remove({ cloud, stack, resource }) {
    const group = cloud.content.securityGroup(text(resource.data.groupId) ?? '')
    if (group) group.rules = group.rules.filter(({ id }) => id !== resource.plannedId)
    await guardPorts(cloud, stack)
  },
  show({ cloud, resource }) {
    const group = cloud.content.securityGroup(text(resource.data.groupId) ?? '')
    const rule = group?.rules.find(({ id }) => id === resource.plannedId)
    return group && rule ? securityRuleBody(cloud, group, rule) : {}
  },
  attribute: () => undefined,
}

export const securityGroupTypes: Record<string, ResourceType> = {
  'OS::Neutron::SecurityGroup': securityGroup,
  'OS::Neutron::SecurityGroupRule': securityGroupRule,
}
