import type { CommandLineActor, OperatorActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import { fail } from '../errors.ts'
import type { Phase } from './phase.ts'

/** Everything about one environment, for operators. Times are ISO 8601 in UTC. */
export type EnvironmentDetails = {
  id: string
  phase: Phase
  phaseAt: string
  intent: 'running' | 'suspended' | 'deleted'
  generation: number
  ownerKey: string | null
  ownerName: string | null
  courseTitle: string | null
  labTitle: string
  cloudName: string | null
  createdAt: string
  deleteAt: string | null
  deleteReason: string | null
  deletedAt: string | null
  reasonCode: string | null
  /** The cloud's own words. */
  reasonDetail: string | null
  hosts: { name: string; address: string; user: string; hostKeySource: 'signal' | 'first_use' | null }[]
  /** Newest first. */
  stacks: {
    name: string
    generation: number
    attempt: number
    state: string | null
    statusReason: string | null
    createdAt: string
    goneAt: string | null
  }[]
  /** Newest first. */
  events: {
    id: string
    at: string
    generation: number
    kind: string
    phase: Phase | null
    code: string | null
    detail: string | null
    actorName: string | null
  }[]
}

const MOST_EVENTS = 200
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws Failure access.denied, environment.not_found */
export async function environmentDetails(actor: OperatorActor | CommandLineActor, id: string): Promise<EnvironmentDetails> {
  authorise(actor, 'environment.list_all')
  if (!uuid.test(id)) throw fail('environment.not_found')
  const row = await prisma().environment.findUnique({
    where: { id },
    include: {
      course: { select: { title: true, label: true } },
      labVersion: { select: { title: true } },
      cloud: { select: { name: true } },
      members: { where: { role: 'owner' }, take: 1, select: { user: { select: { person: { select: { name: true } } } } } },
      hosts: { orderBy: [{ position: 'asc' }] },
      stacks: { orderBy: { createdAt: 'desc' } },
      events: { orderBy: [{ at: 'desc' }, { id: 'desc' }], take: MOST_EVENTS },
    },
  })
  if (!row) throw fail('environment.not_found')
  const names = await namesOf(row.events.map(({ actorId }) => actorId))
  return {
    id: row.id,
    phase: row.phase,
    phaseAt: row.phaseAt.toISOString(),
    intent: row.intent,
    generation: row.generation,
    ownerKey: row.ownerKey,
    ownerName: row.members[0]?.user.person?.name ?? null,
    courseTitle: row.course?.title ?? row.course?.label ?? null,
    labTitle: row.labVersion.title,
    cloudName: row.cloud?.name ?? null,
    createdAt: row.createdAt.toISOString(),
    deleteAt: row.deleteAt?.toISOString() ?? null,
    deleteReason: row.deleteReason,
    deletedAt: row.deletedAt?.toISOString() ?? null,
    reasonCode: row.reasonCode,
    reasonDetail: row.reasonDetail,
    hosts: row.hosts
      .filter(({ generation }) => generation === row.generation)
      .map(({ name, address, user, hostKeySource }) => ({ name, address, user, hostKeySource })),
    stacks: row.stacks.map(({ name, generation, attempt, action, status, statusReason, createdAt, goneAt }) => ({
      name,
      generation,
      attempt,
      state: action === null || status === null ? null : `${action}_${status}`,
      statusReason,
      createdAt: createdAt.toISOString(),
      goneAt: goneAt?.toISOString() ?? null,
    })),
    events: row.events.map(({ at, actorId, id: eventId, generation, kind, phase, code, detail }) => ({
      id: eventId,
      at: at.toISOString(),
      generation,
      kind,
      phase,
      code,
      detail,
      actorName: actorId === null ? null : (names.get(actorId) ?? null),
    })),
  }
}

async function namesOf(ids: (string | null)[]): Promise<Map<string, string>> {
  const known = [...new Set(ids.filter((id) => id !== null))]
  if (known.length === 0) return new Map()
  const people = await prisma().person.findMany({ where: { userId: { in: known } }, select: { userId: true, name: true } })
  return new Map(people.flatMap(({ userId, name }) => (name === null ? [] : [[userId, name]])))
}
