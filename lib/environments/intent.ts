/*
 * What an order writes into the row of an environment: only what is wanted. The fence moves on with every order, so that a worker in
 * mid-step may no longer write.
 */

/** A sitting that is over, or has not begun. */
export const noSitting = {
  suspendAt: null,
  limitAt: null,
  warnedAt: null,
  awakeAt: null,
  extensions: 0,
  heldHost: null,
  heldCommand: null,
} as const

/** Nothing that was tried counts any more. */
function anew(now: Date) {
  return { failures: 0, sleepFailures: 0, retryAt: null, reasonCode: null, reasonDetail: null, nextCheckAt: now, fence: { increment: 1 } }
}

/** Somebody puts it to sleep: its machines stay as they are. */
export function asleepByOrder(now: Date) {
  return { ...anew(now), ...noSitting, intent: 'suspended', sleepWhy: 'asked', sleepHow: null, phase: 'suspending', phaseAt: now } as const
}

/** Somebody wakes it. How it fell asleep stays written: it is woken the same way. */
export function awakeByOrder(now: Date) {
  const { sleepFailures: _, ...rest } = anew(now)
  return { ...rest, ...noSitting, intent: 'running', phase: 'resuming', phaseAt: now } as const
}

/** A start from the beginning, or once more: what a person's command leaves behind of failures, waiting and sleep. */
export function freshStart(now: Date) {
  return { ...anew(now), ...noSitting, sleepWhy: null, sleepHow: null, phaseAt: now } as const
}

/** New machines for old ones, which are erased first. */
export function resetByOrder(now: Date) {
  return {
    ...freshStart(now),
    intent: 'running',
    generation: { increment: 1 },
    wasReady: false,
    readyAt: null,
    touchedAt: null,
    phase: 'building',
  } as const
}
