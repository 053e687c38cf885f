import { createHash } from 'node:crypto'
import { Fault, invalidStack } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonJson, pythonText, sameJson } from '../json.ts'

/** Where a function finds what it names. Each throws a Fault when the name means nothing. */
export type Scope = {
  parameter(name: string): Json
  /** `get_resource`: the id, `unknownYet` while there is none. */
  resource(name: string): Json
  /** `get_attr`, before its path is followed. */
  attribute(name: string, attribute: string): Json
  /** The same for a resource that takes the path itself (members of a group); `undefined`: it does not. */
  deepAttribute?(name: string, attribute: string, path: Json[]): Json | undefined
  file(name: string): string
  condition(name: string): Json
}

/** Stands for a value that only exists once something has been made; it makes every text it is put into unknown too. */
export const unknownYet = '\u0000?\u0000'

export function isUnknown(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes(unknownYet)
  if (Array.isArray(value)) return value.some(isUnknown)
  return isMap(value) && Object.values(value).some(isUnknown)
}

type Compute = (argument: Json, scope: Scope, name: string) => Json | undefined

/** A map with one key that names a function is a call of it; any other map is data, as in Heat. */
export function nodeOf(value: Json): { name: string; argument: Json } | undefined {
  if (!isMap(value)) return undefined
  const keys = Object.keys(value)
  const name = keys[0]
  return keys.length === 1 && name !== undefined && Object.hasOwn(table, name) ? { name, argument: value[name] ?? null } : undefined
}

/** The value with all functions computed. `undefined` only where an `if` without "else" removes what it stands for. */
export function resolve(value: Json, scope: Scope): Json | undefined {
  const node = nodeOf(value)
  if (node) return table[node.name as keyof typeof table](node.argument, scope, node.name)
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== undefined)
  if (!isMap(value)) return value
  const result: JsonMap = {}
  for (const [key, inner] of Object.entries(value)) {
    const resolved = resolve(inner, scope)
    if (resolved !== undefined) result[key] = resolved
  }
  return result
}

/** Every resource that a value names with get_resource or get_attr, and where. */
export function references(value: Json, path: string): { resource: string; path: string }[] {
  const node = nodeOf(value)
  if (node?.name === 'get_resource' && typeof node.argument === 'string') return [{ resource: node.argument, path }]
  if (node?.name === 'get_attr' && Array.isArray(node.argument)) {
    const [resource, ...rest] = node.argument
    return [...(typeof resource === 'string' ? [{ resource, path }] : []), ...rest.flatMap((item) => references(item, path))]
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => references(item, `${path}[${index}]`))
  return isMap(value) ? Object.entries(value).flatMap(([key, inner]) => references(inner, `${path}.${key}`)) : []
}

/** Follows keys and indices into a value; what is not there is null, as in Heat. */
export function follow(value: Json, path: Json[]): Json {
  let current: Json = value
  for (const step of path) {
    if (current === unknownYet) return unknownYet
    if (Array.isArray(current)) current = current[Number(step)] ?? null
    else if (isMap(current)) current = current[pythonText(step)] ?? null
    else return null
  }
  return current
}

const bad = (name: string, complaint: string) => invalidStack(`"${name}" ${complaint}`)

function all(argument: Json, scope: Scope): Json {
  return resolve(argument, scope) ?? null
}

function pathFunction(argument: Json, scope: Scope, name: string): [string, Json[]] {
  const value = all(argument, scope)
  const [first, ...path] = Array.isArray(value) ? value : [value]
  if (typeof first !== 'string') throw bad(name, 'takes a name, or a list that begins with one')
  return [first, path]
}

/** Text for list_join and str_replace: maps and lists as JSON (HOT specification, since 2015-10-15). */
function asText(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? pythonJson(value) : pythonText(value)
}

function replaceText(name: string, strict: 'no' | 'known' | 'filled'): Compute {
  return (argument, scope) => {
    const parts = isMap(argument) ? all(argument, scope) : null
    if (!isMap(parts) || !isMap(parts.params) || parts.template === undefined) {
      throw bad(name, 'must be a map with "template" and "params"')
    }
    if (typeof parts.template !== 'string') throw bad(name, '"template" must be a string')
    const template = parts.template
    const params = parts.params
    const keys = Object.keys(params).sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    for (const key of keys) {
      if (key === '') throw bad(name, 'has an empty parameter name')
      if (strict !== 'no' && !template.includes(key)) throw bad(name, `The following params were not found in the template: ${key}`)
      if (strict === 'filled' && asText(params[key] ?? null) === '') throw bad(name, `The following params have no value: ${key}`)
    }
    if (keys.length === 0) return template
    const pattern = new RegExp(keys.map((key) => key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
    return template.replace(pattern, (key) => asText(params[key] ?? null))
  }
}

const listJoin: Compute = (argument, scope, name) => {
  const parts = all(argument, scope)
  if (!Array.isArray(parts) || parts.length < 2) throw bad(name, 'takes a delimiter and one or more lists')
  const [delimiter, ...lists] = parts
  if (typeof delimiter !== 'string') throw bad(name, 'takes a string as its delimiter')
  if (lists.some((list) => list === unknownYet)) return unknownYet
  const items = lists.flatMap((list) => {
    if (list !== null && !Array.isArray(list)) throw bad(name, 'joins lists only')
    return list ?? []
  })
  return items.map(asText).join(delimiter)
}

const strSplit: Compute = (argument, scope, name) => {
  const parts = all(argument, scope)
  if (!Array.isArray(parts) || parts.length < 2) throw bad(name, 'takes a delimiter, a string and perhaps an index')
  const [delimiter, source, index] = parts
  if (isUnknown(source ?? null)) return unknownYet
  if (typeof delimiter !== 'string' || delimiter === '') throw bad(name, 'takes a string as its delimiter')
  const pieces = typeof source === 'string' ? source.split(delimiter) : []
  if (index === undefined) return pieces
  const piece = pieces[Number(index)]
  if (piece === undefined) throw bad(name, `has no piece ${pythonText(index)}`)
  return piece
}

/** All combinations of the loop variables, the last one fastest (HOT specification, repeat). */
const repeat: Compute = (argument, scope, name) => {
  if (!isMap(argument) || !isMap(argument.for_each) || argument.template === undefined) throw bad(name, 'takes "template" and "for_each"')
  const template = argument.template
  const pairwise = argument.permutations === false
  const loops = Object.entries(argument.for_each).map(([variable, list]) => {
    const values = all(list, scope)
    if (isUnknown(values)) return { variable, values: [unknownYet] as Json[] }
    if (!Array.isArray(values) && !isMap(values)) throw bad(name, 'goes through lists and maps only')
    return { variable, values: Array.isArray(values) ? values : Object.keys(values) }
  })
  let rounds: [string, Json][][] = [[]]
  if (pairwise) {
    rounds = (loops[0]?.values ?? []).map((_, index) => loops.map(({ variable, values }) => [variable, values[index] ?? null]))
  } else {
    for (const { variable, values } of loops)
      rounds = rounds.flatMap((round) => values.map((value) => [...round, [variable, value] as [string, Json]]))
  }
  return rounds.map((round) => all(fill(template, round), scope))
}

function fill(value: Json, round: [string, Json][]): Json {
  if (typeof value === 'string') {
    const whole = round.find(([variable]) => variable === value)
    return whole ? whole[1] : round.reduce((current, [variable, item]) => current.replaceAll(variable, asText(item)), value)
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, round))
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [asText(fill(key, round)), fill(inner, round)]))
}

function truth(value: Json, scope: Scope): boolean {
  if (typeof value === 'string') return truth(scope.condition(value), scope)
  const resolved = all(value, scope)
  if (typeof resolved !== 'boolean') throw invalidStack('A condition must be true or false')
  return resolved
}

function lists(argument: Json, scope: Scope, name: string): Json[][] {
  const parts = all(argument, scope)
  if (!Array.isArray(parts)) throw bad(name, 'takes a list of lists')
  return parts.map((part) => {
    if (part === null) return []
    if (part === unknownYet) return [unknownYet]
    if (!Array.isArray(part)) throw bad(name, 'takes a list of lists')
    return part
  })
}

const mapMerge: Compute = (argument, scope, name) => {
  const parts = all(argument, scope)
  if (!Array.isArray(parts)) throw bad(name, 'takes a list of maps')
  const merged: JsonMap = {}
  for (const part of parts) {
    if (part === unknownYet) return unknownYet
    if (part !== null && !isMap(part)) throw bad(name, 'takes a list of maps')
    Object.assign(merged, part ?? {})
  }
  return merged
}

const mapReplace: Compute = (argument, scope, name) => {
  const [source, change] = (all(argument, scope) as Json[]) ?? []
  if (source === unknownYet) return unknownYet
  if (!isMap(source) || !isMap(change)) throw bad(name, 'takes a map and a map with "keys" or "values"')
  const keys = isMap(change.keys) ? change.keys : {}
  const values = isMap(change.values) ? change.values : {}
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => {
      const looked = typeof value === 'object' ? undefined : values[pythonText(value)]
      return [pythonText(keys[key] ?? key), looked ?? value]
    }),
  )
}

const digest: Compute = (argument, scope, name) => {
  const [algorithm, value] = (all(argument, scope) as Json[]) ?? []
  if (typeof algorithm !== 'string' || typeof value !== 'string') throw bad(name, 'takes an algorithm and a string')
  if (isUnknown(value)) return unknownYet
  if (!['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].includes(algorithm)) throw bad(name, `knows no algorithm ${algorithm}`)
  return createHash(algorithm).update(value).digest('hex')
}

const makeUrl: Compute = (argument, scope, name) => {
  const parts = all(argument, scope)
  if (!isMap(parts)) throw bad(name, 'takes a map')
  const { scheme, username, password, host, port, path, query, fragment } = parts
  const login = username === undefined ? '' : `${asText(username)}${password === undefined ? '' : `:${asText(password)}`}@`
  const place = host === undefined ? '' : `//${login}${asText(host)}${port === undefined ? '' : `:${asText(port)}`}`
  const search = isMap(query) ? new URLSearchParams(Object.entries(query).map(([key, value]) => [key, asText(value)])).toString() : ''
  return `${scheme === undefined ? '' : `${asText(scheme)}:`}${place}${asText(path ?? '')}${search && `?${search}`}${fragment === undefined ? '' : `#${asText(fragment)}`}`
}

const unsupported: Compute = (_argument, _scope, name) => {
  throw bad(name, 'is not supported by this development cloud')
}

const table = {
  get_param: (argument, scope, name) => {
    const [parameter, path] = pathFunction(argument, scope, name)
    return follow(scope.parameter(parameter), path)
  },
  get_resource: (argument, scope) => scope.resource(pythonText(argument)),
  get_attr: (argument, scope, name) => {
    const [resource, [attribute, ...path]] = pathFunction(argument, scope, name)
    if (typeof attribute !== 'string') throw bad(name, 'takes a resource, an attribute and perhaps a path')
    const deep = scope.deepAttribute?.(resource, attribute, path)
    return deep === undefined ? follow(scope.attribute(resource, attribute), path) : deep
  },
  get_file: (argument, scope) => scope.file(pythonText(all(argument, scope))),
  str_replace: replaceText('str_replace', 'no'),
  str_replace_strict: replaceText('str_replace_strict', 'known'),
  str_replace_vstrict: replaceText('str_replace_vstrict', 'filled'),
  list_join: listJoin,
  str_split: strSplit,
  repeat,
  digest,
  map_merge: mapMerge,
  map_replace: mapReplace,
  make_url: makeUrl,
  list_concat: (argument, scope, name) => lists(argument, scope, name).flat(),
  list_concat_unique: (argument, scope, name) => {
    const items = lists(argument, scope, name).flat()
    return items.filter((item, index) => items.findIndex((other) => sameJson(other, item)) === index)
  },
  filter: (argument, scope, name) => {
    const [without, from] = lists(argument, scope, name)
    return (from ?? []).filter((item) => !(without ?? []).some((other) => sameJson(other, item)))
  },
  contains: (argument, scope, name) => {
    const parts = all(argument, scope)
    if (!Array.isArray(parts) || parts.length !== 2) throw bad(name, 'takes a value and a list')
    const [value, list] = parts
    if (typeof list === 'string') return list.includes(asText(value ?? null))
    return Array.isArray(list) && list.some((item) => sameJson(item, value ?? null))
  },
  if: (argument, scope, name) => {
    if (!Array.isArray(argument) || argument.length < 2 || argument.length > 3) throw bad(name, 'takes a condition and one or two values')
    const chosen = truth(argument[0] ?? null, scope) ? argument[1] : argument[2]
    return chosen === undefined ? undefined : resolve(chosen, scope)
  },
  equals: (argument, scope, name) => {
    const parts = all(argument, scope)
    if (!Array.isArray(parts) || parts.length !== 2) throw bad(name, 'takes two values')
    return sameJson(parts[0] ?? null, parts[1] ?? null)
  },
  not: (argument, scope) => !truth(argument, scope),
  and: (argument, scope) => Array.isArray(argument) && argument.every((part) => truth(part, scope)),
  or: (argument, scope) => Array.isArray(argument) && argument.some((part) => truth(part, scope)),
  yaql: unsupported,
  resource_facade: unsupported,
} satisfies Record<string, Compute>

/** The truth of a condition, given by name or written out; what has none is wanted. */
export function holds(condition: Json | undefined, scope: Scope): boolean {
  return condition === undefined ? true : typeof condition === 'boolean' ? condition : truth(condition, scope)
}

/** Every function's name, for GET /template_versions/.../functions. */
export const functionNames = Object.keys(table).filter((name) => !['equals', 'not', 'and', 'or'].includes(name))

/** heat/common/exception.py, UserParameterMissing: what `get_param` of an undeclared parameter becomes. */
export const missingParameter = (name: string) => new Fault(400, 'UserParameterMissing', `The Parameter (${name}) was not provided.`)
