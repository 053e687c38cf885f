import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { issueTerminalTicket } from '../access/tickets.ts'
import { fail } from '../errors.ts'
import { hostsOf } from './hosts.ts'
import { ownEnvironment } from './reset.ts'

export type TerminalOrder = {
  /** `hosts[].id` in lab.yaml. */
  host: string
  /** The generation that the page shows; default: the one that stands. */
  generation?: number
}

/** A ticket and what it is for: the gateway compares all of it. */
export type TerminalTicket = { ticket: string; environment: string; generation: number; host: string; mode: 'write' }

/**
 * A ticket for one terminal on one of the person's own machines, good for 60 s.
 * @throws Failure access.denied, environment.not_found (no such machine, or a generation that is no more), environment.not_ready
 */
export async function terminalTicket(actor: LaunchActor, { host, generation }: TerminalOrder): Promise<TerminalTicket> {
  const environment = await ownEnvironment(actor)
  authorise(actor, 'environment.use', environment)
  if (environment.deletedAt !== null || (generation !== undefined && generation !== environment.generation)) {
    throw fail('environment.not_found', { internal: 'another generation' })
  }
  const hosts = await hostsOf(environment.id, environment.generation)
  if (hosts.length === 0) throw fail('environment.not_ready')
  if (!hosts.some(({ name }) => name === host)) throw fail('environment.not_found', { internal: 'no such host' })
  const place = { environmentId: environment.id, generation: environment.generation, hostName: host, mode: 'write' as const }
  const ticket = await issueTerminalTicket(actor, place)
  return { ticket, environment: place.environmentId, generation: place.generation, host, mode: place.mode }
}
