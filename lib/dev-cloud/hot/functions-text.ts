import { createHash } from 'node:crypto'
import { isEmpty, isMap, type Json, type JsonMap, pythonLength, pythonRepr, pythonStr, pythonType, sortedJson } from '../json.ts'
import { Complaint, type FunctionKind, type FunctionTable, isUnknown, type Run, unknownYet } from './call.ts'

/** Python shows a KeyError's text as `repr` does. */
export const keyError = (words: string) => new Complaint(pythonRepr(words))

type Filling = { json: boolean; strict: boolean; empty: boolean }

/** What a value becomes in a text. Throws where this form of the function takes no such value. */
function filled(value: Json, { json, empty }: Filling, { name, key }: { name: string; key: string }): string {
  const refuseEmpty = () => new Complaint(`${name} has an undefined or empty value for param ${key}, must be a defined non-empty value`)
  if (value === null || (value === unknownYet && !empty)) {
    if (!empty) throw refuseEmpty()
    return ''
  }
  if (typeof value === 'object') {
    if (!json) throw new Complaint(`"${name}" params must be strings or numbers, param ${key} is not valid`)
    if (!empty && isEmpty(value)) throw refuseEmpty()
    return sortedJson(value)
  }
  if (!empty && value === '') throw refuseEmpty()
  return pythonStr(value)
}

/**
 * Heat takes the longest placeholder first, everywhere, then the next in what is left; among those of one length, by their order.
 * heat/engine/hot/functions.py, Replace.
 */
export function fillIn(template: string, params: JsonMap, { filling, name, run }: { filling: Filling; name: string; run: Run }): string {
  const keys = Object.keys(params).sort((a, b) => pythonLength(b) - pythonLength(a) || (a < b ? -1 : 1))
  let pieces: { text: string; done: boolean }[] = [{ text: template, done: false }]
  const missing: string[] = []
  for (const key of keys) {
    const value = filled(params[key] ?? null, filling, { name, key })
    if (key === '') throw new Complaint('empty separator')
    run.spend(template.length / 8)
    let found = 0
    pieces = pieces.flatMap((piece) => {
      if (piece.done || !piece.text.includes(key)) return [piece]
      const parts = piece.text.split(key)
      found += parts.length - 1
      run.spend((parts.length - 1) * (value.length + 16))
      return parts.flatMap((part, index) => (index === 0 ? [] : [{ text: value, done: true }]).concat({ text: part, done: false }))
    })
    if (found === 0) missing.push(key)
  }
  if (filling.strict && missing.length > 0) throw new Complaint(`The following params were not found in the template: ${missing.join(',')}`)
  return pieces.map((piece) => piece.text).join('')
}

function replaceKind(about: string, filling: Filling): FunctionKind {
  return {
    about,
    form(args, name, isCall) {
      if (!isMap(args) || isCall(args)) throw new Complaint(`Arguments to "${name}" must be a map`)
      if (!('params' in args) || !('template' in args)) {
        const example = [`${name}:`, 'template: This is var1 template var2', 'params:', '  var1: a', '  var2: string']
        throw keyError(`"${name}" syntax should be ${example.join('\n              ')}`)
      }
      if (!isMap(args.params)) throw new Complaint(`"${name}" parameters must be a mapping`)
    },
    compute(args, run, name) {
      const { template, params } = isMap(args) ? args : {}
      return replaceIn(run.of(template ?? null), run.of(params ?? null), { filling, name, run })
    },
  }
}

export function replaceIn(template: Json, params: Json, how: { filling: Filling; name: string; run: Run }): string {
  if (typeof template !== 'string' || template === unknownYet) throw new Complaint(`"${how.name}" template must be a string`)
  if (!isMap(params)) throw new Complaint(`"${how.name}" params must be a map`)
  return fillIn(template, params, how)
}

const replaceAbout = 'A text with placeholders replaced by values.'
export const plainFilling: Filling = { json: false, strict: false, empty: true }
export const replace = replaceKind(replaceAbout, plainFilling)
/** Since 2015-10-15: maps and lists are put in as JSON. */
export const replaceJson = replaceKind(replaceAbout, { json: true, strict: false, empty: true })
export const replaceStrict = replaceKind(`${replaceAbout} Every placeholder must be in the text.`, {
  json: true,
  strict: true,
  empty: true,
})
export const replaceVeryStrict = replaceKind(`${replaceAbout} Every placeholder must be in the text and have a value.`, {
  json: true,
  strict: true,
  empty: false,
})

function joined(delimiter: Json, items: Json[], { name, run, one }: { name: string; run: Run; one: (item: Json) => string }): string {
  if (typeof delimiter !== 'string' || delimiter === unknownYet) throw new Complaint(`"${name}" delimiter must be a string`)
  const texts = items.map((item) => (item === null ? '' : typeof item === 'string' ? item : one(item)))
  run.spend(texts.reduce((sum, each) => sum + each.length + delimiter.length, 0))
  return texts.join(delimiter)
}

const joinAbout = 'The texts of a list, put together with a delimiter between them.'

/** Until 2015-04-30: one list, of texts only. */
export const join: FunctionKind = {
  about: joinAbout,
  form(args, name) {
    if (Array.isArray(args) && args.length === 2) return
    throw new Complaint(`Incorrect arguments to "${name}" should be: "${name}" : [ " ", [ "str1", "str2"]]`)
  },
  compute(args, run, name) {
    const [delimiter = null, list = null] = Array.isArray(args) ? args : []
    const items = run.of(list)
    if (items === unknownYet) return unknownYet
    if (items !== null && !Array.isArray(items)) throw new Complaint(`"${name}" must operate on a list`)
    const one = (item: Json) => {
      throw new Complaint(`Items to join must be strings not ${pythonRepr(item).slice(0, 200)}`)
    }
    return joined(run.of(delimiter), items ?? [], { name, run, one })
  },
}

/** Since 2015-10-15: several lists, and maps and lists in them as JSON. Numbers are still refused. */
export const joinMany: FunctionKind = {
  about: 'The texts of one or more lists, put together with a delimiter between them.',
  form(args, name) {
    if (Array.isArray(args) && args.length >= 2) return
    throw new Complaint(`Incorrect arguments to "${name}" should be: "${name}" : [ " ", [ "str1", "str2"] ...]`)
  },
  compute(args, run, name) {
    const [delimiter = null, ...lists] = Array.isArray(args) ? args : []
    const items = lists.flatMap((each): Json[] => {
      const list = run.of(each)
      if (list === unknownYet) return [unknownYet]
      if (isEmpty(list)) return []
      if (!Array.isArray(list)) throw new Complaint(`"${name}" must operate on a list`)
      return list
    })
    const one = (item: Json) => {
      if (typeof item === 'object') return sortedJson(item)
      throw new Complaint(`Items to join must be string, map or list not ${pythonRepr(item).slice(0, 200)}`)
    }
    return joined(run.of(delimiter), items, { name, run, one })
  },
}

const strSplit: FunctionKind = {
  about: 'The pieces of a text between delimiters, or one of them by its index.',
  form(args, name, isCall) {
    if (typeof args === 'string' || (isMap(args) && !isCall(args))) throw new Complaint(splitForm(name))
  },
  compute(args, run, name) {
    const given = run.of(args)
    if (!Array.isArray(given) || given.length < 2) throw new Complaint(splitForm(name))
    const [delimiter = null, source = null, index] = given
    if (source === null) return null
    if (source === unknownYet) return unknownYet
    if (typeof source !== 'string') throw new Complaint(`'${pythonType(source)}' object has no attribute 'split'`)
    run.spend(source.length)
    const pieces = piecesOf(source, delimiter)
    if (index === undefined) return pieces
    const piece = pieces.at(pythonInt(index, `Incorrect index to "${name}" should be: ${splitExample(name)}`))
    if (piece !== undefined) return piece
    throw new Complaint(`Incorrect index to "${name}" should be between 0 and ${pieces.length - 1}`)
  },
}

const splitExample = (name: string) => `"${name}" : [ ",", "apples,pears", <index>]`
const splitForm = (name: string) => `Incorrect arguments to "${name}" should be: ${splitExample(name)}`

function piecesOf(source: string, delimiter: Json): string[] {
  if (delimiter === null) return source.split(/\s+/).filter((piece) => piece !== '')
  if (typeof delimiter !== 'string') throw new Complaint(`must be str or None, not ${pythonType(delimiter)}`)
  if (delimiter === '') throw new Complaint('empty separator')
  return source.split(delimiter)
}

/** Python's `int()`; `words` for a text that is no number. */
function pythonInt(value: Json, words: string): number {
  if (typeof value === 'number') return Math.trunc(value)
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string') {
    if (/^\s*[+-]?\d+\s*$/.test(value)) return Number(value)
    throw new Complaint(words)
  }
  const type = pythonType(value)
  throw new Complaint(`int() argument must be a string, a bytes-like object or a real number, not '${type}'`)
}

const sums: Record<string, string> = { blake2b: 'blake2b512', blake2s: 'blake2s256', sha512_224: 'sha512-224', sha512_256: 'sha512-256' }
for (const size of [224, 256, 384, 512]) sums[`sha3_${size}`] = `sha3-${size}`
for (const name of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']) sums[name] = name

const digest: FunctionKind = {
  about: 'The digest of a text, in hexadecimal digits, by one of the usual algorithms.',
  compute(args, run, name) {
    const given = run.of(args)
    if (!Array.isArray(given) || !given.every((item) => typeof item === 'string' && item !== unknownYet)) {
      throw new Complaint(`Argument to function "${name}" must be a list of strings`)
    }
    const [algorithm, value] = given.map(pythonStr)
    if (given.length !== 2 || algorithm === undefined || value === undefined) {
      throw new Complaint(`Function "${name}" usage: ["<algorithm>", "<value>"]`)
    }
    const sum = Object.hasOwn(sums, algorithm.toLowerCase()) ? sums[algorithm.toLowerCase()] : undefined
    if (sum === undefined) throw new Complaint(`Algorithm must be one of {${Object.keys(sums).map(pythonRepr).join(', ')}}`)
    if (isUnknown(value)) return unknownYet
    run.spend(value.length)
    const foreign = Array.from(value).findIndex((char) => (char.codePointAt(0) ?? 0) > 255)
    if (foreign >= 0) {
      const code = Array.from(value)[foreign]?.codePointAt(0) ?? 0
      const shown = code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
      throw new Complaint(`'latin-1' codec can't encode character '${shown}' in position ${foreign}: ordinal not in range(256)`)
    }
    return createHash(sum).update(value, 'latin1').digest('hex')
  },
}

export const textFunctions: FunctionTable = { str_split: strSplit, digest }
