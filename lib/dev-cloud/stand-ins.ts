import type { ExternalNetwork, Flavor, Image } from './content.ts'
import { isMap, type Json } from './json.ts'
import { fixedId, type Identity } from './keystone/identity.ts'
import type { Stack } from './state.ts'

/** The own accounts of other people's images, by how their names begin. */
const users = ['ubuntu', 'debian', 'centos', 'cirros', 'fedora', 'rocky', 'almalinux', 'opensuse', 'arch', 'freebsd']

const isId = (key: string) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(key)

/** What a lenient cloud puts in the place of what templates name and it lacks. */
export type StandIns = {
  /** Makes what a custom constraint looks for. False where nothing can stand for it. */
  make(constraint: string, key: string): boolean
  /** Makes what a resource's properties name in places where no constraint looks. */
  look(properties: Json, isHere: (key: string) => boolean): void
  /** Whether the network of that name is another's, for which the one that leads outside stands. */
  isOutside(key: string): boolean
  /** Adds to those. */
  tell(note: string): void
  /** What stands for something else, in words, as often as it was used since this was last asked. */
  notes(): string[]
  /** Makes again what the stacks of the last time use. */
  restore(stacks: Iterable<Stack>): void
}

type Lists = { images: Image[]; flavors: Flavor[]; external: ExternalNetwork; outside: Map<string, ExternalNetwork> }

/**
 * Images, flavors and networks of other clouds (`DEV_CLOUD_LENIENT=1`): an image is the first of this cloud with the account that such
 * images have; a flavor has the size that its name tells; a network is the one that leads outside, and for machines one of their
 * stack's own (neutron/home-network.ts). They keep their ids over a restart.
 */
export function standIns(identity: Identity, { images, flavors, external, outside }: Lists): StandIns {
  let notes: string[] = []
  const idOf = (kind: string, key: string) => (isId(key) ? key : fixedId(identity, `${kind} ${key}`))
  const makers: Record<string, (key: string) => string | undefined> = {
    'glance.image'(key) {
      const [base] = images
      const known = images.find((image) => image.name === key)
      if (!base || (known && !known.standsFor)) return undefined
      const user = users.find((name) => key.toLowerCase().startsWith(name)) ?? base.defaultUser
      if (!known) images.push({ ...base, id: idOf('image', key), name: key, defaultUser: user, minDiskGiB: 0, standsFor: base.name })
      return `image ${key}: ${base.name} stands for it, with the account ${user}`
    },
    'nova.flavor'(key) {
      const size = ['large', 'medium', 'small', 'tiny'].find((word) => key.toLowerCase().includes(word)) ?? 'small'
      const base = flavors.find((flavor) => flavor.name === `lab.${size}`)
      const known = flavors.find((flavor) => flavor.name === key)
      if (!base || (known && !known.standsFor)) return undefined
      if (!known) flavors.push({ ...base, id: idOf('flavor', key), name: key, standsFor: base.name })
      return `flavor ${key}: it is as large as ${base.name}`
    },
    'cinder.vtype': (key) => `volume type ${key}: the only one stands for it`,
    'neutron.network'(key) {
      outside.set(key, external)
      return `network ${key}: ${external.name} stands for it outside, and a network of the stack's own where machines are in it`
    },
    'neutron.subnet': (key) => `subnet ${key}: one of the stack's own stands for it`,
    'neutron.router': (key) => `router ${key}: one of the stack's own stands for it`,
    'neutron.security_group': (key) => `security group ${key}: the default one stands for it`,
    'nova.keypair': (key) => `key pair ${key}: the project's first one stands for it, if it has any`,
  }
  const make = (constraint: string, key: string) => {
    const note = Object.hasOwn(makers, constraint) ? makers[constraint]?.(key) : undefined
    if (note !== undefined) notes.push(note)
    return note !== undefined
  }
  return {
    make,
    look,
    isOutside: (key) => outside.has(key),
    tell: (note) => void notes.push(note),
    notes: () => {
      const told = [...new Set(notes)]
      notes = []
      return told
    },
    restore(stacks) {
      const all = [...stacks]
      const networks = all.flatMap(({ things }) => Object.values(things.networks).flatMap(({ id, name }) => [id, name]))
      const here = new Set([external.id, external.name, ...[...images, ...flavors].flatMap(({ id, name }) => [id, name]), ...networks])
      for (const stack of all) for (const { properties } of Object.values(stack.resources)) look(properties, (key) => here.has(key))
      notes = []
    },
  }

  function look(value: Json, isHere: (key: string) => boolean): void {
    if (Array.isArray(value)) for (const item of value) look(item, isHere)
    if (!isMap(value)) return
    for (const [key, inner] of Object.entries(value)) {
      const constraint =
        { image: 'glance.image', flavor: 'nova.flavor', pool: 'neutron.network' }[key] ??
        (key.includes('network') ? 'neutron.network' : undefined)
      if (constraint === undefined || typeof inner !== 'string') look(inner, isHere)
      else if (inner !== '' && !isHere(inner)) make(constraint, inner)
    }
  }
}
