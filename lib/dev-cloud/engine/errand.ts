import type { Cloud, Work } from '../cloud.ts'
import type { Trouble } from '../control/trouble.ts'
import type { Action } from '../state.ts'
import type { StackAction } from './actions.ts'
import type { Outcome } from './run.ts'

/** What a run over a stack carries with it, down into the stacks that are nested in it. `action`: what the stack's state says meanwhile. */
export type Errand = { cloud: Cloud; outcome: Outcome; trouble: Trouble; nest: Nest; action: Action }

/** What is done to a resource that is a stack of its own. All reject with why it failed. */
export type Nest = {
  create(errand: Errand, work: Work): Promise<void>
  update(errand: Errand, work: Work): Promise<void>
  act(errand: Errand, work: Work, run: { action: StackAction; takenUp: boolean }): Promise<void>
  remove(errand: Errand, work: Work): Promise<void>
}
