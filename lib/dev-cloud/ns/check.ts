import { isIPv4 } from 'node:net'
import { type AttachedVolume, DriverFailure, type ServerSpec, type SpaceNetwork, type VolumeSpec } from '../driver.ts'
import { checkId } from './record.ts'

/** What reaches a script must be harmless there: everything is checked here, once. Throws `input.invalid`. */
export function checkServer(spec: ServerSpec): void {
  checkId(spec.id)
  checkId(spec.spaceId)
  demand(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(spec.name), `${JSON.stringify(spec.name)} cannot be a host name.`)
  for (const nic of spec.nics) {
    checkId(nic.networkId)
    demand(isIPv4(nic.address) && (nic.gateway === null || isIPv4(nic.gateway)), 'An address of the machine is not an IPv4 address.')
    demand(isPrefix(nic.prefixLength), 'A prefix length of the machine is not between 1 and 32.')
    demand(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(nic.mac), 'A MAC address of the machine is not one.')
  }
  checkHosts(spec.hosts)
  const { vcpus, ramMiB } = spec.flavor
  demand(vcpus >= 1 && vcpus <= 64 && ramMiB >= 32 && Number.isFinite(ramMiB), 'The flavor of the machine cannot be used.')
  demand(
    spec.publicKeys.every((key) => !/[\r\n]/.test(key)),
    'A public key of the machine has more than one line.',
  )
  for (const volume of spec.volumes ?? []) checkAttached(volume)
  demand(spec.userData.length <= 1024 * 1024, 'The user data is larger than 1 MiB.')
}

export function checkHosts(hosts: ServerSpec['hosts']): void {
  const isUsable = ({ address, names }: { address: string; names: string[] }) =>
    isIPv4(address) && names.every((name) => /^[a-z0-9][a-z0-9.-]{0,252}$/i.test(name))
  demand(hosts.every(isUsable), 'A host entry of the machine cannot be used.')
}

/** The prefix length of `cidr`; the gateway has to be an address. */
export function checkNetwork(network: SpaceNetwork): number {
  checkId(network.id)
  const [base = '', length = ''] = network.cidr.split('/')
  demand(isIPv4(base) && /^\d{1,2}$/.test(length) && isPrefix(Number(length)), `${JSON.stringify(network.cidr)} is not a network.`)
  demand(isIPv4(network.gateway), 'The gateway of a network is not an IPv4 address.')
  return Number(length)
}

export function checkVolume({ id, sizeGiB }: VolumeSpec): void {
  checkId(id)
  demand(Number.isInteger(sizeGiB) && sizeGiB >= 1 && sizeGiB <= 65_536, 'A volume cannot be of this size.')
}

export function checkAttached(volume: AttachedVolume): void {
  checkVolume(volume)
  demand(/^vd[b-z]$/.test(volume.device), 'This cannot be the device of a volume.')
}

function isPrefix(length: number): boolean {
  return Number.isInteger(length) && length >= 1 && length <= 32
}

function demand(condition: boolean, sentence: string): void {
  if (!condition) throw new DriverFailure('input.invalid', sentence)
}
