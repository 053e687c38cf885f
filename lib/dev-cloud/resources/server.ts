import { endVolumes } from '../cinder/volumes.ts'
import { ensureSpace, type ResourceType, type Step, type Work } from '../cloud.ts'
import { Fault, ResourceFailure } from '../fault.ts'
import { houseServer } from '../neutron/home-network.ts'
import { guardPorts } from '../neutron/port-filters.ts'
import { addressesAttribute, networksAttribute } from '../nova/address-attributes.ts'
import { addressesOf, serverBody, shownStatus } from '../nova/nova-shapes.ts'
import { beginAction, Interrupted, onItsHost, setServer, untilServer } from '../nova/server-actions.ts'
import type { Server } from '../state.ts'
import { untilImage } from './image-wait.ts'
import { novaFailure, novaRefusal } from './refusals.ts'
import { buildServer } from './server-build.ts'
import { unplug } from './server-cards.ts'
import { changeServer, replacesServer } from './server-change.ts'
import { checkServer } from './server-checks.ts'
import { serverSchema } from './server-schema.ts'

const server: ResourceType = {
  ...serverSchema,
  house: houseServer,
  validate: checkServer,
  async create(work, cancelled) {
    const { cloud, stack, resource } = work
    const made = stack.things.servers[resource.plannedId] ?? buildServer(work)
    resource.physicalId = made.id
    cloud.state.changed(stack)
    await ensureSpace(cloud, stack)
    if (cloud.images.status(made.spec.image) !== 'active') await untilImage(work, made, cancelled)
    try {
      await guardPorts(cloud, stack)
      await onItsHost(cloud, { stack }, 'create', () => cloud.driver.createServer(made.spec))
    } catch (error) {
      if (error instanceof Interrupted) throw error
      const message = error instanceof Error ? error.message : String(error)
      setServer(cloud, { stack, server: made }, { status: 'ERROR', fault: { message, at: cloud.now().getTime() } })
      throw new ResourceFailure('ResourceInError', `Went to status ERROR due to "Message: ${message}, Code: 500"`)
    }
    setServer(cloud, { stack, server: made }, { status: 'ACTIVE' })
  },
  replaces: replacesServer,
  update: changeServer,
  /** Ports that are given are free for the server that takes its place. */
  makeRoom(work) {
    unplug(work, work.stack.things.servers[work.resource.plannedId]?.portIds ?? [])
  },
  async remove(work) {
    const { cloud, stack, resource } = work
    const made = stack.things.servers[resource.plannedId]
    if (!made) return
    await cloud.driver.deleteServer(made.id)
    unplug(work, made.portIds)
    delete stack.things.servers[resource.plannedId]
    await endVolumes(cloud, made.volumes ?? [])
    await guardPorts(cloud, stack)
  },
  async suspend(work, step) {
    const made = serverOf(work)
    if (made.status !== 'SUSPENDED') ask(work, step, 'suspend')
    // heat/engine/resources/openstack/nova/server.py, check_suspend_complete: whatever may still become SUSPENDED is waited for.
    await untilServer(work.cloud, made, {
      cancelled: step.cancelled,
      look: () => {
        const status = shownStatus(made)
        if (status !== 'ACTIVE' && !deferred.includes(status)) throw unknownStatus(`Suspend of server ${made.name} failed`, status)
        return status === 'SUSPENDED'
      },
    })
  },
  async resume(work, step) {
    const made = serverOf(work)
    if (made.status !== 'ACTIVE') ask(work, step, 'resume')
    // heat/engine/clients/os/nova.py, _check_active
    await untilServer(work.cloud, made, {
      cancelled: step.cancelled,
      look: () => {
        const status = shownStatus(made)
        if (status === 'ERROR')
          throw new ResourceFailure(
            'ResourceInError',
            `Went to status ERROR due to "Message: ${made.fault?.message ?? 'Unknown'}, Code: 500"`,
          )
        if (status !== 'ACTIVE' && !deferred.includes(status)) throw unknownStatus('Server is not active', status)
        return status === 'ACTIVE'
      },
    })
  },
  check(work) {
    const status = shownStatus(serverOf(work))
    if (status !== 'ACTIVE') throw new ResourceFailure('Error', `'status': expected 'ACTIVE', got '${status}'`)
  },
  show: ({ cloud, stack, resource }) => {
    const made = stack.things.servers[resource.plannedId]
    if (!made) return {}
    // Heat asks Nova at microversion 2.91 here (openstack/README.md, fact 31).
    return { ...serverBody(cloud, stack, made, 91), os_collect_config: {} }
  },
  attribute(work, name) {
    const made = work.stack.things.servers[work.resource.plannedId]
    if (!made) return null
    if (name === 'first_address') return Object.values(addressesOf(work.stack, made))[0]?.[0]?.addr ?? ''
    if (name === 'networks') return networksAttribute(work.stack, made)
    if (name === 'addresses') return addressesAttribute(work.cloud, work.stack, made)
    if (name === 'instance_name') return `instance-${made.id.slice(0, 8)}`
    if (name === 'console_urls') return {}
    return server.show(work)[name]
  },
}

/** heat/engine/clients/os/nova.py, deferred_server_statuses */
const deferred = [
  'BUILD',
  'HARD_REBOOT',
  'PASSWORD',
  'REBOOT',
  'RESCUE',
  'RESIZE',
  'REVERT_RESIZE',
  'SHUTOFF',
  'SUSPENDED',
  'VERIFY_RESIZE',
]

function unknownStatus(what: string, status: string): ResourceFailure {
  return new ResourceFailure('ResourceUnknownStatus', `${what} - Unknown status ${status} due to "Unknown"`)
}

/** Asks Nova; what was asked before a restart of this cloud is under way already. */
function ask(work: Work, step: Step, verb: 'suspend' | 'resume'): void {
  const made = serverOf(work)
  if (step.again && made.task === verb) return
  try {
    beginAction(work.cloud, { stack: work.stack, server: made }, verb)
  } catch (error) {
    throw error instanceof Fault ? novaRefusal(error, work) : error
  }
}

function serverOf(work: Work): Server {
  const made = work.stack.things.servers[work.resource.plannedId]
  if (!made) throw novaFailure('NotFound', `Instance ${work.resource.plannedId} could not be found.`, work, 404)
  return made
}

export const serverTypes: Record<string, ResourceType> = { 'OS::Nova::Server': server }
