import type { CommandLineActor, LaunchActor, OperatorActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import { fail } from '../errors.ts'
import { Phase as PhaseNames } from '../generated/prisma/enums.ts'
import { ownerKeyOf } from './ensure.ts'
import type { Phase } from './phase.ts'

/** One line of the operators' list. Times are ISO 8601 in UTC. */
export type EnvironmentSummary = {
  id: string
  phase: Phase
  phaseAt: string
  generation: number
  ownerId: string | null
  ownerName: string | null
  courseTitle: string | null
  labTitle: string
  cloudName: string | null
  createdAt: string
  lastActivityAt: string | null
  /** Ordered deletion that can still be undone until then. */
  deleteAt: string | null
  reasonCode: string | null
  /** The cloud's own words. */
  reasonDetail: string | null
}

export type EnvironmentFilter = {
  /** Default: every phase but `deleted`. */
  phase?: string
  /** Default 500. */
  limit?: number
}

/** All environments, newest first, for operators. @throws Failure access.denied, input.invalid (no such phase) */
export async function listEnvironments(
  actor: OperatorActor | CommandLineActor,
  filter: EnvironmentFilter = {},
): Promise<EnvironmentSummary[]> {
  authorise(actor, 'environment.list_all')
  const phaseNames = Object.values(PhaseNames)
  const phase = phaseNames.find((name) => name === filter.phase)
  if (filter.phase !== undefined && !phase) throw fail('input.invalid', { detail: `The phases are: ${phaseNames.join(', ')}.` })
  const rows = await prisma().environment.findMany({
    where: phase ? { phase } : { deletedAt: null },
    orderBy: { createdAt: 'desc' },
    take: Math.min(filter.limit ?? 500, 5_000),
    include: {
      course: { select: { title: true, label: true } },
      labVersion: { select: { title: true } },
      cloud: { select: { name: true } },
      members: { where: { role: 'owner' }, take: 1, select: { userId: true, user: { select: { person: { select: { name: true } } } } } },
    },
  })
  return rows.map((row) => ({
    id: row.id,
    phase: row.phase,
    phaseAt: row.phaseAt.toISOString(),
    generation: row.generation,
    ownerId: row.members[0]?.userId ?? null,
    ownerName: row.members[0]?.user.person?.name ?? null,
    courseTitle: row.course?.title ?? row.course?.label ?? null,
    labTitle: row.labVersion.title,
    cloudName: row.cloud?.name ?? null,
    createdAt: row.createdAt.toISOString(),
    lastActivityAt: row.lastActivityAt?.toISOString() ?? null,
    deleteAt: row.deleteAt?.toISOString() ?? null,
    reasonCode: row.reasonCode,
    reasonDetail: row.reasonDetail,
  }))
}

/** Somebody in the course, and their machines in the place of the launch. `since` is ISO 8601. */
export type RosterEntry = {
  userId: string
  /** Null where the platform did not say, or the person was erased. */
  name: string | null
  role: 'learner' | 'instructor'
  environment: { id: string; phase: Phase; since: string } | null
}

const MOST_MEMBERS = 5_000

/** Who is in the course and how far their machines in this place are; learners first, by name. @throws Failure access.denied */
export async function courseRoster(actor: LaunchActor): Promise<RosterEntry[]> {
  const { courseId, resourceLinkId } = actor
  authorise(actor, 'environment.list_course', { courseId })
  if (courseId === null) return []
  const [members, environments] = await Promise.all([
    prisma().membership.findMany({
      where: { courseId, user: { erasedAt: null, mergedIntoId: null } },
      take: MOST_MEMBERS,
      select: { userId: true, role: true, user: { select: { person: { select: { name: true } } } } },
    }),
    prisma().environment.findMany({
      where: { resourceLinkId, deletedAt: null },
      select: { id: true, ownerKey: true, phase: true, phaseAt: true },
    }),
  ])
  const byOwner = new Map(environments.map((environment) => [environment.ownerKey, environment]))
  const entries = members.map(({ userId, role, user }): RosterEntry => {
    const found = byOwner.get(ownerKeyOf(resourceLinkId, userId))
    const environment = found ? { id: found.id, phase: found.phase, since: found.phaseAt.toISOString() } : null
    return { userId, name: user.person?.name ?? null, role, environment }
  })
  const rank = ({ role }: RosterEntry) => (role === 'learner' ? 0 : 1)
  return entries.sort((one, other) => rank(one) - rank(other) || (one.name ?? '~').localeCompare(other.name ?? '~', 'en'))
}
