import { endVolumes } from '../cinder/volumes.ts'
import type { Cloud } from '../cloud.ts'
import type { Place } from './server-actions.ts'

/** Takes a server away with its disk. Ports that were made for it go too; those that it was given are free again. */
export async function deleteServer(cloud: Cloud, { stack, server }: Place): Promise<void> {
  await cloud.driver.deleteServer(server.id)
  for (const portId of server.portIds) {
    const port = stack.things.ports[portId]
    if (port?.name === '' && port.deviceId === server.id) delete stack.things.ports[portId]
    else if (port) Object.assign(port, { deviceId: '', deviceOwner: '' })
  }
  delete stack.things.servers[server.id]
  cloud.state.changed(stack)
  await endVolumes(cloud, server.volumes ?? [])
}
