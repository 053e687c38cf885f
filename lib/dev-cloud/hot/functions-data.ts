import { isEmpty, isMap, type Json, type JsonMap, pythonEqual, pythonJson, pythonStr, pythonType } from '../json.ts'
import { Complaint, type FunctionKind, type FunctionTable, type Run, unknownYet } from './call.ts'
import { keyError } from './functions-text.ts'

const mapMerge: FunctionKind = {
  about: 'Maps put together; of two values under one key the later one counts.',
  compute(args, run, name) {
    const maps = run.of(args)
    if (typeof maps === 'string' && maps !== unknownYet && maps !== '')
      throw new Complaint('Incorrect arguments: Items to merge must be maps.')
    if (!Array.isArray(maps)) {
      throw new Complaint(`Incorrect arguments to "${name}" should be: "${name}" : [ { "key1": "val1" }, { "key2": "val2" } ]`)
    }
    if (maps.includes(unknownYet)) return unknownYet
    const entries = maps.flatMap((map) => {
      if (map !== null && !isMap(map)) throw new Complaint('Incorrect arguments: Items to merge must be maps.')
      return Object.entries(map ?? {})
    })
    return Object.fromEntries(entries)
  },
}

const mapReplace: FunctionKind = {
  about: 'A map with some of its keys and values replaced by others.',
  compute(args, run, name) {
    const example = `"${name}" : [ { "key1": "val1" }, {"keys": {"key1": "key2"}, "values": {"val1": "val2"}}]`
    const should = `Incorrect arguments to "${name}" should be: ${example}`
    const given = run.of(args)
    if (!Array.isArray(given) || given.length !== 2) throw new Complaint(should)
    if (given[0] === unknownYet) return unknownYet
    const mapIn = (value: Json | undefined): JsonMap => {
      if (value === null || value === undefined || value === unknownYet) return {}
      if (isMap(value)) return value
      throw new Complaint(`Incorrect arguments: to "${name}", arguments must be a list of maps. Example:  ${example}`)
    }
    const [source, change] = [mapIn(given[0]), mapIn(given[1])]
    if (Object.keys(change).some((key) => key !== 'keys' && key !== 'values')) throw new Complaint(should)
    return replaced(source, mapIn(change.keys), mapIn(change.values))
  },
}

function replaced(source: JsonMap, keys: JsonMap, values: JsonMap): JsonMap {
  const result = new Map<string, Json>()
  for (const [key, value] of Object.entries(source)) {
    const other = Object.hasOwn(keys, key) && keys[key] !== null ? pythonStr(keys[key]) : undefined
    if (other !== undefined && other !== key && Object.hasOwn(source, other)) {
      throw new Complaint(`key replacement ${other} collides with a key in the input map`)
    }
    if (other !== undefined && result.has(other)) throw new Complaint(`key replacement ${other} collides with a key in the output map`)
    const known = typeof value === 'string' && Object.hasOwn(values, value) ? values[value] : undefined
    result.set(other ?? key, known === undefined ? value : known)
  }
  return Object.fromEntries(result)
}

function concatenated(unique: boolean): FunctionKind['compute'] {
  return (args, run, name) => {
    const lists = run.of(args)
    if (!Array.isArray(lists)) {
      const example = `"${name}" : [ [ <value 1>, <value 2> ], [ <value 3>, <value 4> ] ]`
      throw new Complaint(`Incorrect arguments to "${name}" should be: ${example}`)
    }
    const items = lists.flatMap((list): Json[] => {
      if (list === null) return []
      if (list === unknownYet) return [unknownYet]
      if (Array.isArray(list)) return list
      const shown = `${pythonJson(lists)} contains an item that is not a list: ${pythonJson(list)}`
      throw new Complaint(`Incorrect arguments: Items to concat must be lists. ${shown}`)
    })
    return unique ? withoutTwins(items, run) : items
  }
}

function withoutTwins(items: Json[], run: Run): Json[] {
  const kept: Json[] = []
  for (const item of items) {
    run.spend(kept.length)
    if (!kept.some((other) => pythonEqual(other, item))) kept.push(item)
  }
  return kept
}

const filter: FunctionKind = {
  about: 'A list without those of its items that another list names.',
  form(args, name) {
    if (!Array.isArray(args)) throw new Complaint(`Argument to "${name}" must be a list`)
    if (args.length === 2) return
    throw new Complaint(`"${name}" expected 2 arguments of the form [values, sequence] but got ${args.length} arguments instead`)
  },
  compute(args, run, name) {
    const [without = null, from = null] = Array.isArray(args) ? args : []
    const list = run.of(from)
    if (isEmpty(list) || list === unknownYet) return list
    if (!Array.isArray(list)) throw new Complaint(`"${name}" only works with lists`)
    const values = run.of(without)
    if (isEmpty(values) || values === unknownYet) return list
    // What Heat means to say is lost in a mistake of its own.
    if (!Array.isArray(values)) throw new Complaint('format requires a mapping')
    run.spend(list.length * values.length)
    return list.filter((item) => !values.some((value) => pythonEqual(value, item)))
  },
}

/** `what`: how this version's form names what it goes through. */
function repeatKind({ maps, permutations }: { maps: boolean; permutations: boolean }): FunctionKind {
  return {
    about: `A list with one copy of a template for each item of a list${maps ? ', or key of a map' : ''}.`,
    form(args, name, isCall) {
      if (!isMap(args) || isCall(args)) throw new Complaint(`Arguments to "${name}" must be a map`)
      if (!('for_each' in args) || !('template' in args)) {
        const example = ['repeat:', 'template: This is %var%', 'for_each:', "  %var%: ['a', 'b', 'c']"]
        throw keyError(`"repeat" syntax should be ${example.join('\n              ')}`)
      }
      if (permutations && 'permutations' in args && typeof args.permutations !== 'boolean') {
        throw new Complaint(`"permutations" should be boolean type for ${name} function.`)
      }
    },
    check(args, _scope, name, isCall) {
      const loops = isMap(args) ? args.for_each : undefined
      if (!isMap(loops) && !isCall(loops)) throw new Complaint(`The "for_each" argument to "${name}" must contain a map`)
    },
    compute(args, run, name) {
      if (!isMap(args)) return null
      const nested = !permutations || args.permutations !== false
      return repeated(args, run, { name, nested, maps: maps && nested })
    },
  }
}

function repeated(args: JsonMap, run: Run, { name, nested, maps }: { name: string; nested: boolean; maps: boolean }): Json {
  const loops = run.of(args.for_each ?? null)
  if (!isMap(loops)) throw new Complaint(`'${pythonType(loops)}' object has no attribute 'items'`)
  const keys = Object.keys(loops)
  if (keys.length === 0) throw new Complaint('not enough values to unpack (expected 2, got 0)')
  const lists = Object.values(loops).map((list): Json[] | null => {
    if (list === null) return null
    if (list === unknownYet) return [unknownYet]
    if (Array.isArray(list)) return list
    if (isMap(list) && maps) return Object.keys(list)
    throw new Complaint(`The values of the "for_each" argument to "${name}" must be lists${maps ? ' or maps' : ''}`)
  })
  const lengths = new Set(lists.filter((list) => list !== null).map((list) => list.length))
  if (!nested && lengths.size > 1) throw new Complaint(`For ${name}, the length of for_each values should be equal if no nested loop.`)
  const template = run.of(args.template ?? null)
  const size = pythonJson(template).length
  const rounds = nested
    ? product(lists, (count) => run.spend(count * (size + 16)))
    : pairs(lists, (count) => run.spend(count * (size + 16)))
  return rounds.map((values) => replaceAll(template, { keys, values, run }))
}

/** All combinations, the last list fastest. */
function product(lists: (Json[] | null)[], spend: (count: number) => void): Json[][] {
  spend(lists.reduce((count, list) => count * (list?.length ?? 0), 1))
  return lists.reduce<Json[][]>((rounds, list) => rounds.flatMap((round) => (list ?? []).map((value) => [...round, value])), [[]])
}

function pairs(lists: (Json[] | null)[], spend: (count: number) => void): Json[][] {
  const count = Math.min(...lists.map((list) => list?.length ?? 0))
  spend(count)
  return Array.from({ length: count }, (_, index) => lists.map((list) => list?.[index] ?? null))
}

/** One variable after the other, as Python's `str.replace` does it, which takes texts only. */
function replaceAll(value: Json, round: { keys: string[]; values: Json[]; run: Run }): Json {
  if (typeof value === 'string') {
    return round.keys.reduce((current, key, index) => {
      const item = round.values[index]
      if (typeof item !== 'string') throw new Complaint(`replace() argument 2 must be str, not ${pythonType(item)}`)
      if (!current.includes(key)) return current
      const parts = key === '' ? ['', ...Array.from(current), ''] : current.split(key)
      round.run.spend(current.length + parts.length * item.length)
      return parts.join(item)
    }, value)
  }
  if (Array.isArray(value)) return value.map((item) => replaceAll(item, round))
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [pythonStr(replaceAll(key, round)), replaceAll(inner, round)]))
}

export const repeat = repeatKind({ maps: false, permutations: false })
export const repeatMaps = repeatKind({ maps: true, permutations: false })
export const repeatPairs = repeatKind({ maps: true, permutations: true })

/** heat/engine/hot/functions.py, Yaql: this cloud has no such language. */
export const yaql: FunctionKind = {
  about: 'What an expression in the YAQL language comes to; this development cloud does not compute it.',
  form(_args, name) {
    throw new Complaint(`"${name}" is a function of Heat that this development cloud does not compute.`)
  },
  compute: () => null,
}

export const dataFunctions = {
  map_merge: mapMerge,
  map_replace: mapReplace,
  filter,
  list_concat: { about: 'Lists put together.', compute: concatenated(false) },
  list_concat_unique: { about: 'Lists put together, each item once.', compute: concatenated(true) },
} satisfies FunctionTable
