import { setVolumes } from '../cinder/volumes.ts'
import type { Work } from '../cloud.ts'
import type { ServerSpec } from '../driver.ts'
import { ResourceFailure } from '../fault.ts'
import { isMap, type Json, pythonJson, strings, text } from '../json.ts'
import { hostsOf, machineName } from '../neutron/addresses.ts'
import { type KeyPair, rootOf, type Server } from '../state.ts'
import { novaFailure } from './refusals.ts'
import { cardsOf, groupNames, plug, portsOf } from './server-cards.ts'
import { disksOf, imageOf } from './server-disks.ts'
import { configText } from './software-config.ts'

/** Decides all of a machine and writes it down; the driver has not heard of it yet. */
export function buildServer(work: Work): Server {
  const { cloud, stack, resource, properties } = work
  const flavor = cloud.content.flavor(text(properties.flavor) ?? '')
  const image = imageOf(work)
  if (!flavor || !image) throw new ResourceFailure('NotFound', 'The flavor or the image is gone.')
  checkQuota(work, flavor)
  const disks = disksOf(work)
  const ports = portsOf(work)
  const name = text(properties.name) ?? resource.physicalName
  const keyName = text(properties.key_name) ?? null
  const publicKey = keyName === null ? undefined : (cloud.content.keyPair(keyName) ?? otherKey(work))?.publicKey
  const spec: ServerSpec = {
    id: resource.plannedId,
    spaceId: rootOf(stack).id,
    name: machineName(name),
    image: image.standsFor ?? image.name,
    ...(image.standsFor === undefined ? {} : { user: image.defaultUser }),
    flavor: { vcpus: flavor.vcpus, ramMiB: flavor.ramMiB, diskGiB: flavor.diskGiB },
    nics: cardsOf(work, ports),
    hosts: [],
    publicKeys: linesOf(publicKey ?? ''),
    userData: configText(stack, text(properties.user_data) ?? ''),
    metadata: metadataOf(properties.metadata),
  }
  const nowMs = cloud.now().getTime()
  const made: Server = {
    id: spec.id,
    name,
    status: 'BUILD',
    keyName,
    portIds: ports.map((port) => port.id),
    securityGroups: groupNames(work, ports),
    flavor: flavor.name,
    tags: strings(properties.tags),
    configDrive: properties.config_drive === true,
    spec,
    createdAt: nowMs,
    changedAt: nowMs,
  }
  stack.things.servers[made.id] = made
  if (disks.length > 0) setVolumes(cloud, { stack, server: made }, disks)
  plug(work, ports)
  spec.hosts = hostsOf(stack)
  return made
}

/** A public key as it was sent: whole files end with a line break, and Nova keeps what it was given. */
const linesOf = (publicKey: string) => publicKey.split(/\r?\n/).filter((line) => line.trim() !== '')

/** In a lenient cloud, for a key pair of another project: the first of this one's. */
function otherKey({ cloud }: Work): KeyPair | undefined {
  return cloud.content.standIns && Object.values(cloud.belongings.things.keyPairs)[0]
}

/** heat/engine/clients/os/nova.py, meta_serialize: what is no text becomes JSON. */
export function metadataOf(metadata: Json | undefined): Record<string, string> {
  if (metadata === undefined || !isMap(metadata)) return {}
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? value : pythonJson(value)]))
}

/** Recording heat-events-failed-quota-instances-200: the POST is accepted, the server is refused. */
function checkQuota(work: Work, wanted: { vcpus: number; ramMiB: number }): void {
  const { quota, state } = work.cloud
  const flavors = [...state.stacks.values()].flatMap((stack) => Object.values(stack.things.servers)).map((each) => each.spec.flavor)
  const sum = (pick: (flavor: { vcpus: number; ramMiB: number }) => number) => flavors.reduce((total, flavor) => total + pick(flavor), 0)
  const limits: [string, number, number, number][] = [
    ['instances', 1, flavors.length, quota.instances],
    ['cores', wanted.vcpus, sum((flavor) => flavor.vcpus), quota.cores],
    ['ram', wanted.ramMiB, sum((flavor) => flavor.ramMiB), quota.ramMiB],
  ]
  if (work.cloud.rules.take('quota', { service: 'nova', verb: 'create', stack: work.stack.name }))
    limits.unshift(['instances', 1, flavors.length, flavors.length])
  for (const [name, requested, used, limit] of limits) {
    if (used + requested > limit) {
      throw novaFailure(
        'Forbidden',
        `Quota exceeded for ${name}: Requested ${requested}, but already used ${used} of ${limit} ${name}`,
        work,
        403,
      )
    }
  }
}
