import type { Cloud } from '../cloud.ts'
import type { JsonMap } from '../json.ts'
import { groupBody } from './neutron-shapes.ts'
import { defaultGroup } from './security-rules.ts'

/** Every security group of the project, as Neutron shows them. */
export function securityGroups(cloud: Cloud): JsonMap[] {
  const ofStacks = [...cloud.state.stacks.values()].flatMap((stack) => Object.values(stack.things.securityGroups))
  return [defaultGroup(cloud.identity), ...ofStacks].map((group) => groupBody(cloud, group))
}

/** Every rule of every group. */
export function securityRules(cloud: Cloud): JsonMap[] {
  return securityGroups(cloud).flatMap(({ security_group_rules: rules }) => (Array.isArray(rules) ? (rules as JsonMap[]) : []))
}
