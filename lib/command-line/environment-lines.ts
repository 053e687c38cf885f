import type { EnvironmentDetails } from '../environments/details.ts'
import type { Due } from '../environments/due.ts'
import type { EnvironmentSummary } from '../environments/summary.ts'
import { failureRow, isFailureCode } from '../errors.ts'
import { table } from './table.ts'

const dueWords: Record<Due['what'], string> = { sleep: 'asleep', limit: 'sitting ends', delete: 'deleted', retry: 'next try' }

const dueLine = ({ what, at }: Due) => `${dueWords[what]} ${at}`

/** Environments a line each. */
export function summaryTable(found: readonly EnvironmentSummary[]): string[] {
  return table(
    ['id', 'phase', 'owner', 'course', 'lab', 'cloud', 'last used', 'due', 'reason'],
    found.map((one) => [
      one.id,
      one.phase,
      one.ownerName ?? 'nobody',
      one.courseTitle ?? '',
      one.labTitle,
      one.cloudName ?? '',
      one.lastActivityAt ?? 'never',
      one.due[0] ? dueLine(one.due[0]) : '',
      one.reasonCode ?? '',
    ]),
  )
}

/** Everything about one environment, in words and in full. */
export function detailsLines(one: EnvironmentDetails): string[] {
  const facts: [string, string | number | null][] = [
    ['phase', `${one.phase} since ${one.phaseAt}`],
    ['reason', one.reasonCode === null ? null : `${sentence(one.reasonCode)} (${one.reasonCode})`],
    ['cloud says', one.reasonDetail],
    ['may', one.actions.join(', ') || 'nothing'],
    ...one.due.map((due): [string, string] => ['due', dueLine(due)]),
    ['kept awake', one.heldBy && `${one.heldBy.command} runs on ${one.heldBy.host}`],
    ['deletion', one.deleteReason],
    ['owner', `${one.ownerName ?? 'nobody'} (${one.ownerKey ?? 'no key'})`],
    ['course', one.courseTitle],
    ['lab', one.labTitle],
    ['cloud', one.cloudName],
    ['created', one.createdAt],
    ['first used', one.touchedAt ?? 'never'],
    ['last used', one.lastActivityAt ?? 'never'],
    ['awake since', one.awakeAt],
    ['slept', one.sleep && `by ${one.sleep.how}, because: ${one.sleep.why}`],
    ['wanted', `${one.intent}, generation ${one.generation}`],
    ['failures', one.failures || null],
    ['next look', one.nextCheckAt ?? 'not while it rests'],
    ['worker', one.lease ? `${one.lease.owner} until ${one.lease.until}` : 'none has it in hand'],
    ...one.hosts.map(({ name, user, address }): [string, string] => ['machine', `${name} ${user}@${address}`]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    one.id,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(width)}  ${value}`])),
    '',
    'stacks, newest first',
    ...one.stacks.flatMap((stack) => [
      `  ${stack.name}  ${stack.state ?? 'not asked for'}  ${stack.goneAt === null ? 'still there' : `gone ${stack.goneAt}`}`,
      ...(stack.statusReason ? [`    ${stack.statusReason}`] : []),
      ...stack.failedParts.map((part) => `    ${part.name} (${part.type}) ${part.status}: ${part.statusReason ?? ''}`),
    ]),
    '',
    'history, newest first',
    ...table(
      ['at', 'what', 'phase', 'code', 'by', 'correlation id', 'words'],
      one.events.map((event) => [
        event.at,
        event.kind,
        event.phase ?? '',
        event.code ?? '',
        event.byPerson ? (event.actorName ?? 'somebody') : '',
        event.correlationId ?? '',
        event.detail ?? '',
      ]),
      '  ',
    ),
  ]
}

function sentence(code: string): string {
  return isFailureCode(code) ? failureRow(code).says : code
}
