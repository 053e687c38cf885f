import type { OpenCloud } from '../clouds.ts'
import { isHeatError, type Server, type ServerAction, type StackRef } from '../openstack-heat-client/index.ts'
import type { Power } from './decide-power.ts'

/*
 * The servers of a stack, one by one: where Heat's own suspend and resume are not the way.
 */

type State = keyof Power

// Compute API v2.1, "Server Concepts": what a server in each state is for us. What is not here is broken.
const states: Partial<Record<Server['status'], State>> = {
  ACTIVE: 'active',
  PASSWORD: 'active',
  RESCUE: 'active',
  VERIFY_RESIZE: 'active',
  SUSPENDED: 'suspended',
  SHUTOFF: 'stopped',
  SHELVED: 'stopped',
  SHELVED_OFFLOADED: 'stopped',
  BUILD: 'moving',
  HARD_REBOOT: 'moving',
  MIGRATING: 'moving',
  REBOOT: 'moving',
  REBUILD: 'moving',
  RESIZE: 'moving',
  REVERT_RESIZE: 'moving',
}

/** How many servers are in which state. */
export function powerOf(servers: readonly Pick<Server, 'status' | 'taskState'>[]): Power {
  const power: Power = { active: 0, suspended: 0, stopped: 0, moving: 0, broken: 0 }
  for (const { status, taskState } of servers) power[taskState === null ? (states[status] ?? 'broken') : 'moving'] += 1
  return power
}

export type PowerOrder = { to: 'on' } | { to: 'off'; how: 'suspend' | 'stop' | 'shelve' }

/** What has to be asked for one server; null: it is as it should be, or cannot be helped. */
export function serverAction({ status, taskState }: Pick<Server, 'status' | 'taskState'>, order: PowerOrder): ServerAction | null {
  if (taskState !== null) return null
  const state = states[status]
  if (order.to === 'off') return state === 'active' ? order.how : null
  if (state === 'suspended') return 'resume'
  if (status === 'SHUTOFF') return 'start'
  // What Nova gave up on can only be switched off and on again: its programs are gone already.
  if (status === 'ERROR') return 'reboot'
  return state === 'stopped' ? 'unshelve' : null
}

/** The state of a stack's servers. @throws HeatError */
export async function lookAtPower(ref: StackRef, { cloud, signal }: { cloud: OpenCloud; signal: AbortSignal }): Promise<Power> {
  return powerOf(await cloud.heat.serversOf(ref, { signal }))
}

/**
 * Asks Nova, for each server that is not so already. One that has changed meanwhile does not keep the others from being asked.
 * @throws HeatError the first of those that say something else than "not in this state"
 */
export async function switchPower(
  ref: StackRef,
  order: PowerOrder,
  { cloud: { heat }, signal, correlationId }: { cloud: OpenCloud; signal: AbortSignal; correlationId: string | null },
): Promise<void> {
  const call = { signal, ...(correlationId === null ? {} : { correlationId }) }
  const servers = await heat.serversOf(ref, call)
  const asked = await Promise.allSettled(
    servers.flatMap((server) => {
      const action = serverAction(server, order)
      return action === null ? [] : [heat.actOnServer(server.id, action, call)]
    }),
  )
  const failed = asked.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const grave = failed.find((error) => !isHeatError(error, 'conflict'))
  if (grave !== undefined) throw grave
  if (failed.length > 0 && failed.length === asked.length) throw failed[0]
}
