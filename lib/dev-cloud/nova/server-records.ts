import type { Cloud } from '../cloud.ts'
import type { KnownMachine } from '../driver.ts'
import type { State } from '../state.ts'
import type { Place } from './server-actions.ts'

/** What the records say of machines that have booted once. */
export function knownMachines(state: State): KnownMachine[] {
  const servers = [...state.stacks.values()].flatMap(({ things }) => Object.values(things.servers))
  const states = { ACTIVE: 'on', ERROR: 'on', SUSPENDED: 'frozen', SHUTOFF: 'off', SHELVED: 'off', SHELVED_OFFLOADED: 'off' } as const
  return servers.flatMap(({ spec, status, cold }) => (status === 'BUILD' ? [] : [{ spec, state: cold ? 'off' : states[status] }]))
}

/** Suspended machines lose their memory when they are powered off: they are started, not thawed, when they are resumed. */
export function noteColdMachines(cloud: Cloud): void {
  for (const stack of cloud.state.stacks.values()) {
    for (const server of Object.values(stack.things.servers)) {
      if (server.status !== 'SUSPENDED') continue
      server.cold = true
      cloud.state.changed(stack)
    }
  }
}

/** Every server of the project. */
export function allServers(cloud: Cloud): Place[] {
  return [...cloud.state.stacks.values()].flatMap((stack) => Object.values(stack.things.servers).map((server) => ({ stack, server })))
}
