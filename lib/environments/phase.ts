import type { FailureCode } from '../errors.ts'

/*
 * What people see of an environment. Pure and small: this file is also part of the browser's code.
 */

export type Phase =
  | 'queued'
  | 'building'
  | 'starting'
  | 'ready'
  | 'suspending'
  | 'suspended'
  | 'resuming'
  | 'deleting'
  | 'deleted'
  | 'lost'
  | 'failed'

/** What its owner may do about it, by phase. `start` is "try again"; `reset` gives new machines and erases the old ones. */
export type OwnerAction = 'start' | 'reset'

export type Tone = 'neutral' | 'busy' | 'ok' | 'rest' | 'bad'

type PhaseFacts = { tone: Tone; moving: boolean; actions: readonly OwnerAction[] }

const phases = {
  queued: { tone: 'neutral', moving: true, actions: [] },
  building: { tone: 'busy', moving: true, actions: ['reset'] },
  starting: { tone: 'busy', moving: true, actions: ['reset'] },
  ready: { tone: 'ok', moving: false, actions: ['reset'] },
  suspending: { tone: 'rest', moving: true, actions: [] },
  suspended: { tone: 'rest', moving: false, actions: ['reset'] },
  resuming: { tone: 'busy', moving: true, actions: [] },
  deleting: { tone: 'neutral', moving: true, actions: [] },
  deleted: { tone: 'neutral', moving: false, actions: ['start'] },
  lost: { tone: 'bad', moving: false, actions: ['reset'] },
  failed: { tone: 'bad', moving: false, actions: ['start', 'reset'] },
} as const satisfies Record<Phase, PhaseFacts>

/** Everything known about a phase: its tone, whether something is in motion, what its owner may do. */
export function phaseFacts(phase: Phase): PhaseFacts {
  return phases[phase]
}

/** One part of what is being built: a resource of the stack, in the order in which it began. */
export type PartView = {
  name: string
  /** Heat's type, e.g. `OS::Nova::Server`. */
  type: string
  state: 'waiting' | 'busy' | 'done' | 'failed'
  startedAt: string | null
  finishedAt: string | null
}

export type HostView = {
  /** `hosts[].id` in lab.yaml. */
  name: string
  label: string
}

/**
 * An environment as its owner's page shows it: pushed whole at every change, so that no order of messages can mislead.
 * Times are ISO 8601 in UTC.
 */
export type EnvironmentView = {
  id: string
  generation: number
  phase: Phase
  phaseAt: string
  /** When this generation was asked for. */
  startedAt: string
  readyAt: string | null
  parts: PartView[]
  /** Empty until the cloud has told where the machines are; a terminal may be opened for each as soon as it is here. */
  hosts: HostView[]
  /** Why, where the phase needs a reason: the sentence is for the person, detail is the cloud's own words. */
  reason: { code: FailureCode; sentence: string; detail: string | null } | null
  actions: readonly OwnerAction[]
}
