import type { CommandLineActor, LaunchActor, OperatorActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import { ownerKeyOf } from './ensure.ts'
import { type EnvironmentFilter, phaseNames, whereOf } from './filter.ts'
import type { Phase } from './phase.ts'
import { type EnvironmentSummary, summaryOf, summaryRow } from './summary.ts'

/**
 * The environments that a filter finds, newest first, for operators.
 * @param page `limit` 500 where nothing is said, 5,000 at most
 * @throws Failure access.denied, input.invalid (the filter)
 */
export async function listEnvironments(
  actor: OperatorActor | CommandLineActor,
  filter: EnvironmentFilter = {},
  page: { limit?: number; offset?: number } = {},
): Promise<EnvironmentSummary[]> {
  authorise(actor, 'environment.list_all')
  const now = new Date()
  const rows = await prisma().environment.findMany({
    where: whereOf(filter, now),
    select: summaryRow,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: Math.min(page.limit ?? 500, 5_000),
    skip: page.offset ?? 0,
  })
  return rows.map((row) => summaryOf(row, now))
}

/** How many environments a filter finds, by phase; what the filter says of phases is left out. `marked`: of those that stand. */
export type EnvironmentCounts = { byPhase: Partial<Record<Phase, number>>; marked: number }

/** @throws Failure access.denied, input.invalid (the filter) */
export async function countEnvironments(
  actor: OperatorActor | CommandLineActor,
  filter: Omit<EnvironmentFilter, 'phases' | 'marked'> = {},
): Promise<EnvironmentCounts> {
  authorise(actor, 'environment.list_all')
  const now = new Date()
  const where = whereOf({ ...filter, phases: phaseNames }, now)
  const [groups, marked] = await Promise.all([
    prisma().environment.groupBy({ by: ['phase'], where, _count: true }),
    prisma().environment.count({ where: whereOf({ ...filter, phases: undefined, marked: true }, now) }),
  ])
  return { byPhase: Object.fromEntries(groups.map(({ phase, _count }) => [phase, _count])), marked }
}

/** `name`: how it is called besides, e.g. a lab by lab.yaml. */
export type FilterChoice = { id: string; title: string; name: string | null }

/** The courses, labs and clouds that have environments, by name. @throws Failure access.denied */
export async function filterChoices(
  actor: OperatorActor | CommandLineActor,
): Promise<{ courses: FilterChoice[]; labs: FilterChoice[]; clouds: FilterChoice[] }> {
  authorise(actor, 'environment.list_all')
  const [courses, labs, clouds] = await Promise.all([
    prisma().courseContext.findMany({ where: { environments: { some: {} } }, select: { id: true, title: true, label: true } }),
    prisma().lab.findMany({
      where: { versions: { some: { environments: { some: {} } } } },
      select: { id: true, slug: true, versions: { orderBy: { createdAt: 'desc' }, take: 1, select: { title: true } } },
    }),
    prisma().cloud.findMany({ where: { environments: { some: {} } }, select: { id: true, name: true } }),
  ])
  const byTitle = (choices: FilterChoice[]) => choices.sort((one, other) => one.title.localeCompare(other.title, 'en'))
  return {
    courses: byTitle(courses.map(({ id, title, label }) => ({ id, title: title ?? label ?? id, name: label }))),
    labs: byTitle(labs.map(({ id, slug, versions }) => ({ id, title: versions[0]?.title ?? slug, name: slug }))),
    clouds: byTitle(clouds.map(({ id, name }) => ({ id, title: name, name: null }))),
  }
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
