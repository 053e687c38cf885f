import type { ResourceType } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import { awsWaitConditionTypes } from './aws-wait-condition.ts'
import { floatingIpTypes } from './floating-ip.ts'
import { keyPairTypes } from './key-pair.ts'
import { whyNotHere } from './known-types.ts'
import { netTypes } from './nets.ts'
import { novaFloatingIpTypes } from './nova-floating-ip.ts'
import { plainTypes } from './plain.ts'
import { portTypes } from './ports.ts'
import { randomStringTypes } from './random-string.ts'
import { remoteStackTypes } from './remote-stack.ts'
import { groupTypes } from './resource-group.ts'
import { routerTypes } from './routers.ts'
import { securityGroupTypes } from './security-groups.ts'
import { serverTypes } from './server.ts'
import { serverGroupTypes } from './server-groups.ts'
import { configTypes } from './software-config.ts'
import { volumeTypes } from './volumes.ts'
import { waitConditionTypes } from './wait-condition.ts'

export const resourceTypes: Record<string, ResourceType> = {
  ...plainTypes,
  ...randomStringTypes,
  ...waitConditionTypes,
  ...awsWaitConditionTypes,
  ...configTypes,
  ...netTypes,
  ...routerTypes,
  ...securityGroupTypes,
  ...portTypes,
  ...floatingIpTypes,
  ...novaFloatingIpTypes,
  ...keyPairTypes,
  ...serverTypes,
  ...serverGroupTypes,
  ...volumeTypes,
  ...groupTypes,
  ...remoteStackTypes,
}

/** heat/policies/resource_types.py: only administrators may use these (recording heat-create-forbidden-resource-type-403). */
const forAdministrators = [
  'OS::Nova::Flavor',
  'OS::Nova::Quota',
  'OS::Neutron::Quota',
  'OS::Neutron::ProviderNet',
  'OS::Nova::HostAggregate',
  'OS::Cinder::EncryptedVolumeType',
  'OS::Cinder::VolumeType',
  'OS::Cinder::Quota',
  'OS::Cinder::QoSSpecs',
  'OS::Cinder::QoSAssociation',
]

/** Known, and described to everybody; `POST validate` does not ask who wants it. */
export function isForAdministrators(name: string): boolean {
  return forAdministrators.includes(name) || name.startsWith('OS::Keystone::')
}

/** Throws 403 for what only administrators may use. */
export function refuseForbidden(name: string): void {
  if (isForAdministrators(name)) {
    throw new Fault(403, 'Forbidden', `You are not authorized to use resource_types:${name}.`)
  }
}

/** Whether Heat has the type, be it that it cannot be used here. */
export const isKnownType = (name: string): boolean => Object.hasOwn(resourceTypes, name) || whyNotHere(name) !== undefined

/** The type of that name. Throws a Fault as Heat does for one that it does not have. */
export function typeNamed(name: string): ResourceType {
  refuseForbidden(name)
  const found = Object.hasOwn(resourceTypes, name) ? resourceTypes[name] : undefined
  if (!found) throw whyNotHere(name) ?? invalidStack(`The Resource Type (${name}) could not be found.`)
  return found
}
