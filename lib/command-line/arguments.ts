import { parseArgs } from 'node:util'
import { fail } from '../errors.ts'

type Given<Needed extends string, Optional extends string> = Record<Needed, string> & Partial<Record<Optional, string>>

/** Reads `--name value` options; every name in `needed` must be there. @throws Failure input.invalid */
export function options<Needed extends string, Optional extends string>(
  args: string[],
  needed: readonly Needed[],
  optional: readonly Optional[] = [],
): Given<Needed, Optional> {
  const { values, rest } = read(args, { names: [...needed, ...optional], flags: [] })
  if (rest.length > 0) throw fail('input.invalid', { detail: `"${rest.join(' ')}" is not understood here.` })
  const missing = needed.filter((name) => typeof values[name] !== 'string')
  if (missing.length) throw fail('input.invalid', { detail: `Missing: ${missing.map((name) => `--${name}`).join(' ')}` })
  return values as Given<Needed, Optional>
}

export type Arguments<Name extends string, Flag extends string> = {
  /** What stands without a name, in its order. */
  rest: string[]
  values: Partial<Record<Name, string>>
  flags: ReadonlySet<Flag>
}

/** Reads words, `--name value` options and `--flag`s, in any order. @throws Failure input.invalid */
export function argumentsOf<Name extends string, Flag extends string>(
  args: string[],
  { names, flags }: { names: readonly Name[]; flags: readonly Flag[] },
): Arguments<Name, Flag> {
  const { values, rest } = read(args, { names, flags })
  const texts = names.flatMap((name) => (typeof values[name] === 'string' ? [[name, values[name]] as const] : []))
  return {
    rest,
    values: Object.fromEntries(texts) as Partial<Record<Name, string>>,
    flags: new Set(flags.filter((flag) => values[flag] === true)),
  }
}

function read(args: string[], { names, flags }: { names: readonly string[]; flags: readonly string[] }) {
  const declared = {
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    ...Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' as const }])),
  }
  try {
    const { values, positionals } = parseArgs({ args, options: declared, strict: true, allowPositionals: true })
    return { values: values as Record<string, string | boolean | undefined>, rest: positionals }
  } catch (error) {
    throw fail('input.invalid', { detail: error instanceof Error ? error.message : String(error) })
  }
}
