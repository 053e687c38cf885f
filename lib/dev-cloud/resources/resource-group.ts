import type { ChildForm, ChildStep, ResourceType, Work } from '../cloud.ts'
import type { Environment } from '../hot/environment.ts'
import type { PropertySchemas } from '../hot/properties.ts'
import { childEnvironment } from '../hot/registry.ts'
import { isMap, type Json, type JsonMap, maps, pythonText, sameJson, text } from '../json.ts'
import { childOf, type Resource } from '../state.ts'
import { type Batches, batchesOf } from './batches.ts'
import { askedAttributes, groupOutputs } from './group-outputs.ts'

const batch: PropertySchemas = {
  max_batch_size: { type: 'integer', default: 1, range: { min: 1 } },
  pause_time: { type: 'number', default: 0, range: { min: 0 } },
}
const policy: PropertySchemas = {
  rolling_update: { type: 'map', keys: { min_in_service: { type: 'integer', default: 0, range: { min: 0 } }, ...batch } },
  batch_create: { type: 'map', keys: batch },
}

/** A number of resources of one kind, numbered from 0 (heat/engine/resources/openstack/heat/resource_group.py). */
const group: ResourceType = {
  description: 'A number of resources of one kind.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    count: { type: 'integer', default: 1, updatable: true, range: { min: 0 }, description: 'How many.' },
    index_var: { type: 'string', default: '%index%', length: { min: 3 }, description: 'What stands for the number in the definition.' },
    resource_def: {
      type: 'map',
      required: true,
      updatable: true,
      description: 'What each of them is.',
      keys: {
        type: { type: 'string', required: true, description: 'Type of each.' },
        properties: { type: 'map', description: 'Properties of each; the number may stand in them.' },
        metadata: { type: 'map', description: 'Metadata of each.' },
      },
    },
    removal_policies: {
      type: 'list',
      default: [],
      updatable: true,
      description: 'Which of them go first.',
      items: { type: 'map', keys: { resource_list: { type: 'list', default: [], description: 'Members by name or by physical id.' } } },
    },
    removal_policies_mode: {
      type: 'string',
      default: 'append',
      updatable: true,
      allowed: ['append', 'update'],
      description: 'Whether what was removed before stays so.',
    },
  },
  attributes: {
    refs: { type: 'list', description: 'What get_resource gives of each member.' },
    refs_map: { type: 'map', description: 'The same by the name of the member.' },
    attributes: { type: 'map', description: 'An attribute of all members, by their names.' },
    removed_rsrc_list: { type: 'list', description: 'Names of members that were removed on purpose.' },
  },
  create: () => undefined,
  remove: () => undefined,
  attribute: () => undefined,
  show: () => ({}),
  nesting: { kind: 'group', url: 'nested_stack', compose, steps, policy },
}

/** One more than a stack can have: what is wanted beyond need not be written out to be refused. */
const tooMany = 1001

function compose(work: Work): ChildForm {
  const skipped = skippedNames(work)
  work.resource.data.skipped = skipped
  const names = namesFor(Math.min(Number(work.properties.count), tooMany), skipped)
  const asked = askedAttributes(work.stack.template, work.resource.name)
  return {
    template: templateOf(
      names.map((name) => [name, memberOf(work.properties, name)]),
      asked,
    ),
    ...surroundings(work),
  }
}

function surroundings({ stack, resource }: Work): Pick<ChildForm, 'parameters' | 'environment'> {
  return { parameters: {}, environment: childEnvironment(stack.environment as Environment, { parameters: {}, name: resource.name }) }
}

/** Numbers from 0 that were not removed on purpose. */
export function namesFor(count: number, skipped: string[]): string[] {
  const names: string[] = []
  for (let index = 0; names.length < count; index += 1) if (!skipped.includes(String(index))) names.push(String(index))
  return names
}

/** Removal is asked for by name or by what get_resource gives; it lasts, unless the mode is `update`. */
function skippedNames(work: Work): string[] {
  const { stack, resource, properties } = work
  const before = Array.isArray(resource.data.skipped) ? resource.data.skipped.map(pythonText) : []
  const child = childOf(stack, resource)
  const members = child && resource.physicalId !== null ? Object.values(child.resources) : undefined
  const asked = maps(properties.removal_policies).flatMap(({ resource_list: list }) => (Array.isArray(list) ? list.map(pythonText) : []))
  const found = asked.flatMap((name) => {
    if (!members || before.includes(name) || members.some((member) => member.name === name)) return [name]
    return members.filter(({ physicalId }) => physicalId === name).map((member) => member.name)
  })
  return [...new Set([...(properties.removal_policies_mode === 'update' ? [] : before), ...found])].sort()
}

function memberOf(properties: JsonMap, name: string): JsonMap {
  const definition = isMap(properties.resource_def) ? properties.resource_def : {}
  const variable = text(properties.index_var) ?? '%index%'
  const given = isMap(definition.properties) ? Object.entries(definition.properties).filter(([, value]) => value !== null) : []
  return {
    type: definition.type ?? '',
    ...(given.length > 0 ? { properties: numbered(Object.fromEntries(given), variable, name) } : {}),
    ...(isMap(definition.metadata) ? { metadata: definition.metadata } : {}),
  }
}

function numbered(value: Json, variable: string, name: string): Json {
  if (typeof value === 'string') return value.replaceAll(variable, name)
  if (Array.isArray(value)) return value.map((item) => numbered(item, variable, name))
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbered(inner, variable, name)])) : value
}

function templateOf(members: [string, JsonMap][], asked: string[][]): JsonMap {
  return {
    heat_template_version: '2015-04-30',
    resources: Object.fromEntries(members),
    outputs: groupOutputs(
      members.map(([name]) => name),
      asked,
    ),
  }
}

/** `update_policy`: members are made or changed so many at a time. */
function steps(work: Work, members: Pick<Resource, 'name' | 'status'>[], again: boolean): ChildStep[] {
  const policy = isMap(work.resource.data.updatePolicy) ? work.resource.data.updatePolicy : {}
  const chosen = again ? policy.rolling_update : policy.batch_create
  if (!isMap(chosen)) return []
  const skipped = skippedNames(work)
  const old = memberDefinitions(work)
  const wanted = (name: string) => memberOf(work.properties, name)
  const existing = members.filter(({ name }) => !skipped.includes(name))
  // What failed is made anew as if it were not there (heat/common/grouputils.py, member_names).
  const sound = existing.filter(({ status }) => status !== 'FAILED').map(({ name }) => name)
  const changed = existing.filter(({ name }) => !sameJson(old[name] ?? null, wanted(name)))
  if (again && changed.length === 0) return []
  const batches: Batches = batchesOf({
    target: Number(work.properties.count),
    current: existing.length,
    size: Number(chosen.max_batch_size ?? 1),
    keep: again ? Number(chosen.min_in_service ?? 0) : 0,
  })
  const pauseMs = Number(chosen.pause_time ?? 0) * 1000
  let definitions = sound.map((name): [string, JsonMap] => [name, old[name] ?? wanted(name)])
  return batches.map(({ capacity, fresh }) => {
    definitions = nextMembers(definitions, {
      capacity,
      fresh,
      names: namesFor(capacity, skipped),
      target: Number(work.properties.count),
      wanted,
    })
    return { template: templateOf(definitions, askedAttributes(work.stack.template, work.resource.name)), pauseMs }
  })
}

function memberDefinitions({ stack, resource }: Work): Record<string, JsonMap> {
  const resources = childOf(stack, resource)?.template.resources
  return isMap(resources) ? (resources as Record<string, JsonMap>) : {}
}

type Batch = { capacity: number; fresh: number; names: string[]; target: number; wanted: (name: string) => JsonMap }

/** heat/scaling/template.py, member_definitions: the highest numbers change first, new ones take what is left of the batch. */
function nextMembers(before: [string, JsonMap][], { capacity, fresh, names, target, wanted }: Batch): [string, JsonMap][] {
  const priority = (name: string) => {
    const index = names.indexOf(name)
    if (index < 0) return 0
    return index < target ? target - index : capacity
  }
  const kept = [...before].sort(([a], [b]) => priority(a) - priority(b)).slice(-capacity)
  const known = new Set(before.map(([name]) => name))
  const free = names.filter((name) => !known.has(name))
  let replace = fresh - (capacity - kept.length)
  const next = kept.map(([name, definition]): [string, JsonMap] => {
    if (replace <= 0 || sameJson(definition, wanted(name))) return [name, definition]
    replace -= 1
    return [name, wanted(name)]
  })
  for (const name of free.slice(0, capacity - kept.length)) next.push([name, wanted(name)])
  return next.sort(([a], [b]) => Number(a) - Number(b))
}

export const groupTypes: Record<string, ResourceType> = { 'OS::Heat::ResourceGroup': group }
