import type { Change, Work } from '../cloud.ts'
import { ResourceFailure } from '../fault.ts'
import { maps, sameJson, strings, text } from '../json.ts'
import { hostsOf } from '../neutron/addresses.ts'
import { guardPorts } from '../neutron/port-filters.ts'
import { onItsHost, setServer } from '../nova/server-actions.ts'
import type { Port, Server } from '../state.ts'
import { untilImage } from './image-wait.ts'
import { metadataOf } from './server-build.ts'
import { cardsOf, plug, portsOf, unplug } from './server-cards.ts'
import { configText } from './software-config.ts'

/** heat/engine/resources/openstack/nova/server.py, needs_replace_with_prop_diff: three policies decide. */
export function replacesServer({ after, changed }: Change): boolean {
  const has = (key: string) => changed.includes(key)
  return (
    (has('flavor') && after.flavor_update_policy === 'REPLACE') ||
    (has('image') && after.image_update_policy === 'REPLACE') ||
    (has('user_data') && after.user_data_update_policy === 'REPLACE')
  )
}

/**
 * Changes a server in place, as Heat does. A machine here boots anew when its network cards or its size change, which on a real cloud
 * are plugged in and out while it runs; rebuilt, it has a new disk and its old addresses.
 */
export async function changeServer(
  work: Work,
  { before, changed }: { before: Work['properties']; changed: string[] },
  cancelled: AbortSignal,
): Promise<void> {
  const { cloud, stack, resource, properties } = work
  const made = stack.things.servers[resource.plannedId]
  if (!made) throw new ResourceFailure('NotFound', `Instance ${resource.plannedId} could not be found.`)
  const has = (key: string) => changed.includes(key)
  if (has('metadata')) made.spec.metadata = metadataOf(properties.metadata)
  if (has('tags')) made.tags = strings(properties.tags)
  if (has('name')) made.name = text(properties.name) ?? resource.physicalName
  if (has('networks')) changeCards(work, made, before)
  if (has('flavor')) resize(work, made)
  const userData = has('user_data') && properties.user_data_update_policy === 'REBUILD'
  if (userData) made.spec.userData = configText(stack, text(properties.user_data) ?? '')
  const image = has('image') ? cloud.content.image(text(properties.image) ?? '') : undefined
  if (image) made.spec.image = image.standsFor ?? image.name
  cloud.state.changed(stack)
  if (has('image') && cloud.images.status(made.spec.image) !== 'active') await untilImage(work, made, cancelled)
  if (has('image') || userData) await rebuild(work, made)
  else if (has('networks') || has('flavor')) await bootAnew(work, made)
}

function resize({ cloud, properties }: Work, made: Server): void {
  const flavor = cloud.content.flavor(text(properties.flavor) ?? '')
  if (!flavor) throw new ResourceFailure('NotFound', 'The flavor is gone.')
  made.flavor = flavor.name
  made.spec.flavor = { vcpus: flavor.vcpus, ramMiB: flavor.ramMiB, diskGiB: flavor.diskGiB }
}

/** Cards that are described as before keep their ports; the others are unplugged, and new ones plugged in. */
function changeCards(work: Work, made: Server, before: Work['properties']): void {
  const { stack, resource } = work
  const old = maps(before.networks).map((entry, card) => ({ entry, id: made.portIds[card] }))
  const kept = new Map<number, Port>()
  for (const [card, entry] of maps(work.properties.networks).entries()) {
    const at = old.findIndex((each) => sameJson(each.entry, entry))
    const [match] = at < 0 ? [] : old.splice(at, 1)
    const port = match?.id === undefined ? undefined : stack.things.ports[match.id]
    if (port) kept.set(card, port)
  }
  const keptIds = new Set([...kept.values()].map(({ id }) => id))
  unplug(
    work,
    made.portIds.filter((id) => !keptIds.has(id)),
  )
  // What was planned for the first boot is used up.
  resource.data.ports = []
  const wanted = maps(work.properties.networks)
  const fresh = wanted.map((entry, card) => kept.get(card) ?? portsOf({ ...work, properties: { ...work.properties, networks: [entry] } }))
  const ports = wanted.length === 0 ? portsOf(work) : fresh.flat()
  plug(work, ports)
  made.portIds = ports.map(({ id }) => id)
  made.spec.nics = cardsOf(work, ports)
  made.spec.hosts = hostsOf(stack)
}

async function bootAnew({ cloud, stack }: Work, made: Server): Promise<void> {
  await guardPorts(cloud, stack)
  await onItsHost(cloud, { stack }, 'resize', async () => {
    await cloud.driver.stopServer(made.id)
    await cloud.driver.startServer(made.id, made.spec)
  })
  setServer(cloud, { stack, server: made }, { status: 'ACTIVE' })
}

async function rebuild({ cloud, stack }: Work, made: Server): Promise<void> {
  await onItsHost(cloud, { stack }, 'rebuild', async () => {
    await cloud.driver.deleteServer(made.id)
    await cloud.driver.createServer(made.spec)
  })
  setServer(cloud, { stack, server: made }, { status: 'ACTIVE' })
}
