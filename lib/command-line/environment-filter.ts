import type { EnvironmentFilter } from '../environments/filter.ts'
import { type FilterChoice, filterChoices } from '../environments/store.ts'
import { fail } from '../errors.ts'
import { secondsOf } from '../labs/length.ts'

export const filterNames = ['phase', 'course', 'lab', 'cloud', 'idle', 'owner', 'reason-code'] as const
export const filterFlags = ['marked'] as const
type Given = {
  values: Partial<Record<(typeof filterNames)[number], string>>
  flags: { has(flag: (typeof filterFlags)[number]): boolean }
}

export const filterTakes =
  '[--phase PHASE,...] [--course C] [--lab L] [--cloud C] [--idle 8h] [--owner TEXT] [--reason-code CODE] [--marked]'

export const filterHelp = [
  '--phase PHASE,...     in one of these phases; without it all that are not removed',
  '--course, --lab, --cloud   by id or name; a lab also by what lab.yaml calls it',
  '--idle LENGTH         not used, woken or handed over for so long: 90s, 15m, 8h, 14d',
  '--owner TEXT          part of the name or e-mail address of the owner',
  '--reason-code CODE    with this reason, e.g. cloud.quota_exceeded',
  '--marked              whose deletion was ordered and has not begun',
] as const

const actor = { kind: 'command_line' } as const

/** The filter that options ask for. @throws Failure input.invalid (no such course, lab or cloud; not a length) */
export async function filterOf({ values, flags }: Given): Promise<EnvironmentFilter> {
  const { phase, course, lab, cloud, idle, owner } = values
  const choices = course !== undefined || lab !== undefined || cloud !== undefined ? await filterChoices(actor) : null
  return {
    phases: phase?.split(','),
    courseId: choices && course !== undefined ? chosen(choices.courses, course, 'course') : undefined,
    labId: choices && lab !== undefined ? chosen(choices.labs, lab, 'lab') : undefined,
    cloudId: choices && cloud !== undefined ? chosen(choices.clouds, cloud, 'cloud') : undefined,
    idleMs: idle === undefined ? undefined : millisecondsOf(idle),
    owner,
    reasonCode: values['reason-code'],
    marked: flags.has('marked') ? true : undefined,
  }
}

/** Whether it asks for anything less than everything. */
export function isNarrowed({ values, flags }: Given): boolean {
  return Object.keys(values).some((name) => (filterNames as readonly string[]).includes(name)) || flags.has('marked')
}

/** Of a length of time such as `8h`. @throws Failure input.invalid */
export function millisecondsOf(text: string): number {
  if (!/^[1-9][0-9]{0,4}[smhd]$/.test(text))
    throw fail('input.invalid', { detail: `"${text}" is not a length of time such as 90s, 15m, 8h, 14d.` })
  return secondsOf(text) * 1000
}

function chosen(choices: readonly FilterChoice[], text: string, kind: string): string {
  const same = (word: string | null) => word?.toLowerCase() === text.toLowerCase()
  const found = choices.filter(({ id, title, name }) => same(id) || same(title) || same(name))
  const [one, other] = found
  if (one && other)
    throw fail('input.invalid', { detail: `More than one ${kind} is called "${text}": ${found.map(({ id }) => id).join(', ')}.` })
  if (!one) {
    const known = choices.map(({ title }) => title).join(', ')
    throw fail('input.invalid', { detail: `No ${kind} with environments is called "${text}". There are: ${known || 'none'}.` })
  }
  return one.id
}
