import { fail } from '../errors.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { Phase as PhaseNames } from '../generated/prisma/enums.ts'
import type { Phase } from './phase.ts'

/** Which environments are meant. Every condition that is given must hold; without `phases` all but those that were deleted. */
export type EnvironmentFilter = {
  ids?: readonly string[]
  /** Names of phases. */
  phases?: readonly string[]
  courseId?: string
  labId?: string
  cloudId?: string
  /** Not used, woken or handed over for longer than this, in milliseconds. */
  idleMs?: number
  /** Part of the owner's name or e-mail address. */
  owner?: string
  /** The code of the reason (lib/errors.ts) that it shows. */
  reasonCode?: string
  /** A deletion was ordered that has not begun. */
  marked?: boolean
}

export const phaseNames: readonly Phase[] = Object.values(PhaseNames)
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function isId(text: string): boolean {
  return uuid.test(text)
}

/** The same as a condition on rows. @throws Failure input.invalid (no such phase, not an id) */
export function whereOf(filter: EnvironmentFilter, now: Date): Prisma.EnvironmentWhereInput {
  const { ids, courseId, labId, cloudId, idleMs, owner, reasonCode, marked } = filter
  const wrong = [...(ids ?? []), courseId, labId, cloudId].find((id) => id !== undefined && !isId(id))
  if (wrong !== undefined) throw fail('input.invalid', { detail: `"${wrong}" is not an id.` })
  const phases = checkedPhases(filter.phases)
  const conditions: (Prisma.EnvironmentWhereInput | false)[] = [
    phases === null ? { deletedAt: null } : { phase: { in: phases } },
    ids !== undefined && { id: { in: [...ids] } },
    courseId !== undefined && { courseId },
    labId !== undefined && { labVersion: { labId } },
    cloudId !== undefined && { cloudId },
    reasonCode !== undefined && { reasonCode },
    owner !== undefined && owner.trim() !== '' && ownedBy(owner.trim()),
    idleMs !== undefined && idleSince(new Date(now.getTime() - idleMs)),
    marked === true && { deleteAt: { gt: now }, intent: { not: 'deleted' } },
  ]
  return { AND: conditions.filter((condition) => condition !== false) }
}

function checkedPhases(asked: readonly string[] | undefined): Phase[] | null {
  if (asked === undefined || asked.length === 0) return null
  return asked.map((word) => {
    const phase = phaseNames.find((name) => name === word)
    if (phase === undefined) throw fail('input.invalid', { detail: `The phases are: ${phaseNames.join(', ')}.` })
    return phase
  })
}

function ownedBy(text: string): Prisma.EnvironmentWhereInput {
  // Signs of a pattern stand for themselves.
  const contains = { contains: text.replaceAll(/[\\%_]/g, '\\$&'), mode: 'insensitive' } as const
  return { members: { some: { role: 'owner', user: { person: { OR: [{ name: contains }, { email: contains }] } } } } }
}

/** Each of these is a sign of somebody: a key or click, a waking, the first handing over, the wish for it. */
function idleSince(before: Date): Prisma.EnvironmentWhereInput {
  const quiet = (field: 'lastActivityAt' | 'awakeAt' | 'readyAt') => ({ OR: [{ [field]: null }, { [field]: { lt: before } }] })
  return { createdAt: { lt: before }, AND: [quiet('lastActivityAt'), quiet('awakeAt'), quiet('readyAt')] }
}
