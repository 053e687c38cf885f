import { Fault, invalidStack } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonText } from '../json.ts'
import type { Environment } from './environment.ts'

/**
 * What stands behind a resource's type. `type`: one of this cloud's own (OS::Heat::None is one of them). `template`: a nested stack of
 * the text `source`, which the request brought as `files[file]`; `path` is the place of the registry's entry, to be handed to
 * `childEnvironment`, so that a template may use the very type that it replaces.
 */
export type Implementation = { kind: 'type'; name: string } | { kind: 'template'; file: string; source: string; path: string[] }

/** Heat's own aliases (environment.d/default.yaml). */
const ownAliases: JsonMap = { 'OS::Quantum*': 'OS::Neutron*' }

const hookTypes = ['pre-create', 'pre-update', 'pre-delete', 'post-create', 'post-update', 'post-delete']
const restrictable = ['update', 'replace']
const isTemplateName = (name: string) => name.endsWith('.yaml') || name.endsWith('.template')

/** Longer chains of aliases, and circles, end in Heat with the depth of its interpreter. */
const maxAliases = 50

/**
 * The section `resource_registry` as Heat keeps it (environment.py, ResourceRegistry.load): what is null takes out what came before
 * it; hooks and restricted actions are checked and kept. Throws InvalidBreakPointHook (400) and InvalidRestrictedAction (500).
 */
export function readRegistry(given: JsonMap): JsonMap {
  const registry: JsonMap = { resources: {} }
  load(registry, given)
  return registry
}

function load(registry: JsonMap, given: JsonMap): void {
  for (const [key, value] of Object.entries(given)) {
    if (value === null) {
      const prefix = key.endsWith('*') ? key.slice(0, -1) : undefined
      for (const name of Object.keys(registry)) {
        if (name === key || (prefix !== undefined && name.startsWith(prefix) && typeof registry[name] === 'string')) delete registry[name]
      }
    } else if (key === 'hooks') {
      refuseOthers(value, hookTypes, (shown, types) => {
        const words = `Invalid hook type "${shown}" for resource breakpoint, acceptable hook types are: ${types}`
        return new Fault(400, 'InvalidBreakPointHook', words)
      })
      registry[key] = value
    } else if (key === 'restricted_actions') {
      refuseOthers(value, restrictable, (shown, types) => {
        const words = `Invalid restricted_action type "${shown}" for resource, acceptable restricted_action types are: ${types}`
        return new Fault(500, 'InvalidRestrictedAction', words)
      })
      registry[key] = value
    } else if (isMap(value)) {
      const inner = registry[key]
      const next = isMap(inner) ? inner : {}
      registry[key] = next
      load(next, value)
    } else if (typeof value === 'string') registry[key] = value
    // Heat takes anything else for a class of its own and stumbles over it.
    else throw new Fault(400, 'AttributeError')
  }
}

function refuseOthers(value: Json, allowed: string[], complain: (shown: string, types: string) => Fault): void {
  const words = Array.isArray(value) ? value : [value]
  if (words.every((word) => typeof word === 'string' && allowed.includes(word))) return
  throw complain(pythonText(value), `(${allowed.map((word) => `'${word}'`).join(', ')})`)
}

type Entry = { path: string[]; name: string; value: string; own: boolean }

/**
 * Which implementation Heat would choose for a resource of that type and name: a file's name as the type; then an entry for this
 * resource alone (`resources: {name: {type: ...}}`); then, by the order of their names, wildcards and the type itself; then what the
 * cloud has (`has`). heat/engine/environment.py, ResourceRegistry.iterable_by and get_resource_info.
 * A nested template is looked for in `files` and nowhere else: this cloud fetches nothing from anywhere.
 * Throws StackValidationFailed in Heat's words when there is none.
 */
export function implementationOf(
  environment: Pick<Environment, 'resource_registry'>,
  files: Record<string, string>,
  { type, name, has }: { type: string; name: string; has: (type: string) => boolean },
): Implementation {
  const found = look(environment.resource_registry, { type, name, has, depth: 0 })
  if (!found) throw invalidStack(`The Resource Type (${type}) could not be found.`)
  if (found.kind === 'type') return found
  const source = Object.hasOwn(files, found.file) ? files[found.file] : undefined
  if (source === undefined || source === '') throw invalidStack(notFetched(found.file))
  return { ...found, source }
}

/** heat/common/urlfetch.py: only http and https are fetched at all there; here no address is. */
function notFetched(file: string): string {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(file)?.[1]?.toLowerCase() ?? ''
  const remote = scheme === 'http' || scheme === 'https'
  const why = remote ? `Failed to retrieve template from ${file}` : `Invalid URL scheme ${scheme}`
  return `Could not fetch remote template "${file}": ${why}`
}

type Sought = { type: string; name: string; has: (type: string) => boolean; depth: number }
type Found = { kind: 'type'; name: string } | { kind: 'template'; file: string; path: string[] }

function look(registry: JsonMap, sought: Sought): Found | undefined {
  // RecursionError, which Heat's API does not explain.
  if (sought.depth > maxAliases) throw new Fault(500, 'RecursionError')
  for (const entry of candidates(registry, sought)) {
    const found = follow(registry, entry, sought)
    if (found) return found
  }
  return sought.has(sought.type) ? { kind: 'type', name: sought.type } : undefined
}

function follow(registry: JsonMap, { path, name, value, own }: Entry, sought: Sought): Found | undefined {
  if (isTemplateName(name)) return { kind: 'template', file: name, path }
  if (isTemplateName(value)) return { kind: 'template', file: value, path }
  const renamed = name.endsWith('*') && value.endsWith('*') ? `${value.slice(0, -1)}${sought.type.slice(name.length - 1)}` : value
  return look(own ? registry : {}, { ...sought, type: renamed, depth: sought.depth + 1 })
}

function candidates(registry: JsonMap, { type, name }: Sought): Entry[] {
  const entries: Entry[] = []
  const add = (path: string[], value: Json | undefined, own = true) => {
    if (typeof value === 'string') entries.push({ path, name: path.at(-1) ?? '', value, own })
  }
  if (isTemplateName(type)) add([type], text(registry[type]) ?? type)
  const forNames = registry.resources
  const forName = isMap(forNames) ? forNames[name] : undefined
  if (isMap(forName)) add(['resources', name, type], forName[type])
  if (!isTemplateName(type)) add([type], registry[type])
  for (const [key, value] of Object.entries(registry)) if (matches(key, value, type)) add([key], value)
  entries.sort((a, b) => b.path.length - a.path.length || compare(a.name, b.name))
  for (const [key, value] of Object.entries(ownAliases)) if (matches(key, value, type)) add([key], value, false)
  return entries
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A wildcard that leads to one type does not apply to that type itself, and one that leads to a template applies to nothing. */
function matches(key: string, value: Json | undefined, type: string): boolean {
  if (typeof value !== 'string' || isTemplateName(value)) return false
  return key.endsWith('*') && type !== value && type.startsWith(key.slice(0, -1)) && key !== type
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The environment of a nested stack (environment.py, get_child_environment): that of its parent with its own parameters, without the
 * entry that made it nested, and of `resources:` only what lies under the nested resource's name, or a pattern that fits it.
 */
export function childEnvironment(
  parent: Environment,
  { parameters, path, name }: { parameters: JsonMap; path?: string[]; name: string },
): Environment {
  const registry = structuredClone(parent.resource_registry)
  const forNames = isMap(registry.resources) ? registry.resources : {}
  if (path) removeAt(registry, path)
  const kept: JsonMap = {}
  for (const [pattern, content] of Object.entries(forNames)) if (fits(name, pattern) && isMap(content)) Object.assign(kept, content)
  const exact = forNames[name]
  if (isMap(exact)) Object.assign(kept, exact)
  registry.resources = kept
  return { ...parent, parameters, resource_registry: registry, encrypted_param_names: [] }
}

function removeAt(registry: JsonMap, path: string[]): void {
  const last = path.at(-1)
  let place: JsonMap = registry
  for (const step of path.slice(0, -1)) {
    const next = place[step]
    if (!isMap(next)) return
    place = next
  }
  if (last !== undefined) delete place[last]
}

/** A name against a pattern with `*` and `?`, in time that grows with their product at most. */
function fits(name: string, pattern: string): boolean {
  let [at, star, mark] = [0, -1, 0]
  let place = 0
  while (at < name.length) {
    const char = pattern[place]
    if (char === '*') {
      star = place
      mark = at
      place += 1
    } else if (char === '?' || char === name[at]) {
      at += 1
      place += 1
    } else if (star >= 0) {
      place = star + 1
      mark += 1
      at = mark
    } else return false
  }
  while (pattern[place] === '*') place += 1
  return place === pattern.length
}
