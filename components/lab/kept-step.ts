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

const visitedKeyOf = (labId: string) => `astrolabe.visited.${labId}`

/** The ids of the steps that were shown here. */
export function recallVisited(labId: string): string[] {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(visitedKeyOf(labId)) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

/** @returns all of them, with this one */
export function keepVisited(labId: string, stepId: string): string[] {
  const visited = [...new Set([...recallVisited(labId), stepId])]
  try {
    window.localStorage.setItem(visitedKeyOf(labId), JSON.stringify(visited))
  } catch {
    // Not kept here.
  }
  return visited
}

const languageKeyOf = (labId: string) => `astrolabe.guide-language.${labId}`

/** The language somebody chose for a lab's guide; null: the launch's is as good as any. */
export function recallLanguage(labId: string): string | null {
  try {
    return window.localStorage.getItem(languageKeyOf(labId))
  } catch {
    return null
  }
}

export function keepLanguage(labId: string, language: string): void {
  try {
    window.localStorage.setItem(languageKeyOf(labId), language)
  } catch {
    // Not kept here.
  }
}
