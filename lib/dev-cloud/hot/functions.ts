import { Fault, ValidationFault } from '../fault.ts'
import { isMap, type Json, pythonRepr, pythonStr } from '../json.ts'
import { Complaint, type FunctionTable, type Language, type Run, type Scope } from './call.ts'
import { newest } from './languages.ts'

const languageOf = (scope: Scope): Language => scope.language ?? newest

/** Whether a value is read as a part of the template or as a part of a condition, which have different functions. */
export type Reading = 'value' | 'condition'

const tableOf = (language: Language, reading: Reading): FunctionTable => (reading === 'value' ? language.functions : language.conditions)

/** A map with one key that names a function is a call of it; any other map is data, as in Heat. */
export function callOf(value: Json | undefined, language: Language, reading: Reading = 'value') {
  if (value === undefined || !isMap(value)) return undefined
  const keys = Object.keys(value)
  const [name] = keys
  const table = tableOf(language, reading)
  if (keys.length !== 1 || name === undefined || !Object.hasOwn(table, name)) return undefined
  const kind = table[name]
  return kind && { name, args: value[name] ?? null, kind }
}

/** Letters that may be made with one scope, which is made anew for each step of a stack: no request can make much more. */
const budget = 32_000_000
const maxDepth = 100
const spent = new WeakMap<Scope, number>()
const answers = new WeakMap<Scope, Map<string, boolean | 'open'>>()

function runIn(scope: Scope, reading: Reading): Run {
  let depth = 0
  const spend = (units: number) => {
    const total = (spent.get(scope) ?? 0) + units
    if (total > budget) throw new Complaint('The functions of this template make more than this development cloud computes.')
    spent.set(scope, total)
  }
  const resolve = (value: Json): Json | undefined => {
    spend(typeof value === 'string' ? 8 + value.length : 8)
    if (typeof value !== 'object' || value === null) return value
    depth += 1
    if (depth > maxDepth) throw new Complaint('This template is nested deeper than this development cloud reads.')
    try {
      const call = callOf(value, languageOf(scope), reading)
      if (call) return call.kind.compute(call.args, run, call.name)
      if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined)
      const entries = Object.entries(value).map(([key, inner]): [string, Json | undefined] => [key, resolve(inner)])
      return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined))
    } finally {
      depth -= 1
    }
  }
  const run = { scope, resolve, of: (value: Json) => resolve(value) ?? null, truth: (value: Json) => truth(value, scope), spend }
  return run
}

/** The value with all functions computed. `undefined` only where an `if` without a second branch removes what it stands for. */
export function resolve(value: Json, scope: Scope): Json | undefined {
  return runIn(scope, 'value').resolve(value)
}

/** The truth of a condition, given by its name or written out. heat/engine/conditions.py. */
function truth(value: Json, scope: Scope): boolean {
  const found = runIn(scope, 'condition').of(value)
  // Conditions.is_enabled: no condition is true.
  if (found === null) return true
  if (typeof found === 'boolean') return found
  if (typeof found !== 'string') throw new Complaint(`Invalid condition "${pythonRepr(found)}"`)
  return named(found, definitionOf(found, scope), scope)
}

function definitionOf(name: string, scope: Scope): Json {
  try {
    return scope.condition(name)
  } catch (error) {
    throw error instanceof Fault ? new Complaint(`Invalid condition "${name}"`) : error
  }
}

function named(name: string, definition: Json, scope: Scope): boolean {
  const known = answers.get(scope) ?? new Map<string, boolean | 'open'>()
  answers.set(scope, known)
  const answer = known.get(name)
  const invalid = (words: string) => new ValidationFault(words, { kind: 'Condition validation error' })
  if (answer === 'open') throw invalid(`Circular definition for condition "${name}"`)
  if (answer !== undefined) return answer
  known.set(name, 'open')
  try {
    const result = runIn(scope, 'condition').of(definition)
    if (typeof result !== 'boolean') throw invalid(`The definition of condition "${name}" is invalid: ${pythonStr(result)}`)
    known.set(name, result)
    return result
  } finally {
    if (known.get(name) === 'open') known.delete(name)
  }
}

/** The truth of the condition of a resource or an output; what has none is wanted. */
export function holds(condition: Json | undefined, scope: Scope): boolean {
  return condition === undefined ? true : truth(condition, scope)
}

/**
 * What Heat finds as it reads a value: calls of the wrong form, functions that conditions may not have. `path` is the value's place.
 * heat/engine/template.py, parse. Throws a ValidationFault with the place of the call.
 */
export function parse(value: Json, scope: Scope, path: string, reading: Reading = 'value'): void {
  const isCall = (inner: Json | undefined) => callOf(inner, languageOf(scope), reading) !== undefined
  const run = runIn(scope, reading)
  const visit = (current: Json, place: string, depth: number): void => {
    if (depth > maxDepth) throw new ValidationFault('This template is nested deeper than this development cloud reads.', { path })
    const call = callOf(current, languageOf(scope), reading)
    if (call) {
      const inside = `${place}.${call.name}`
      placed(inside, () => {
        if (!call.kind.choose) visit(call.args, inside, depth + 1)
        call.kind.form?.(call.args, call.name, isCall)
        if (call.kind.choose && Array.isArray(call.args)) parse(call.args[0] ?? null, scope, call.name, 'condition')
        const chosen = call.kind.choose?.(call.args, run, call.name)
        if (chosen !== undefined) visit(chosen, inside, depth + 1)
      })
    } else if (Array.isArray(current)) for (const [index, item] of current.entries()) visit(item, `${place}[${index}]`, depth + 1)
    else if (isMap(current)) for (const [key, inner] of Object.entries(current)) visit(inner, `${place}.${key}`, depth + 1)
  }
  visit(value, path, 0)
}

function placed(path: string, what: () => void): void {
  try {
    what()
  } catch (error) {
    throw error instanceof Complaint ? new ValidationFault(error.message, { path }) : error
  }
}

/**
 * What Heat finds in a value once all resources are known by name. heat/engine/function.py, validate. Throws a ValidationFault with
 * the place of the call.
 */
export function checkCalls(value: Json, scope: Scope, path: string): void {
  const isCall = (inner: Json | undefined) => callOf(inner, languageOf(scope)) !== undefined
  const run = runIn(scope, 'value')
  const visit = (current: Json, place: string): void => {
    const call = callOf(current, languageOf(scope))
    if (call) {
      const inside = `${place}.${call.name}`
      const chosen = call.kind.choose?.(call.args, run, call.name)
      try {
        if (!call.kind.choose) visit(call.args, '')
        else if (chosen !== undefined) visit(chosen, '')
        call.kind.check?.(call.args, scope, call.name, isCall)
      } catch (error) {
        // A call inside another one is told as part of the outer one's complaint.
        if (error instanceof ValidationFault) throw new ValidationFault(error.words.replace(/^\./, ''), { path: inside })
        throw error instanceof Fault ? new ValidationFault(error.message, { path: inside }) : error
      }
    } else if (Array.isArray(current)) for (const [index, item] of current.entries()) visit(item, `${place}[${index}]`)
    else if (isMap(current)) for (const [key, inner] of Object.entries(current)) visit(inner, place ? `${place}.${key}` : key)
  }
  visit(value, path)
}

/** Every resource that a value names, and where. Without a scope both branches of each `if` count. */
export function references(
  value: Json,
  path: string,
  where: { language?: Language; scope?: Scope | undefined; has?: (name: string) => boolean } = {},
): { resource: string; path: string }[] {
  const call = callOf(value, where.language ?? newest)
  if (call) {
    const inside = `${path}.${call.name}`
    if (call.kind.choose && where.scope) {
      const chosen = call.kind.choose(call.args, runIn(where.scope, 'value'), call.name)
      return chosen === undefined ? [] : references(chosen, inside, where)
    }
    const own = referenced(call.name, call.args, where.has)
    return [...references(call.args, inside, where), ...(own === undefined ? [] : [{ resource: own, path }])]
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => references(item, `${path}[${index}]`, where))
  return isMap(value) ? Object.entries(value).flatMap(([key, inner]) => references(inner, `${path}.${key}`, where)) : []
}

function referenced(name: string, args: Json, has: ((name: string) => boolean) | undefined): string | undefined {
  const first = name === 'get_attr' && Array.isArray(args) ? args[0] : args
  if (typeof first !== 'string') return undefined
  if (name === 'get_resource' || name === 'get_attr') return first
  return name === 'Ref' && has?.(first) ? first : undefined
}
