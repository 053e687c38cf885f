import { ValidationFault } from '../fault.ts'
import { isMap, type Json, pythonStr } from '../json.ts'
import type { Scope } from './call.ts'
import { checkCalls, holds, parse, resolve } from './functions.ts'
import type { Definition, Template } from './template.ts'

/**
 * Reads every function of a template as Heat does before it looks at any value: their form, the conditions, the groups of parameters,
 * names that are taken twice. `scope` sees a stack of which nothing exists yet. heat/engine/stack.py, validate.
 * Throws ValidationFaults in Heat's words and places.
 */
export function checkTemplate(template: Template, scope: Scope): void {
  readDefinitions(template, scope)
  readOutputs(template, scope)
  checkGroups(template)
  checkConditions(template, scope)
  const twice = Object.keys(template.resources).filter(
    (name) => Object.hasOwn(template.parameters, name) && isWanted(template, scope, name),
  )
  if (twice.length > 0) throw new ValidationFault(`Duplicate names {${twice.map((name) => `'${name}'`).join(', ')}}`)
}

/** What functions are wrong in one resource's definition, once all resources are known. heat/engine/rsrc_defn.py, validate. */
export function checkDefinition(definition: Definition, scope: Scope, name: string): void {
  const place = `resources.${name}`
  checkCalls(definition.properties, scope, `${place}.properties`)
  checkCalls(definition.metadata, scope, `${place}.metadata`)
  checkCalls(definition.updatePolicy ?? null, scope, `${place}.update_policy`)
  checkCalls(definition.externalId ?? null, scope, `${place}.external_id`)
}

/** Of which types a thing can be kept as a snapshot when the resource goes (those with handle_snapshot_delete in Heat; of volumes none
 * can, as where Heat is told that there is no service for backups). */
const snapshotTypes = ['OS::Nova::Server']

/** heat/engine/resource.py, validate_deletion_policy. Throws a ValidationFault. */
export function checkDeletionPolicy(template: Template, scope: Scope, name: string): void {
  const definition = template.resources[name]
  if (!definition || snapshotTypes.includes(definition.type) || deletionPolicyOf(definition, template, scope) !== 'Snapshot') return
  const why = definition.type === 'OS::Cinder::Volume' ? ' - volume backup service is not enabled.' : ''
  throw new ValidationFault(`"Snapshot" deletion policy not supported${why}`, { path: `resources.${name}.deletion_policy` })
}

/** Whether a resource takes part. Throws a ValidationFault with the place of a condition that is none. */
export function takesPart({ condition }: Definition, scope: Scope, name: string): boolean {
  let truth = true
  placed(`resources.${name}.condition`, () => {
    truth = holds(condition, scope)
  })
  return truth
}

/** What functions are wrong in the outputs; their values are not looked at. heat/engine/output.py, validate. */
export function checkOutputs(template: Template, scope: Scope): void {
  for (const [name, { condition, value }] of Object.entries(template.outputs)) {
    if (holds(condition, scope)) checkCalls(value, scope, `outputs.${name}.value`)
  }
}

function isWanted(template: Template, scope: Scope, name: string): boolean {
  return holds(template.resources[name]?.condition, scope)
}

function readDefinitions(template: Template, scope: Scope): void {
  for (const [name, definition] of Object.entries(template.resources)) {
    const place = `resources.${name}`
    parse(definition.properties, scope, `${place}.properties`)
    parse(definition.metadata, scope, `${place}.metadata`)
    parse(definition.deletionPolicy ?? null, scope, `${place}.deletion_policy`)
    deletionPolicyOf(definition, template, scope)
    parse(definition.updatePolicy ?? null, scope, `${place}.update_policy`)
    parse(definition.externalId ?? null, scope, `${place}.external_id`)
    parse(definition.condition ?? null, scope, `${place}.condition`, 'condition')
    if (definition.condition !== undefined) placed(`${place}.condition`, () => holds(definition.condition, scope))
  }
}

function readOutputs(template: Template, scope: Scope): void {
  for (const [name, { condition, value }] of Object.entries(template.outputs)) {
    const place = `outputs.${name}`
    parse(condition ?? null, scope, `${place}.condition`, 'condition')
    let isShown = true
    if (condition !== undefined) {
      placed(`${place}.condition`, () => {
        isShown = holds(condition, scope)
      })
    }
    if (isShown) parse(value, scope, `${place}.value`)
  }
}

/** What is said of a condition that is no condition gets its place; what is said of its definition has a kind of its own. */
function placed(path: string, what: () => void): void {
  try {
    what()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Invalid condition') && !(error instanceof ValidationFault)) {
      throw new ValidationFault(error.message, { path })
    }
    throw error
  }
}

/**
 * What becomes of a resource's thing when the resource goes: `Delete`, `Retain` or `Snapshot`. A thing that somebody else made is kept.
 * Throws a ValidationFault.
 */
export function deletionPolicyOf(definition: Definition, template: Template, scope: Scope): 'Delete' | 'Retain' | 'Snapshot' {
  const given = definition.deletionPolicy === undefined ? 'Delete' : (resolve(definition.deletionPolicy, scope) ?? 'Delete')
  const policy = pythonStr(given)
  if (!template.language.deletionPolicies.includes(policy)) throw new ValidationFault(`Invalid deletion policy "${policy}"`)
  if (definition.externalId !== undefined) return 'Retain'
  return policy.toLowerCase() === 'delete' ? 'Delete' : policy.toLowerCase() === 'retain' ? 'Retain' : 'Snapshot'
}

/** heat/engine/conditions.py: each definition is a truth or a function, and its functions are in order. */
function checkConditions(template: Template, scope: Scope): void {
  for (const [name, definition] of Object.entries(template.conditions)) {
    parse(definition, scope, `conditions.${name}`, 'condition')
    const isCall = isMap(definition) && Object.keys(definition).some((key) => Object.hasOwn(template.language.conditions, key))
    if (typeof definition === 'boolean' || (isCall && Object.keys(definition).length === 1)) continue
    const words = `The definition of condition "${name}" is invalid: ${pythonStr(definition)}`
    throw new ValidationFault(words, { kind: 'Condition validation error' })
  }
}

/** heat/engine/parameter_groups.py */
function checkGroups({ parameterGroups: groups, parameters }: Template): void {
  if (isNothing(groups)) return
  const invalid = (words: string, label?: string) => {
    const path = label === undefined ? 'parameter_groups' : `parameter_groups.${label}`
    return new ValidationFault(words, { kind: 'Parameter Groups error', path })
  }
  if (!Array.isArray(groups)) throw invalid('The parameter_groups should be a list.')
  const grouped = new Set<string>()
  for (const group of groups) {
    const label = isMap(group) ? pythonStr(group.label ?? '') : ''
    const members = isMap(group) ? (group.parameters ?? null) : null
    if (members === null) throw invalid('The parameters must be provided for each parameter group.', label)
    if (!Array.isArray(members)) throw invalid('The parameters of parameter group should be a list.', label)
    for (const member of members.map(pythonStr)) {
      if (grouped.has(member)) throw invalid(`The ${member} parameter must be assigned to one parameter group only.`, label)
      grouped.add(member)
      if (!Object.hasOwn(parameters, member)) throw invalid(`The grouped parameter ${member} does not reference a valid parameter.`, label)
    }
  }
}

function isNothing(value: Json): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}
