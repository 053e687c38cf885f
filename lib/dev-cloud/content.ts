import type { Things as Belongings, Volume } from './belongings.ts'
import { recipes } from './images/recipe.mjs'
import { fixedId, type Identity } from './keystone/identity.ts'
import { defaultGroup } from './neutron/security-rules.ts'
import { type StandIns, standIns } from './stand-ins.ts'
import type { FloatingIp, KeyPair, Network, Port, Router, SecurityGroup, Server, Stack, Subnet } from './state.ts'

/** `standsFor`: it is that image of this cloud, under the name of another cloud's (stand-ins.ts). */
export type Image = { id: string; name: string; defaultUser: string; minDiskGiB: number; standsFor?: string }
export type Flavor = {
  id: string
  name: string
  vcpus: number
  ramMiB: number
  diskGiB: number
  extraSpecs: Record<string, string>
  /** Absent: as usual. Devices of the host that a server holds cannot be put to sleep with it (server-actions.ts). */
  suspends?: 'refused' | 'rolled back'
  /** It was made because a template named it (stand-ins.ts). */
  standsFor?: string
}
/** The network that leads outside; floating addresses come from it. */
export type ExternalNetwork = { id: string; name: string; subnetId: string; cidr: string; gateway: string; first: string; last: string }
export type Quota = {
  instances: number
  cores: number
  ramMiB: number
  floatingIps: number
  keyPairs: number
  ports: number
  networks: number
  routers: number
  stacks: number
  volumes: number
  /** All of them together. */
  volumeGiB: number
}

/** The one type of volume, which Cinder makes itself (cinder.conf default_volume_type). */
export const VOLUME_TYPE = '__DEFAULT__'

/** What the project may name: by id first, then by name. */
export type Content = {
  images: Image[]
  flavors: Flavor[]
  external: ExternalNetwork
  image(nameOrId: string): Image | undefined
  flavor(nameOrId: string): Flavor | undefined
  network(nameOrId: string): Network | ExternalNetwork | undefined
  subnet(nameOrId: string): Subnet | undefined
  port(nameOrId: string): Port | undefined
  router(nameOrId: string): Router | undefined
  securityGroup(nameOrId: string): SecurityGroup | undefined
  floatingIp(id: string): FloatingIp | undefined
  keyPair(name: string): KeyPair | undefined
  server(id: string): Server | undefined
  volume(id: string): Volume | undefined
  /** The id of a type of volume. */
  volumeType(nameOrId: string): string | undefined
  /** Only a lenient cloud has them. */
  standIns?: StandIns
}

type OuterRange = Pick<ExternalNetwork, 'cidr' | 'gateway' | 'first' | 'last'>
/** Addresses from outside: those of the seed, or enough for thousands of servers. */
export const usualRange: OuterRange = { cidr: '172.24.4.0/24', gateway: '172.24.4.1', first: '172.24.4.20', last: '172.24.4.250' }
export const wideRange: OuterRange = { cidr: '172.24.0.0/16', gateway: '172.24.4.1', first: '172.24.5.0', last: '172.24.254.255' }

/** Beyond the seed: what a cloud does with servers that hold a device of its host. */
const unsuspendable: Pick<Flavor, 'name' | 'extraSpecs' | 'suspends'>[] = [
  { name: 'lab.tiny.passthrough', extraSpecs: { 'accel:device_profile': 'card' }, suspends: 'refused' },
  { name: 'lab.tiny.vgpu', extraSpecs: { 'resources:VGPU': '1' }, suspends: 'rolled back' },
]

/** `belongings`: what belongs to no stack. The seed of this cloud is the same as that of the real one it is compared with (openstack/README.md, "Contents"). */
export function cloudContent(
  identity: Identity,
  { stacks, belongings }: { stacks: Map<string, Stack>; belongings: Pick<Belongings, 'keyPairs' | 'volumes'> },
  { outside, lenient }: { outside: OuterRange; lenient: boolean },
): Content {
  const id = (name: string) => fixedId(identity, name)
  // The first one is the seed's; Glance asks no disk for it there.
  const images = recipes.map(
    ({ name, user, base, diskGiB }): Image => ({
      id: id(`image ${name}`),
      name,
      defaultUser: user,
      minDiskGiB: base === null ? 0 : diskGiB,
    }),
  )
  const flavors = (
    [
      ['lab.tiny', 1, 384, 2],
      ['lab.small', 1, 512, 2],
      ['lab.medium', 2, 1024, 4],
      ['lab.large', 2, 2048, 8],
    ] as const
  ).map(([name, vcpus, ramMiB, diskGiB]): Flavor => ({ id: id(`flavor ${name}`), name, vcpus, ramMiB, diskGiB, extraSpecs: {} }))
  const [tiny] = flavors
  if (tiny) flavors.push(...unsuspendable.map((more) => ({ ...tiny, ...more, id: id(`flavor ${more.name}`) })))
  const external: ExternalNetwork = {
    id: id('network public'),
    name: 'public',
    subnetId: id('subnet public'),
    ...outside,
  }
  const named = <T extends { id: string; name: string }>(list: T[], key: string) =>
    list.find((item) => item.id === key) ?? list.find((item) => item.name === key)
  const find = <T>(pick: (stack: Stack) => Record<string, T>, key: string, name?: (thing: T) => string): T | undefined => {
    for (const stack of stacks.values()) {
      const thing = pick(stack)[key]
      if (thing) return thing
    }
    if (!name) return undefined
    for (const stack of stacks.values()) {
      const thing = Object.values(pick(stack)).find((item) => name(item) === key)
      if (thing) return thing
    }
    return undefined
  }
  const volumeType = id(`volume type ${VOLUME_TYPE}`)
  const ownGroup = defaultGroup(identity)
  const foreign = new Map<string, ExternalNetwork>()
  const standing = lenient ? standIns(identity, { images, flavors, external, outside: foreign }) : undefined
  standing?.restore(stacks.values())
  const nameOf = (thing: { name: string }) => thing.name
  return {
    images,
    flavors,
    external,
    image: (key) => named(images, key),
    flavor: (key) => named(flavors, key),
    network: (key) => named([external], key) ?? find((stack) => stack.things.networks, key, nameOf) ?? foreign.get(key),
    subnet: (key) => find((stack) => stack.things.subnets, key, nameOf),
    port: (key) => find((stack) => stack.things.ports, key, nameOf),
    router: (key) => find((stack) => stack.things.routers, key, nameOf),
    securityGroup: (key) => named([ownGroup], key) ?? find((stack) => stack.things.securityGroups, key, nameOf),
    floatingIp: (key) => find((stack) => stack.things.floatingIps, key),
    keyPair: (key) => find((stack) => stack.things.keyPairs, key) ?? own(belongings.keyPairs, key),
    server: (key) => find((stack) => stack.things.servers, key),
    volume: (key) => own(belongings.volumes, key),
    volumeType: (key) => ([volumeType, VOLUME_TYPE].includes(key) ? volumeType : undefined),
    ...(standing ? { standIns: standing } : {}),
  }
}

const own = <T>(things: Record<string, T>, key: string): T | undefined => (Object.hasOwn(things, key) ? things[key] : undefined)

export function isAddress(value: string): boolean {
  return addressNumber(value) !== undefined
}

export function addressNumber(value: string): number | undefined {
  const parts = value.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function addressText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** The first address and the size of an IPv4 network in CIDR form, or undefined. */
export function readCidr(cidr: string): { base: number; size: number; prefix: number } | undefined {
  const [address = '', length = ''] = cidr.split('/')
  const value = addressNumber(address)
  const prefix = /^\d{1,2}$/.test(length) ? Number(length) : 33
  if (value === undefined || prefix > 32) return undefined
  const size = 2 ** (32 - prefix)
  return { base: Math.floor(value / size) * size, size, prefix }
}
