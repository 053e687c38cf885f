import { fail } from '../errors.ts'
import type { Actor } from './actor.ts'

/*
 * Who may do what, in one table. Commands call `authorise` in their first line, so that pages, sockets, workers and the command line
 * obey the same rules.
 */

export type Ability =
  | 'environment.view'
  | 'environment.use'
  | 'environment.start'
  | 'environment.reset'
  | 'environment.sleep'
  | 'environment.wake'
  | 'environment.extend'
  | 'environment.list_course'
  | 'environment.list_all'
  | 'environment.delete'
  | 'lab.choose'
  | 'platform.manage'
  | 'operator.invite'

type Who = 'learner' | 'instructor' | 'operator' | 'command_line'

/** `own`: theirs, in the place they launched into. `course`: of the course they launched into. `place`: that place itself. */
type Reach = 'own' | 'course' | 'place' | 'any'

const table: Record<Ability, Partial<Record<Who, Reach>>> = {
  'environment.view': { learner: 'own', instructor: 'own', operator: 'any', command_line: 'any' },
  'environment.use': { learner: 'own', instructor: 'own' },
  'environment.start': { learner: 'own', instructor: 'own' },
  'environment.reset': { learner: 'own', instructor: 'own', operator: 'any', command_line: 'any' },
  'environment.sleep': { learner: 'own', instructor: 'own', operator: 'any', command_line: 'any' },
  'environment.wake': { learner: 'own', instructor: 'own', operator: 'any', command_line: 'any' },
  'environment.extend': { learner: 'own', instructor: 'own' },
  'environment.list_course': { instructor: 'course' },
  'environment.list_all': { operator: 'any', command_line: 'any' },
  'environment.delete': { operator: 'any', command_line: 'any' },
  'lab.choose': { instructor: 'place' },
  'platform.manage': { operator: 'any', command_line: 'any' },
  'operator.invite': { operator: 'any', command_line: 'any' },
}

/** What an ability is wanted for. What is left out matches nothing but `any`. */
export type Thing = {
  /** The people it belongs to. */
  memberIds?: readonly string[]
  courseId?: string | null
  resourceLinkId?: string | null
}

/** Whether `actor` has `ability` over `thing`. */
export function can(actor: Actor, ability: Ability, thing: Thing = {}): boolean {
  const reach = table[ability][actor.kind === 'launch' ? actor.role : actor.kind]
  if (reach === undefined) return false
  if (reach === 'any') return true
  if (actor.kind !== 'launch') return false
  if (reach === 'course') return actor.courseId !== null && thing.courseId === actor.courseId
  const here = thing.resourceLinkId === actor.resourceLinkId
  return reach === 'place' ? here : here && (thing.memberIds ?? []).includes(actor.userId)
}

/** @throws access.denied */
export function authorise(actor: Actor, ability: Ability, thing: Thing = {}): void {
  if (!can(actor, ability, thing)) throw fail('access.denied', { internal: ability })
}
