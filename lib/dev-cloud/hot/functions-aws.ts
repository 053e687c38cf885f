import { isMap, type Json, pythonStr, pythonType } from '../json.ts'
import { jsonComplaint } from '../python-json.ts'
import { Complaint, type FunctionKind, type FunctionTable, unknownYet } from './call.ts'
import { facade } from './functions-references.ts'
import { join, plainFilling, replaceIn } from './functions-text.ts'

/** heat/engine/cfn/functions.py: what HOT had of the older language in its first version. */

const isNumber = (value: Json) => typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value))

export const select: FunctionKind = {
  about: 'One item of a list by its index, or of a map by its key.',
  form(args, name) {
    if (!Array.isArray(args) || args.length !== 2) throw new Complaint(`Arguments to "${name}" must be of the form [index, collection]`)
  },
  compute(args, run, name) {
    const [lookup = null, from = null] = Array.isArray(args) ? args : []
    const index = run.of(lookup)
    const source = run.of(from)
    if (source === '' || source === null) return ''
    if (source === unknownYet) return unknownYet
    const collection = typeof source === 'string' ? decoded(source, name) : source
    if (isMap(collection)) {
      if (typeof index !== 'string') throw new Complaint(`Index to "${name}" must be a string`)
      return Object.hasOwn(collection, index) ? (collection[index] ?? '') : ''
    }
    if (Array.isArray(collection)) {
      if (!isNumber(index)) throw new Complaint(`Index to "${name}" must be an integer`)
      return collection.at(Math.trunc(Number(index))) ?? ''
    }
    if (collection === null) return ''
    throw new Complaint(`Arguments to ${name} not fully resolved`)
  },
}

function decoded(source: string, name: string): Json {
  const complaint = jsonComplaint(source)
  if (complaint !== undefined) throw new Complaint(`"${name}": ${complaint}`)
  return JSON.parse(source) as Json
}

const split: FunctionKind = {
  about: 'The pieces of a text between delimiters.',
  form(args, name, isCall) {
    if (!isCall(args) && Array.isArray(args) && args.length === 2) return
    throw new Complaint(`Incorrect arguments to "${name}" should be: "${name}" : [ ",", "str1,str2"]]`)
  },
  compute(args, run, name) {
    const [delimiter = null, source = null] = Array.isArray(args) ? args : []
    const given = run.of(source)
    if (typeof delimiter !== 'string') throw new Complaint(`Delimiter for ${name} must be string`)
    if (typeof given !== 'string' || given === unknownYet) {
      throw new Complaint(`String to split must be string; got <class '${pythonType(given === unknownYet ? null : given)}'>`)
    }
    if (delimiter === '') throw new Complaint('empty separator')
    return given.split(delimiter)
  },
}

const replace: FunctionKind = {
  about: 'A text with placeholders replaced by values.',
  form(args, name, isCall) {
    if (!Array.isArray(args) || args.length !== 2) {
      const example = `{"${name}": [ {"$var1": "foo", "%var2%": "bar"}, "$var1 is %var2%"]}`
      throw new Complaint(`Incorrect arguments to "${name}" should be: ${example}`)
    }
    if (!isMap(args[0]) && !isCall(args[0])) throw new Complaint(`"${name}" parameters must be a mapping`)
  },
  compute(args, run, name) {
    const [params = null, template = null] = Array.isArray(args) ? args : []
    return replaceIn(run.of(template), run.of(params), { filling: plainFilling, name, run })
  },
}

const memberListToMap: FunctionKind = {
  about: 'A map made of a list of numbered keys and values.',
  form(args, name) {
    if (!Array.isArray(args) || args.length !== 3) {
      const example = [
        '',
        "{'Fn::MemberListToMap': ['Name', 'Value',",
        "                         ['.member.0.Name=key',",
        "                          '.member.0.Value=door']]}",
        '',
      ]
      throw new Complaint(`Wrong Arguments try: "${example.join('\n            ')}"`)
    }
    if (typeof args[0] !== 'string') throw new Complaint(`${name} Key Name must be a string`)
    if (typeof args[1] !== 'string') throw new Complaint(`${name} Value Name must be a string`)
  },
  compute(args, run) {
    const [key = null, value = null, list = null] = Array.isArray(args) ? args : []
    const members = run.of(list)
    if (!Array.isArray(members)) throw new Complaint('Member list must be a list')
    const found = new Map<string, { key?: string; value?: string }>()
    for (const member of members) {
      if (typeof member !== 'string') throw new Complaint('Member list items must be strings')
      const [, number, field, content] = /^\.?member\.(\d+)\.([^=]*)=([\s\S]*)$/.exec(member) ?? []
      if (number === undefined || content === undefined) continue
      const entry = found.get(number) ?? {}
      if (field === key) entry.key = content
      if (field === value) entry.value = content
      found.set(number, entry)
    }
    const whole = [...found.values()].filter(
      (entry): entry is { key: string; value: string } => entry.key !== undefined && entry.value !== undefined,
    )
    return Object.fromEntries(whole.map((entry) => [entry.key, entry.value]))
  },
}

const ref: FunctionKind = {
  about: 'The value of a parameter, or the id of a resource of this template.',
  form(args) {
    if (Array.isArray(args) || isMap(args)) throw new Complaint(`unhashable type: '${pythonType(args)}'`)
  },
  compute(args, run) {
    const name = pythonStr(args)
    if (run.scope.has?.(name) === true) return run.scope.resource(name)
    try {
      return run.scope.parameter(name)
    } catch {
      throw new Complaint(`The specified reference "${name}" (in unknown) is incorrect.`)
    }
  },
}

export const awsFunctions: FunctionTable = {
  'Fn::GetAZs': { about: 'The availability zones of the cloud.', compute: () => ['nova'] },
  Ref: ref,
  'Fn::Select': select,
  'Fn::Join': { ...join, about: 'The texts of a list, put together with a delimiter between them.' },
  'Fn::Split': split,
  'Fn::Replace': replace,
  'Fn::Base64': {
    about: 'A text as it is: Heat takes user data without encoding.',
    compute(args, run, name) {
      const given = run.of(args)
      if (typeof given !== 'string' || given === unknownYet) throw new Complaint(`"${name}" argument must be a string`)
      return given
    },
  },
  'Fn::MemberListToMap': memberListToMap,
  'Fn::ResourceFacade': facade(['Metadata', 'DeletionPolicy', 'UpdatePolicy']),
}
