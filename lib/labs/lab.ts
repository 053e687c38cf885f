import { type LabFiles, textOf } from './folder.ts'
import { secondsOf } from './length.ts'
import { type Lifecycle, readLifecycle } from './lifecycle.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { outputName } from './outputs.ts'
import { type Guide, readGuides } from './read-guides.ts'
import { readTemplate, type Template, type WellKnownParameter, wellKnownParameters } from './template.ts'
import type { Problem, YamlSource } from './yaml-source.ts'

export const MANIFEST = 'lab.yaml'

export type LabHost = {
  /** `hosts[].id` in lab.yaml. */
  id: string
  label: string
  user: string
  /** References to outputs: see outputs.ts. */
  address: string
  hostKey: string | null
}

/** A lab as the product uses it. */
export type Lab = {
  slug: string
  title: string
  languages: string[]
  level: 'beginner' | 'intermediate' | 'advanced'
  durationSeconds: number
  template: Template
  /** What lab.yaml fixes. */
  parameters: Record<string, string | number | boolean | string[]>
  hosts: LabHost[]
  defaultHost: string
  tabs: { id: string; kind: 'terminal'; host: string }[]
  readyTimeoutSeconds: number
  /** As the lab wants it: the operator's bounds come on top (lifecycle.ts). */
  lifecycle: Lifecycle
  /** One for each language that lab.yaml names; English, or else its first, is the first. */
  guides: Guide[]
}

export type ParsedLab = { lab: Lab; problems: null } | { lab: null; problems: Problem[] }

/** A lab's folder, checked as a whole: every problem that can be seen without a cloud, at its line. */
export function parseLab(files: LabFiles): ParsedLab {
  const text = textOf(files, MANIFEST)
  if (text === null) return { lab: null, problems: [{ file: MANIFEST, line: null, column: null, message: 'The folder has no lab.yaml.' }] }
  const { source, manifest, problems } = readManifest(MANIFEST, text)
  if (!manifest) return { lab: null, problems }
  const { environment } = manifest
  const { template, problems: templateProblems } = readTemplate(environment.template, environment.files ?? '.', (path) =>
    textOf(files, path),
  )
  const guide = readGuides(source, manifest, files)
  const found = [...templateProblems, ...(template ? fitProblems(source, manifest, template) : []), ...guide.problems]
  if (!template || found.length > 0) return { lab: null, problems: found }
  return { lab: assemble(manifest, template, guide.guides), problems: null }
}

function assemble({ metadata, environment, workspace, lifecycle }: Manifest, template: Template, guides: Guide[]): Lab {
  const hosts = environment.hosts.map(({ id, label, user, address, hostKey }) => ({
    id,
    label: label ?? id,
    user,
    address,
    hostKey: hostKey ?? null,
  }))
  return {
    slug: metadata.id,
    title: metadata.title,
    languages: metadata.languages ?? ['en'],
    level: metadata.level,
    durationSeconds: secondsOf(metadata.duration),
    template,
    parameters: environment.parameters ?? {},
    hosts,
    defaultHost: environment.hosts.find((host) => host.default)?.id ?? hosts[0]?.id ?? '',
    tabs: workspace?.tabs ?? hosts.map((host) => ({ id: host.id, kind: 'terminal', host: host.id })),
    readyTimeoutSeconds: secondsOf(environment.ready.timeout),
    lifecycle: readLifecycle(lifecycle),
    guides,
  }
}

/** Where lab.yaml and the template must agree. */
function fitProblems(source: YamlSource, { environment }: Manifest, template: Template): Problem[] {
  const given = Object.keys(environment.parameters ?? {})
  const unknown = given.flatMap((name) => {
    const path = ['environment', 'parameters', name]
    if (wellKnownParameters.some((known) => known === name)) return [source.problemAtKey(path, `"${name}" is filled in by the platform.`)]
    return template.parameters.includes(name) ? [] : [source.problemAtKey(path, `The template has no parameter "${name}".`)]
  })
  const open = template.required
    .filter((name) => !given.includes(name) && !template.takes.some((known) => known === name))
    .map((name) => source.problemAt(['environment'], `The template needs a value for "${name}": give it under environment.parameters.`))
  const blind = environment.hosts.flatMap((host, index) =>
    (['address', 'hostKey'] as const).flatMap((key) => {
      const name = outputName(host[key] ?? '')
      if (host[key] === undefined || template.outputs.includes(name)) return []
      return [source.problemAt(['environment', 'hosts', index, key], `The template has no output "${name}".`)]
    }),
  )
  return [...unknown, ...open, ...blind]
}

/** The parameters of a stack: what lab.yaml fixes, and what the platform knows, as far as the template takes it. */
export function stackParameters(lab: Lab, known: Record<WellKnownParameter, string>): Lab['parameters'] {
  return { ...lab.parameters, ...Object.fromEntries(lab.template.takes.map((name) => [name, known[name]])) }
}
