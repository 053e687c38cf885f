import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import { failureRow, isFailureCode } from '../errors.ts'
import type { Phase } from './phase.ts'
import { ownEnvironment } from './reset.ts'

/** One thing that happened to an environment, as its owner reads it. Times are ISO 8601 in UTC. */
export type HistoryEvent = {
  id: string
  at: string
  generation: number
  /** requested, phase, start, reset, sleep, wake, warned, extend, held, delete, undelete. */
  kind: string
  phase: Phase | null
  /** Why, where something went wrong. */
  sentence: string | null
  /** The cloud's own words, or the reason that an operator gave. */
  detail: string | null
  /** Null: nobody did, it came about. */
  actor: 'you' | 'somebody else' | null
}

const MOST_EVENTS = 300

/** What happened to the person's own environment, newest first. @throws Failure access.denied, environment.not_found */
export async function environmentHistory(actor: LaunchActor): Promise<HistoryEvent[]> {
  const environment = await ownEnvironment(actor)
  authorise(actor, 'environment.view', environment)
  const events = await prisma().environmentEvent.findMany({
    where: { environmentId: environment.id },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: MOST_EVENTS,
  })
  return events.map(({ id, at, generation, kind, phase, code, detail, actorId }) => ({
    id,
    at: at.toISOString(),
    generation,
    kind,
    phase,
    sentence: code !== null && isFailureCode(code) ? failureRow(code).says : null,
    detail,
    actor: actorId === null ? null : actorId === actor.userId ? 'you' : 'somebody else',
  }))
}
