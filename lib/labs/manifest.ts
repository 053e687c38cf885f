import { z } from 'zod'
import { length, secondsOf } from './length.ts'
import { lifecycleSchema } from './lifecycle.ts'
import { type Problem, readYaml, type YamlSource } from './yaml-source.ts'

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/, 'must be 2 to 40 small letters, digits and hyphens, beginning with a letter')
  .meta({ description: 'Stays the same across versions: links and grades hang on it.' })

const title = z.string().trim().min(1).max(120)

const path = z
  .string()
  .max(200)
  .regex(
    /^(?!\.\.?(\/|$))[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    'must be a path inside the lab’s folder, without ".."',
  )

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR')

const guideFile = z
  .union([path, z.record(language, path).refine((files) => Object.keys(files).length > 0, 'must name a file for at least one language')])
  .meta({ description: 'Markdown: one file, or one for each language, as in {en: guide/01.md, de: guide/01.de.md}.' })

const folder = z.union([z.literal('.'), path])

/** "{{outputs.name}}" or "{{outputs.name.key.0}}": see outputs.ts. */
export const outputReference = /^\{\{\s*outputs\.([A-Za-z0-9_-]+)((?:\.[A-Za-z0-9_-]+)*)\s*\}\}$/

const output = z
  .string()
  .max(200)
  .regex(outputReference, 'must name an output of the template, as in "{{outputs.address}}"')
  .meta({ description: 'An output of the template, e.g. {{outputs.addresses.0}}. A text that holds JSON can be entered by key.' })

const parameter = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])

const host = z.strictObject({
  id,
  label: title.optional().meta({ description: 'What people read; the id where it is missing.' }),
  address: output,
  user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a Linux user name'),
  default: z.boolean().optional().meta({ description: 'Shown first. At most one; otherwise the first of the list.' }),
  hostKey: output.optional().meta({ description: 'Its SSH host key as the machine signalled it. Without it the first key seen is kept.' }),
})

/** lab.yaml, apiVersion labs/v1, as it is written. */
export const manifestSchema = z
  .strictObject({
    apiVersion: z.literal('labs/v1'),
    kind: z.literal('Lab'),
    metadata: z.strictObject({
      id,
      title,
      languages: z.array(language).min(1).max(20).optional(),
      level: z.enum(['beginner', 'intermediate', 'advanced']),
      duration: length.meta({ description: 'How long it takes a learner.' }),
    }),
    environment: z.strictObject({
      engine: z.literal('heat'),
      template: path.meta({ description: 'The Heat template (HOT).' }),
      files: folder
        .optional()
        .meta({ description: 'Where the files are that the template takes by get_file; beside the template if missing.' }),
      parameters: z.record(z.string().max(100), parameter).optional(),
      hosts: z.array(host).min(1).max(50),
      ready: z.strictObject({
        signal: z.literal('heat').meta({ description: 'Ready when the stack is complete: the template waits for its machines’ signals.' }),
        timeout: length.meta({ description: 'After this the stack has failed.' }),
      }),
    }),
    lifecycle: lifecycleSchema
      .optional()
      .meta({ description: 'When the machines fall asleep. Within what the operator of an installation allows.' }),
    workspace: z
      .strictObject({
        tabs: z
          .array(z.strictObject({ id, kind: z.literal('terminal'), host: id }))
          .min(1)
          .max(50),
      })
      .optional()
      .meta({ description: 'One terminal for each host if missing.' }),
    instructions: z
      .array(z.strictObject({ id, file: guideFile, title: title.optional() }))
      .min(1)
      .max(100),
  })
  .meta({ title: 'A lab', description: 'lab.yaml of Astrolabe, apiVersion labs/v1' })

export type Manifest = z.infer<typeof manifestSchema>

/** The JSON Schema of lab.yaml, for editors. `docs/lab.schema.json` is this, written down. */
export function labJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(manifestSchema, { target: 'draft-2020-12', io: 'input' }) as Record<string, unknown>
}

/** Reads lab.yaml. Every problem stands at the line and column of what is wrong, a missing key at the mapping that lacks it. */
export function readManifest(file: string, text: string): { source: YamlSource; manifest: Manifest | null; problems: Problem[] } {
  const source = readYaml(file, text)
  if (source.problems.length > 0) return { source, manifest: null, problems: source.problems }
  const parsed = manifestSchema.safeParse(source.value)
  const problems = parsed.success
    ? [...duplicates(source, parsed.data), ...impossibleTimes(source, parsed.data)]
    : parsed.error.issues.flatMap((issue) => problemsOf(source, issue))
  return { source, manifest: parsed.success && problems.length === 0 ? parsed.data : null, problems }
}

function problemsOf(source: YamlSource, issue: z.core.$ZodIssue): Problem[] {
  const name = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      source.problemAtKey([...issue.path, key], `"${key}" is not known ${name === '' ? 'here' : `in ${name}`}.`),
    )
  }
  const missing = issue.path.length > 0 && valueAt(source.value, issue.path) === undefined
  if (missing) return [source.problemAt(issue.path.slice(0, -1), `"${name}" is missing.`)]
  return [source.problemAt(issue.path, `${name || 'The file'}: ${sentence(issue)}.`)]
}

function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'array' ? 'a list' : issue.expected === 'object' ? 'a mapping' : `a ${issue.expected}`}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}`
    case 'too_small':
      return `must have at least ${issue.minimum} ${issue.origin === 'array' ? 'entries' : 'characters'}`
    case 'too_big':
      return `must have at most ${issue.maximum} ${issue.origin === 'array' ? 'entries' : 'characters'}`
    case 'invalid_union':
      return 'has a value of a kind that is not allowed here'
    default:
      return issue.message
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, step) => (typeof here === 'object' && here !== null ? Reflect.get(here, step) : undefined), value)
}

/** Ids that occur twice, more than one default host, and tabs of hosts that do not exist. */
function duplicates(source: YamlSource, { environment, workspace, instructions }: Manifest): Problem[] {
  const lists: [YamlPath: string[], ids: string[]][] = [
    [['environment', 'hosts'], environment.hosts.map((host) => host.id)],
    [['workspace', 'tabs'], workspace?.tabs.map((tab) => tab.id) ?? []],
    [['instructions'], instructions.map((step) => step.id)],
  ]
  const twice = lists.flatMap(([list, ids]) =>
    ids.flatMap((one, index) => (ids.indexOf(one) < index ? [source.problemAt([...list, index, 'id'], `"${one}" occurs twice.`)] : [])),
  )
  const defaults = environment.hosts.flatMap((host, index) => (host.default ? [index] : []))
  const tooMany = defaults
    .slice(1)
    .map((index) => source.problemAt(['environment', 'hosts', index, 'default'], 'Another host is the default already.'))
  const homeless = (workspace?.tabs ?? []).flatMap((tab, index) =>
    environment.hosts.some((host) => host.id === tab.host)
      ? []
      : [source.problemAt(['workspace', 'tabs', index, 'host'], `There is no host "${tab.host}".`)],
  )
  return [...twice, ...tooMany, ...homeless]
}

/** Times of `lifecycle` that contradict each other. */
function impossibleTimes(source: YamlSource, { lifecycle }: Manifest): Problem[] {
  const { idle, limit } = lifecycle ?? {}
  const problems: Problem[] = []
  const say = (path: string[], message: string) => problems.push(source.problemAt(['lifecycle', ...path], message))
  if (idle?.warn && idle.after !== 'never' && secondsOf(idle.warn) >= secondsOf(idle.after))
    say(['idle', 'warn'], 'The warning must be shorter than the time after which the machines fall asleep.')
  if (idle?.jobLimit && !idle.active?.includes('job')) say(['idle', 'jobLimit'], 'It needs "job" among what counts as active.')
  if (idle?.otherwise && (idle.action ?? 'suspend') !== 'suspend')
    say(['idle', 'otherwise'], 'It is only needed beside the action "suspend".')
  if (limit?.extend && limit.session !== 'never' && secondsOf(limit.extend.onlyWhenLeft) > secondsOf(limit.session))
    say(['limit', 'extend', 'onlyWhenLeft'], 'It must not be longer than the sitting.')
  return problems
}
