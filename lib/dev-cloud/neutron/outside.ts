import { randomInt } from 'node:crypto'
import type { Cloud, Work } from '../cloud.ts'
import { addressNumber, addressText, readCidr } from '../content.ts'
import { neutronFailure } from '../resources/refusals.ts'

/** Every address outside that a floating IP or a router has. */
export function outerTaken(cloud: Cloud): Set<string> {
  const taken = new Set<string>()
  for (const { things } of cloud.state.stacks.values()) {
    for (const { address } of Object.values(things.floatingIps)) taken.add(address)
    for (const { externalAddress } of Object.values(things.routers)) if (externalAddress) taken.add(externalAddress)
  }
  return taken
}

/** An address outside that is free: the wished one, or any. Throws in Neutron's words. */
export function outerAddress(work: Work, wished: string | undefined): string {
  const { external } = work.cloud.content
  const taken = outerTaken(work.cloud)
  if (wished !== undefined) {
    const range = readCidr(external.cidr)
    const value = addressNumber(wished) ?? -1
    if (!range || value <= range.base || value >= range.base + range.size - 1) {
      const words = `IP address ${wished} is not a valid IP for any of the subnets on the specified network.`
      throw neutronFailure('InvalidIpForNetworkClient', words, work)
    }
    if (taken.has(wished) || wished === external.gateway) {
      throw neutronFailure('IpAddressAlreadyAllocatedClient', `IP address ${wished} already allocated in subnet ${external.subnetId}`, work)
    }
    return wished
  }
  const found = someFreeAddress(external.first, external.last, taken)
  if (found === undefined) {
    throw neutronFailure('IpAddressGenerationFailureClient', `No more IP addresses available on network ${external.id}.`, work)
  }
  return found
}

/** Any free address of a pool, not always the same: an address that was just given back should rest. */
function someFreeAddress(first: string, last: string, taken: Set<string>): string | undefined {
  const low = addressNumber(first) ?? 0
  const count = (addressNumber(last) ?? -1) - low + 1
  const start = count > 0 ? randomInt(count) : 0
  for (let step = 0; step < count; step += 1) {
    const candidate = addressText(low + ((start + step) % count))
    if (!taken.has(candidate)) return candidate
  }
  return undefined
}

/** Whether a floating address leads to a port of this subnet. */
export function isReachedFromOutside({ stack }: Work, subnetId: string): boolean {
  return Object.values(stack.things.floatingIps).some(({ portId }) => {
    const port = portId === null ? undefined : stack.things.ports[portId]
    return port?.addresses.some((fixed) => fixed.subnetId === subnetId) === true
  })
}
