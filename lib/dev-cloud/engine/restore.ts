import { type Cloud, ensureSpace, joinNetworks } from '../cloud.ts'
import { DriverFailure } from '../driver.ts'
import { takeUpAction } from '../nova/server-actions.ts'
import type { Server, Stack } from '../state.ts'

/** Puts a stack's space, networks and machines back as the records say, as far as the driver does not still have them. */
export async function restore(cloud: Cloud, stack: Stack): Promise<void> {
  const { subnets, servers } = stack.things
  if (Object.keys(subnets).length === 0 && Object.keys(servers).length === 0) return
  try {
    if (stack.action === 'CREATE' && stack.status === 'IN_PROGRESS') await startOver(cloud, stack)
    await ensureSpace(cloud, stack)
    await Promise.all(
      Object.values(subnets).map(({ id, cidr, gateway, pools }) =>
        cloud.driver.createNetwork(stack.id, { id, cidr, gateway: gateway ?? pools[0]?.start ?? '' }),
      ),
    )
    await joinNetworks(cloud, stack)
    await Promise.all(
      Object.values(servers)
        .filter((server) => server.status === 'ACTIVE')
        .map((server) => cloud.driver.createServer(server.spec)),
    )
    for (const server of Object.values(servers)) await giveVolumes(cloud, server)
    for (const server of Object.values(servers)) takeUpAction(cloud, { stack, server })
  } catch (error) {
    cloud.log(`stack ${stack.name}: its machines are not back: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What was being given to a machine, or taken from it, when this cloud's process ended: it has what the records say. */
async function giveVolumes(cloud: Cloud, { id, status, spec }: Server): Promise<void> {
  if (status === 'BUILD' || status === 'ERROR') return
  for (const volume of spec.volumes ?? [])
    await cloud.driver.attachVolume(id, volume).catch((error: unknown) => {
      // One that is gone, or a volume that is, keeps no other from coming back.
      if (!(error instanceof DriverFailure)) throw error
      cloud.log(`server ${spec.name}: volume ${volume.id} is not back: ${error.message}`)
    })
}

/**
 * A machine that came up while nobody listened has spoken its one signal into the void. Nobody uses a stack that is still being
 * created, so its machines are made anew and everything they said is forgotten: they will say it again.
 */
async function startOver(cloud: Cloud, stack: Stack): Promise<void> {
  for (const { data } of Object.values(stack.resources)) delete data.signals
  await Promise.all(Object.keys(stack.things.servers).map((id) => cloud.driver.deleteServer(id)))
}
