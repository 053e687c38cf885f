import type { Work } from '../cloud.ts'
import { type Fault, ResourceFailure } from '../fault.ts'
import { isMap, type JsonMap } from '../json.ts'

/** How the Neutron client words a refusal inside Heat (recording heat-show-failed-quota-floating-ip-200). */
export function neutronFailure(kind: string, detail: string, work: Work): ResourceFailure {
  return new ResourceFailure(kind, `${detail}\nNeutron server returns request_ids: ['req-${work.resource.plannedId}']`)
}

/** How novaclient words a refusal inside Heat (recording heat-show-failed-quota-instances-200). */
export function novaFailure(kind: string, detail: string, work: Work, status: number): ResourceFailure {
  return new ResourceFailure(kind, `${detail} (HTTP ${status}) (Request-ID: req-${work.resource.plannedId})`)
}

/** novaclient/exceptions.py */
const novaKinds: Record<number, string> = { 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound', 409: 'Conflict' }

/** What novaclient makes of an answer that is no success. */
export function novaRefusal(fault: Fault, work: Work): ResourceFailure {
  return novaFailure(novaKinds[fault.status] ?? 'ClientException', fault.message, work, fault.status)
}

/** Neutron counts what a project has of each kind before it makes one more (recording heat-show-failed-quota-floating-ip-200). */
export function checkNeutronQuota(
  work: Work,
  kind: string,
  things: 'networks' | 'subnets' | 'ports' | 'routers' | 'securityGroups',
  limit: number,
): void {
  const used = [...work.cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things[things]).length, 0)
  if (used >= limit) throw neutronFailure('OverQuotaClient', `Quota exceeded for resources: ['${kind}'].`, work)
}

/** Fields of a thing of Neutron that are only kept and shown, with those of `value_specs`. */
export function moreOf(properties: JsonMap, fields: string[]): JsonMap {
  const given = Object.fromEntries(fields.flatMap((key) => (properties[key] === undefined ? [] : [[key, properties[key]]])))
  return { ...given, ...(isMap(properties.value_specs) ? properties.value_specs : {}) }
}
