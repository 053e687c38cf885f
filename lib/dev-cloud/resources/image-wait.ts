import type { Work } from '../cloud.ts'
import { setResource } from '../engine/records.ts'
import { ResourceFailure } from '../fault.ts'
import { setServer } from '../nova/server-actions.ts'
import type { Server } from '../state.ts'

/**
 * Resolves once the server's image is there. An image that is still being built is one that Glance has and cannot give yet: its server
 * stays in BUILD, and the resource says how far it is, with an event for each step. Throws as for a server whose host could not get the
 * image (ResourceInError), and `Cancelled`.
 */
export async function untilImage({ cloud, stack, resource }: Work, server: Server, cancelled: AbortSignal): Promise<void> {
  const { image } = server.spec
  let step = ''
  const tell = () => {
    const words = cloud.images.progress(image)
    const reason = `Image ${image} is being built${words === null ? '' : `, ${words}`}`
    if (resource.reason === reason) return
    // Percents are no events: Heat keeps a thousand of them.
    const now = words?.split(':')[0] ?? ''
    if (now !== step) setResource(cloud, stack, resource, { action: resource.action, status: 'IN_PROGRESS', reason })
    else Object.assign(resource, { reason })
    step = now
    cloud.state.changed(stack)
  }
  try {
    await cloud.images.ready(image, tell, cancelled)
  } catch (error) {
    if (cancelled.aborted || cloud.closing.aborted) throw new ResourceFailure('Cancelled', 'cancelled')
    const message = `Image ${image} could not be built: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`
    setServer(cloud, { stack, server }, { status: 'ERROR', fault: { message, at: cloud.now().getTime() } })
    throw new ResourceFailure('ResourceInError', `Went to status ERROR due to "Message: ${message}, Code: 500"`)
  }
  Object.assign(resource, { reason: 'state changed' })
}
