import type { ListedEnvironment } from '#components/staff/listed-environment.ts'
import type { EnvironmentSummary } from '#lib/environments/summary.ts'
import { sentenceOf } from '../sentence.ts'

/** An environment as staff pages list it. */
export function listed(one: EnvironmentSummary): ListedEnvironment {
  const { id, phase, phaseAt, createdAt, touched, heldBy, due, reasonCode } = one
  return {
    id,
    phase,
    phaseAt,
    createdAt,
    touched,
    heldBy,
    due,
    reasonCode,
    owner: one.ownerName,
    course: one.courseTitle,
    lab: one.labTitle,
    lastUsedAt: one.lastActivityAt,
    reason: sentenceOf(reasonCode),
  }
}

export type Query = Record<string, string | string[] | undefined>

/** What stands behind the question mark, as an address. */
export function addressOf(query: Query): URLSearchParams {
  const address = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) address.append(name, one)
  return address
}
