import type { FailureCode } from '../errors.ts'
import type { SleepHow } from '../labs/lifecycle.ts'

export type { SleepHow } from '../labs/lifecycle.ts'

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

/**
 * What its owner may do about it, by phase. `start` is "try again"; `reset` gives new machines and erases the old ones; `wake` and
 * `sleep` keep them. More time is asked for where a deadline offers it.
 */
export type OwnerAction = 'start' | 'reset' | 'wake' | 'sleep' | 'extend'

export type Tone = 'neutral' | 'busy' | 'ok' | 'rest' | 'bad'

type PhaseFacts = { tone: Tone; moving: boolean; actions: readonly OwnerAction[] }

const phases = {
  queued: { tone: 'neutral', moving: true, actions: [] },
  building: { tone: 'busy', moving: true, actions: ['reset'] },
  starting: { tone: 'busy', moving: true, actions: ['reset'] },
  ready: { tone: 'ok', moving: false, actions: ['sleep', 'extend', 'reset'] },
  suspending: { tone: 'rest', moving: true, actions: ['wake', 'reset'] },
  suspended: { tone: 'rest', moving: false, actions: ['wake', 'reset'] },
  resuming: { tone: 'busy', moving: true, actions: ['reset'] },
  deleting: { tone: 'neutral', moving: true, actions: [] },
  deleted: { tone: 'neutral', moving: false, actions: ['start'] },
  lost: { tone: 'bad', moving: false, actions: ['reset'] },
  failed: { tone: 'bad', moving: false, actions: ['start', 'reset'] },
} as const satisfies Record<Phase, PhaseFacts>

/** Everything known about a phase: its tone, whether something is in motion, what its owner may do. */
export function phaseFacts(phase: Phase): PhaseFacts {
  return phases[phase]
}

/** What its owner may do now. In line for a reason, "try again" asks at once instead of at the next turn. */
export function ownerActions({ phase, reasonCode }: { phase: Phase; reasonCode: string | null }): readonly OwnerAction[] {
  return phase === 'queued' && reasonCode !== null ? ['start'] : phaseFacts(phase).actions
}

/** One part of what is being built: a resource of the stack, in the order in which it began. */
export type PartView = {
  name: string
  /** Heat's type, e.g. `OS::Nova::Server`. */
  type: string
  state: 'waiting' | 'busy' | 'done' | 'failed'
  startedAt: string | null
  finishedAt: string | null
  /** What the cloud says it waits for, in the cloud's words; null: nothing out of the ordinary. */
  note: string | null
}

export type HostView = {
  /** `hosts[].id` in lab.yaml. */
  name: string
  label: string
}

/** Nobody used them; the sitting was at its end; somebody said so. */
export type SleepWhy = 'idle' | 'limit' | 'asked'

/** When machines that are awake fall asleep if nothing is done. Times are ISO 8601 in UTC. */
export type DeadlineView = {
  at: string
  why: 'idle' | 'limit'
  /** From then on the page, its title and the terminals say so. */
  warnFrom: string
  how: SleepHow
  /** More time, where the lab offers it: `left` times in this sitting, from `from` on. */
  extend: { byMs: number; left: number; from: string } | null
  /** A program that keeps them awake meanwhile. */
  heldBy: { host: string; command: string } | null
}

/** How long what is in motion usually takes, from past runs of the same lab on the same cloud. */
export type EstimateView = {
  usualMs: number
  /** Nine of ten runs lay between these. */
  fromMs: number
  toMs: number
  runs: number
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
  /** Null unless it is awake, and where its lab never lets it sleep. */
  deadline: DeadlineView | null
  /** How and why it falls asleep, sleeps, or has slept until it began to wake; null otherwise. */
  sleep: { how: SleepHow; why: SleepWhy } | null
  /** Since when what is in motion is in motion; null while nothing is. */
  movingSince: string | null
  /** Null while nothing is in motion, and where too little is known to say. */
  estimate: EstimateView | null
  /** A deletion that was announced: from `at` on; until then it can be taken back. */
  deletion: { at: string; reason: string } | null
  actions: readonly OwnerAction[]
}
