import { posix } from 'node:path'
import { z } from 'zod'
import { findCircle, type Reference, referencesIn, referencesOfResource } from './template-references.ts'
import { type Problem, readYaml, type YamlSource } from './yaml-source.ts'

/** Parameters that the platform fills in where a template takes them. */
export const wellKnownParameters = ['ssh_public_key', 'inside_public_key', 'inside_private_key'] as const
export type WellKnownParameter = (typeof wellKnownParameters)[number]

export type Template = {
  text: string
  /** What get_file and nested templates name, by exactly that name: Heat's "files". */
  files: Record<string, string>
  parameters: string[]
  /** Those without a default, which somebody has to give. */
  required: string[]
  takes: WellKnownParameter[]
  outputs: string[]
}

/** A file of the lab as text, or null if there is none (or it is no text). */
export type FileReader = (path: string) => string | null

/** Heat's own limit for a template (max_template_size). */
const MOST_BYTES = 512 * 1024
const MOST_NESTED = 30
const SECTIONS = ['heat_template_version', 'description', 'parameter_groups', 'parameters', 'resources', 'outputs', 'conditions']
const VERSIONS = [
  '2013-05-23',
  '2014-10-16',
  '2015-04-30',
  '2015-10-15',
  '2016-04-08',
  '2016-10-14',
  '2017-02-24',
  '2017-09-01',
  '2018-03-02',
  '2018-08-31',
  '2021-04-16',
]
const NAMED_VERSIONS = ['newton', 'ocata', 'pike', 'queens', 'rocky', 'wallaby']
const PSEUDO_PARAMETERS = ['OS::stack_name', 'OS::stack_id', 'OS::project_id']

const mapping = z.record(z.string(), z.unknown())
const shape = z.object({
  heat_template_version: z.string(),
  parameters: z.record(z.string(), mapping).nullish(),
  resources: z.record(z.string(), mapping),
  outputs: z.record(z.string(), mapping).nullish(),
})
type Shape = z.infer<typeof shape>

/**
 * Checks a Heat template as far as can be done without a cloud, and gathers the files it takes.
 * What needs the cloud (flavors, images, property names) is left to POST /stacks/preview.
 *
 * @param path of the template in the lab's folder
 * @param filesFolder where else its files are looked for, relative to the lab's folder
 */
export function readTemplate(path: string, filesFolder: string, readFile: FileReader): { template: Template | null; problems: Problem[] } {
  const gathered: Gathered = { files: {}, problems: [], folders: [posix.dirname(path), filesFolder], readFile, types: new Set() }
  const whole = readOne(path, gathered)
  if (!whole) return { template: null, problems: gathered.problems }
  const parameters = whole.parsed.parameters ?? {}
  const takes = wellKnownParameters.filter((name) => name in parameters)
  gathered.problems.push(...platformProblems(whole.source, whole.parsed, gathered.types))
  if (gathered.problems.length > 0) return { template: null, problems: gathered.problems }
  return {
    problems: [],
    template: {
      text: whole.text,
      files: gathered.files,
      parameters: Object.keys(parameters),
      required: Object.entries(parameters).flatMap(([name, parameter]) => ('default' in parameter ? [] : [name])),
      takes,
      outputs: Object.keys(whole.parsed.outputs ?? {}),
    },
  }
}

type Gathered = { files: Record<string, string>; problems: Problem[]; folders: string[]; readFile: FileReader; types: Set<string> }
type Whole = { text: string; source: YamlSource; parsed: Shape }

/** One template, and through it those that it nests. */
function readOne(path: string, gathered: Gathered): Whole | null {
  const text = gathered.readFile(path)
  const whole = (message: string): Problem => ({ file: path, line: null, column: null, message })
  if (text === null) {
    gathered.problems.push(whole('There is no such text file in the lab’s folder.'))
    return null
  }
  if (Buffer.byteLength(text) > MOST_BYTES) {
    gathered.problems.push(whole(`The template is larger than ${MOST_BYTES} bytes.`))
    return null
  }
  const source = readYaml(path, text)
  const parsed = source.problems.length > 0 ? null : readShape(source, gathered.problems)
  gathered.problems.push(...source.problems)
  if (!parsed) return null
  checkNames(source, parsed, gathered.problems)
  checkReferences(source, parsed, gathered)
  return { text, source, parsed }
}

function readShape(source: YamlSource, problems: Problem[]): Shape | null {
  const parsed = shape.safeParse(source.value)
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      problems.push(source.problemAt(issue.path, `${issue.path.join('.') || 'The template'} is missing or has the wrong form.`))
    return null
  }
  const version = parsed.data.heat_template_version
  if (!VERSIONS.includes(version) && !NAMED_VERSIONS.includes(version)) {
    problems.push(source.problemAt(['heat_template_version'], `"${version}" is no version of Heat's templates; use 2021-04-16.`))
  }
  return parsed.data
}

/** HOT, "Template structure": known sections, a type for each resource, one namespace for parameters and resources. */
function checkNames(source: YamlSource, parsed: Shape, problems: Problem[]): void {
  for (const section of Object.keys(mapping.parse(source.value))) {
    if (!SECTIONS.includes(section)) problems.push(source.problemAtKey([section], `"${section}" is no section of a Heat template.`))
  }
  for (const [name, resource] of Object.entries(parsed.resources)) {
    if (typeof resource.type !== 'string') problems.push(source.problemAt(['resources', name], `Resource "${name}" has no type.`))
    if (name in (parsed.parameters ?? {}))
      problems.push(source.problemAtKey(['resources', name], `"${name}" is a parameter already; Heat has one namespace for both.`))
  }
}

function checkReferences(source: YamlSource, parsed: Shape, gathered: Gathered): void {
  const names = Object.keys(parsed.resources)
  const parameters = [...Object.keys(parsed.parameters ?? {}), ...PSEUDO_PARAMETERS]
  const perResource = new Map(names.map((name) => [name, referencesOfResource(source, name)]))
  const all = [
    ...perResource.values(),
    referencesIn(source.document.get('outputs', true)),
    referencesIn(source.document.get('conditions', true)),
  ].flat()
  for (const reference of all) {
    const say = (message: string) => gathered.problems.push(source.problemAtNode(reference.node, message))
    if (reference.kind === 'get_param' && !parameters.includes(reference.name)) say(`There is no parameter "${reference.name}".`)
    if (pointsAtResource(reference) && !names.includes(reference.name)) say(`There is no resource "${reference.name}".`)
    if (reference.kind === 'get_file' || reference.kind === 'type') gatherFile(reference, say, gathered)
  }
  for (const resource of Object.values(parsed.resources)) if (typeof resource.type === 'string') gathered.types.add(resource.type)
  const circle = findCircle(new Map([...perResource].map(([name, found]) => [name, found.filter(pointsAtResource).map((one) => one.name)])))
  if (circle)
    gathered.problems.push(
      source.problemAtKey(['resources', circle[0] ?? ''], `These resources wait for each other: ${circle.join(' → ')}.`),
    )
}

const pointsAtResource = ({ kind }: Reference) => kind === 'get_resource' || kind === 'get_attr' || kind === 'depends_on'

function gatherFile({ kind, name }: Reference, say: (message: string) => void, gathered: Gathered): void {
  if (name in gathered.files) return
  const path = gathered.folders
    .map((folder) => posix.join(folder, name))
    .find((candidate) => !candidate.startsWith('../') && gathered.readFile(candidate) !== null)
  const text = path === undefined ? null : gathered.readFile(path)
  if (path === undefined || text === null) {
    say(`There is no text file "${name}" in the lab’s folder.`)
    return
  }
  if (Object.keys(gathered.files).length >= MOST_NESTED) {
    say(`The template takes more than ${MOST_NESTED} files.`)
    return
  }
  gathered.files[name] = text
  if (kind === 'type') readOne(path, gathered)
}

/** What the platform needs of a template, beyond what Heat does. */
function platformProblems(source: YamlSource, parsed: Shape, types: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = []
  const parameters = parsed.parameters ?? {}
  if (!('ssh_public_key' in parameters)) {
    problems.push(
      source.problemAt(['parameters'], 'The template must take the parameter "ssh_public_key", with which the terminals sign in.'),
    )
  }
  if (parameters.inside_private_key && parameters.inside_private_key.hidden !== true) {
    problems.push(
      source.problemAt(
        ['parameters', 'inside_private_key'],
        '"inside_private_key" must be hidden: true, or Heat shows it to everybody in the project.',
      ),
    )
  }
  if (!types.has('OS::Heat::WaitCondition')) {
    problems.push(
      source.problemAt(
        ['resources'],
        'No OS::Heat::WaitCondition waits for the machines’ signals: the lab would be ready before they are.',
      ),
    )
  }
  return problems
}
