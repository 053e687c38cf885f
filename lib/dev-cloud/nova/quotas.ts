import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { HttpReply, HttpRequest } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'

/** Nova's own names, in its order; -1: no limit. Suspended machines count (recording nova-limits-suspended-200). */
function counted(cloud: Cloud): Record<string, { limit: number; used: number }> {
  const { quota } = cloud
  const flavors = [...cloud.state.stacks.values()].flatMap(({ things }) => Object.values(things.servers)).map(({ spec }) => spec.flavor)
  const sum = (pick: (flavor: { vcpus: number; ramMiB: number }) => number) => flavors.reduce((total, flavor) => total + pick(flavor), 0)
  const groups = Object.keys(cloud.belongings.things.serverGroups).length
  return {
    cores: { limit: quota.cores, used: sum(({ vcpus }) => vcpus) },
    fixed_ips: { limit: -1, used: 0 },
    floating_ips: { limit: -1, used: 0 },
    injected_file_content_bytes: { limit: 10_240, used: 0 },
    injected_file_path_bytes: { limit: 255, used: 0 },
    injected_files: { limit: 5, used: 0 },
    instances: { limit: quota.instances, used: flavors.length },
    // Nova counts key pairs for a user, and shows none of it (nova/quota.py).
    key_pairs: { limit: quota.keyPairs, used: 0 },
    metadata_items: { limit: 128, used: 0 },
    ram: { limit: quota.ramMiB, used: sum(({ ramMiB }) => ramMiB) },
    security_group_rules: { limit: -1, used: 0 },
    security_groups: { limit: -1, used: 0 },
    server_group_members: { limit: 10, used: 0 },
    server_groups: { limit: 10, used: groups },
  }
}

/** What Nova no longer tells of other services' things (2.36), and of files that are put into servers (2.57). */
function hidden(minor: number): string[] {
  const network = ['fixed_ips', 'floating_ips', 'security_group_rules', 'security_groups']
  const files = ['injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes']
  return [...(minor >= 36 ? network : []), ...(minor >= 57 ? files : [])]
}

const limitNames: [quota: string, ...limits: string[]][] = [
  ['instances', 'maxTotalInstances'],
  ['cores', 'maxTotalCores'],
  ['ram', 'maxTotalRAMSize'],
  ['metadata_items', 'maxServerMeta', 'maxImageMeta'],
  ['injected_files', 'maxPersonality'],
  ['injected_file_content_bytes', 'maxPersonalitySize'],
  ['key_pairs', 'maxTotalKeypairs'],
  ['server_groups', 'maxServerGroups'],
  ['server_group_members', 'maxServerGroupMembers'],
  ['floating_ips', 'maxTotalFloatingIps'],
  ['security_groups', 'maxSecurityGroups'],
  ['security_group_rules', 'maxSecurityGroupRules'],
]
const usedNames: [quota: string, used: string][] = [
  ['ram', 'totalRAMUsed'],
  ['cores', 'totalCoresUsed'],
  ['instances', 'totalInstancesUsed'],
  ['floating_ips', 'totalFloatingIpsUsed'],
  ['security_groups', 'totalSecurityGroupsUsed'],
  ['server_groups', 'totalServerGroupsUsed'],
]

/** `GET /limits` (recording nova-limits-200). */
export function showLimits(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const other = request.query.get('tenant_id')
  if (other !== null) throw new Fault(403, 'Forbidden', "Policy doesn't allow os_compute_api:limits:other_project to be performed.")
  const all = counted(cloud)
  const absolute: JsonMap = {}
  for (const [name, ...limits] of limitNames) {
    if (hidden(minor).includes(name)) continue
    for (const limit of limits) if (limit !== 'maxImageMeta' || minor < 39) absolute[limit] = all[name]?.limit ?? -1
  }
  for (const [name, used] of usedNames) if (!hidden(minor).includes(name)) absolute[used] = all[name]?.used ?? 0
  return { status: 200, body: { limits: { rate: [], absolute } } }
}

/** `GET /os-quota-sets/PROJECT`, `.../detail` and `.../defaults` (recordings nova-quota-set-*-200). */
export function showQuotaSet(cloud: Cloud, request: HttpRequest, { minor, detail }: { minor: number; detail: boolean }): HttpReply {
  const { project = '' } = request.params
  if (project !== cloud.identity.project.id)
    throw new Fault(403, 'Forbidden', `Policy doesn't allow os_compute_api:os-quota-sets:${detail ? 'detail' : 'show'} to be performed.`)
  const shown = Object.entries(counted(cloud)).filter(([name]) => !hidden(minor).includes(name))
  const entries = shown.map(([name, { limit, used }]): [string, Json] => [name, detail ? { limit, in_use: used, reserved: 0 } : limit])
  return { status: 200, body: { quota_set: { id: project, ...Object.fromEntries(entries) } } }
}
