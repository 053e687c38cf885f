import type { Prisma } from '../generated/prisma/client.ts'
import { type Due, dueOf, isMarked } from './due.ts'
import type { Phase } from './phase.ts'

/** One line of the operators' list. Times are ISO 8601 in UTC. */
export type EnvironmentSummary = {
  id: string
  phase: Phase
  phaseAt: string
  generation: number
  ownerName: string | null
  courseTitle: string | null
  labTitle: string
  cloudName: string | null
  createdAt: string
  lastActivityAt: string | null
  /** Somebody has used it: their work is on it. */
  touched: boolean
  /** A program that keeps it awake. */
  heldBy: { host: string; command: string } | null
  /** What happens by itself, soonest first. */
  due: Due[]
  /** A deletion was ordered that can still be taken back. */
  marked: boolean
  reasonCode: string | null
  /** The cloud's own words. */
  reasonDetail: string | null
}

/** What a summary is made of. */
export const summaryRow = {
  id: true,
  phase: true,
  phaseAt: true,
  intent: true,
  generation: true,
  createdAt: true,
  lastActivityAt: true,
  touchedAt: true,
  heldHost: true,
  heldCommand: true,
  suspendAt: true,
  limitAt: true,
  deleteAt: true,
  retryAt: true,
  reasonCode: true,
  reasonDetail: true,
  course: { select: { title: true, label: true } },
  labVersion: { select: { title: true } },
  cloud: { select: { name: true } },
  members: { where: { role: 'owner' }, select: { user: { select: { person: { select: { name: true } } } } } },
} as const satisfies Prisma.EnvironmentSelect

export type SummaryRow = Prisma.EnvironmentGetPayload<{ select: typeof summaryRow }>

export function summaryOf(row: SummaryRow, now: Date): EnvironmentSummary {
  const { heldHost, heldCommand } = row
  return {
    id: row.id,
    phase: row.phase,
    phaseAt: row.phaseAt.toISOString(),
    generation: row.generation,
    ownerName: row.members[0]?.user.person?.name ?? null,
    courseTitle: row.course?.title ?? row.course?.label ?? null,
    labTitle: row.labVersion.title,
    cloudName: row.cloud?.name ?? null,
    createdAt: row.createdAt.toISOString(),
    lastActivityAt: row.lastActivityAt?.toISOString() ?? null,
    touched: row.touchedAt !== null,
    heldBy: heldHost === null || heldCommand === null ? null : { host: heldHost, command: heldCommand },
    due: dueOf(row, now),
    marked: isMarked(row, now),
    reasonCode: row.reasonCode,
    reasonDetail: row.reasonDetail,
  }
}
