import { type Cloud, waitUntil, wake } from '../cloud.ts'
import type { Flavor } from '../content.ts'
import { pause } from '../control/trouble.ts'
import { DriverFailure } from '../driver.ts'
import { Fault } from '../fault.ts'
import type { Server, ServerStatus, Stack } from '../state.ts'
import { noteAction } from './instance-actions.ts'

/** A server and the stack that it belongs to. */
export type Place = { stack: Stack; server: Server }

type Verb = {
  /** As Nova's refusals call it. */
  word: string
  from: ServerStatus[]
  /** The task state while it is under way (nova/compute/task_states.py). */
  task: string
  to: (cloud: Cloud) => ServerStatus
  run: (cloud: Cloud, place: Place) => Promise<void>
}

const always = (status: ServerStatus) => () => status

/** nova/compute/api.py: from which states each may begin. What is shelved here is switched off and keeps its disk. */
const verbs = {
  suspend: { word: 'suspend', from: ['ACTIVE'], task: 'suspending', to: always('SUSPENDED'), run: suspend },
  resume: { word: 'resume', from: ['SUSPENDED'], task: 'resuming', to: always('ACTIVE'), run: resume },
  stop: { word: 'stop', from: ['ACTIVE', 'ERROR'], task: 'powering-off', to: always('SHUTOFF'), run: off },
  start: { word: 'start', from: ['SHUTOFF'], task: 'powering-on', to: always('ACTIVE'), run: on },
  shelve: {
    word: 'shelve',
    from: ['ACTIVE', 'SHUTOFF', 'SUSPENDED'],
    task: 'shelving',
    to: ({ offloadsShelved }) => (offloadsShelved ? 'SHELVED_OFFLOADED' : 'SHELVED'),
    run: off,
  },
  shelveOffload: { word: 'shelveOffload', from: ['SHELVED'], task: 'shelving_offloading', to: always('SHELVED_OFFLOADED'), run: off },
  unshelve: { word: 'unshelve', from: ['SHELVED', 'SHELVED_OFFLOADED'], task: 'unshelving', to: always('ACTIVE'), run: on },
  reboot: { word: 'reboot', from: ['ACTIVE'], task: 'reboot_started', to: always('ACTIVE'), run: again },
  hardReboot: {
    word: 'reboot',
    from: ['ACTIVE', 'SHUTOFF', 'SUSPENDED', 'ERROR'],
    task: 'reboot_started_hard',
    to: always('ACTIVE'),
    run: again,
  },
} satisfies Record<string, Verb>

export type ServerVerb = keyof typeof verbs

const verbOf = (name: ServerVerb): Verb => verbs[name]

/** Nova's `task_state`: what is being done to a server just now. */
export function taskState({ status, task }: Server): string | null {
  if (task !== undefined) return verbOf(task).task
  return status === 'BUILD' ? 'spawning' : null
}

const vmStates = {
  BUILD: 'building',
  ACTIVE: 'active',
  SHUTOFF: 'stopped',
  SUSPENDED: 'suspended',
  SHELVED: 'shelved',
  SHELVED_OFFLOADED: 'shelved_offloaded',
  ERROR: 'error',
} satisfies Record<ServerStatus, string>

/** Nova's `vm_state`: what a server was last left as. */
export const vmState = ({ status }: Server): string => vmStates[status]

/**
 * Begins what Nova is asked to do with a server, and returns: while it is under way the server has a task, and its status changes
 * when it is done. Throws the Fault with which Nova refuses (nova/api/openstack/common.py,
 * raise_http_conflict_for_instance_invalid_state; recording nova-reboot-suspended-409). `requestId`: of the call that asks.
 */
export function beginAction(cloud: Cloud, place: Place, name: ServerVerb, requestId?: string): void {
  const { server } = place
  const { word, from } = verbOf(name)
  const refused = (attribute: string, state: string) =>
    new Fault(409, 'Conflict', `Cannot '${word}' instance ${server.id} while it is in ${attribute} ${state}`)
  const forbidden = name === 'suspend' && flavorOf(cloud, server)?.suspends === 'refused'
  const told = cloud.rules.take('refuse', { service: 'nova', verb: name, stack: place.stack.name })
  if (forbidden || told) throw new Fault(403, 'Forbidden', name === 'suspend' ? withoutAccelerators : notAllowed(name))
  if (!from.includes(server.status)) throw refused('vm_state', vmState(server))
  const task = taskState(server)
  if (task !== null) throw refused('task_state', task)
  server.task = name
  const ended = noteAction(cloud, server, { action: word, event: `compute_${eventNames[name]}`, requestId })
  tell(cloud, place)
  carryOut(cloud, place, { name, ended })
}

/** What Nova calls the part that a host does (nova/compute/manager.py). */
const eventNames = {
  suspend: 'suspend_instance',
  resume: 'resume_instance',
  stop: 'stop_instance',
  start: 'start_instance',
  shelve: 'shelve_instance',
  shelveOffload: 'shelve_offload_instance',
  unshelve: 'unshelve_instance',
  reboot: 'reboot_instance',
  hardReboot: 'reboot_instance',
} satisfies Record<ServerVerb, string>

/** nova/exception.py, ForbiddenWithAccelerators. */
const withoutAccelerators = 'Feature not supported with instances that have accelerators.'

/** nova/policy.py: what a policy forbids. */
const notAllowed = (name: ServerVerb) => `Policy doesn't allow os_compute_api:os-${name} to be performed.`

/** Takes up what was being done to a server when this cloud's process ended. */
export function takeUpAction(cloud: Cloud, place: Place): void {
  const { task } = place.server
  if (task === undefined) return
  const open = place.server.actions?.findLast(({ endedAt }) => endedAt === null)
  const ended = (failed: boolean) => Object.assign(open ?? {}, { endedAt: cloud.now().getTime(), failed })
  carryOut(cloud, place, { name: task, ended })
}

/** Resolves when `look`, which is asked at every change of the server, says so. See `waitUntil`. */
export function untilServer(cloud: Cloud, server: Server, how: { look: () => boolean; cancelled: AbortSignal }): Promise<void> {
  return waitUntil(cloud, keyOf(server), how)
}

const keyOf = (server: Server) => `server ${server.id}`

function carryOut(cloud: Cloud, place: Place, { name, ended }: { name: ServerVerb; ended: (failed: boolean) => void }): void {
  const { run, to } = verbOf(name)
  const work = onItsHost(cloud, place, name, () => run(cloud, place)).then(
    () => {
      ended(false)
      settle(cloud, place, { status: to(cloud), fault: undefined })
    },
    (error: unknown) => {
      // Left as it is: the next start takes it up.
      if (error instanceof Interrupted) return
      ended(true)
      // nova/compute/manager.py: what was rolled back leaves the server as it was, anything else leaves it in ERROR.
      if (error instanceof RolledBack) return settle(cloud, place, {})
      const message = error instanceof Error ? error.message : String(error)
      settle(cloud, place, { status: 'ERROR', fault: { message, at: cloud.now().getTime() } })
    },
  )
  cloud.tasks.add(work)
  void work.then(() => cloud.tasks.delete(work))
}

/** What Nova does on a server's host, later or worse than usual where this cloud was told so (rules.ts). */
export async function onItsHost(cloud: Cloud, { stack }: Pick<Place, 'stack'>, verb: string, run: () => Promise<void>): Promise<void> {
  const at = { service: 'nova', verb, stack: stack.name }
  const slow = cloud.rules.take('slow-action', at)
  const failing = cloud.rules.take('fail', at)
  await pause(cloud, slow?.ms ?? 0, cloud.closing)
  if (slow && cloud.closing.aborted) throw new Interrupted('This cloud was closed.')
  // libvirt's words, when two things are wanted of a guest that answers to neither.
  if (failing) throw new Error(failing.reason ?? 'Timed out during operation: cannot acquire state change lock')
  await run()
}

/** This cloud was closed before the time had come: the next start does it again. */
export class Interrupted extends Error {}

function settle(cloud: Cloud, place: Place, change: Partial<Server>): void {
  // A server that was deleted meanwhile has no state any more.
  if (place.stack.things.servers[place.server.id] !== place.server) return
  Object.assign(place.server, { ...change, task: undefined })
  tell(cloud, place)
}

function tell(cloud: Cloud, { stack, server }: Place): void {
  server.changedAt = cloud.now().getTime()
  cloud.state.changed(stack)
  wake(cloud, keyOf(server))
}

/** Notes what became of a server outside of an action. */
export function setServer(cloud: Cloud, place: Place, change: Pick<Server, 'status'> & Partial<Server>): void {
  Object.assign(place.server, change)
  tell(cloud, place)
}

/** nova.exception.InstanceFaultRollback */
class RolledBack extends Error {}

function flavorOf(cloud: Cloud, server: Server): Flavor | undefined {
  return cloud.content.flavor(server.flavor)
}

async function suspend(cloud: Cloud, { server }: Place): Promise<void> {
  // nova/virt/libvirt/driver.py, _detach_mediated_devices: found out only on the host, and told nobody but the server's action list.
  if (flavorOf(cloud, server)?.suspends === 'rolled back')
    throw new RolledBack('Suspend is not supported for instances having attached vGPUs.')
  await cloud.driver.freezeServer(server.id)
}

/** A machine that lost its memory while it was suspended, because its host was switched off, boots. */
async function resume(cloud: Cloud, { server }: Place): Promise<void> {
  try {
    await cloud.driver.thawServer(server.id)
  } catch (error) {
    if (!(error instanceof DriverFailure && error.code === 'machine.off')) throw error
    await cloud.driver.startServer(server.id)
  }
  server.cold = undefined
}

async function off(cloud: Cloud, { server }: Place): Promise<void> {
  await cloud.driver.stopServer(server.id)
  server.cold = undefined
}

function on(cloud: Cloud, { server }: Place): Promise<void> {
  return cloud.driver.startServer(server.id)
}

async function again(cloud: Cloud, place: Place): Promise<void> {
  await off(cloud, place)
  await on(cloud, place)
}
