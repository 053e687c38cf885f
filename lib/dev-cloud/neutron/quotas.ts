import type { Cloud } from '../cloud.ts'
import type { JsonMap } from '../json.ts'
import type { Things } from '../state.ts'
import { securityGroups, securityRules } from './security-groups.ts'

/** How much of each a project may have; -1: any number (recording neutron-quotas-200). */
export function quotaLimits({ quota }: Cloud): Record<string, number> {
  const { networks, ports, routers, floatingIps } = quota
  return {
    network: networks,
    subnet: networks,
    subnetpool: -1,
    port: ports,
    router: routers,
    floatingip: floatingIps,
    rbac_policy: 10,
    security_group: networks,
    security_group_rule: networks * 6,
  }
}

/** The same with what is used (recording neutron-quota-details-200). */
export function quotaDetails(cloud: Cloud): JsonMap {
  const things = [...cloud.state.stacks.values()].map((stack) => stack.things)
  const count = (pick: (each: Things) => object) => things.reduce((sum, each) => sum + Object.keys(pick(each)).length, 0)
  const used: Record<string, number> = {
    network: count((each) => each.networks),
    subnet: count((each) => each.subnets),
    port: count((each) => each.ports),
    router: count((each) => each.routers),
    floatingip: count((each) => each.floatingIps),
    security_group: securityGroups(cloud).length,
    security_group_rule: securityRules(cloud).length,
  }
  const entries = Object.entries(quotaLimits(cloud))
  return Object.fromEntries(entries.map(([name, limit]) => [name, { limit, used: used[name] ?? 0, reserved: 0 }]))
}
