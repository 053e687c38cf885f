/*
 * Where somebody is in a lab's guide, kept in this browser. Where nothing may be kept, the address still says it.
 */

const keyOf = (labId: string) => `astrolabe.step.${labId}`

/** The step that was shown last, from 0; null where that is not known or there is no such step any more. */
export function recallStep(labId: string, count: number): number | null {
  try {
    const text = window.localStorage.getItem(keyOf(labId))
    const step = text === null ? Number.NaN : Number(text)
    return Number.isInteger(step) && step >= 0 && step < count ? step : null
  } catch {
    return null
  }
}

export function keepStep(labId: string, step: number): void {
  try {
    window.localStorage.setItem(keyOf(labId), String(step))
  } catch {
    // Not kept here.
  }
}
