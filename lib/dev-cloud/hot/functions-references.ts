import { isEmpty, isMap, type Json, pythonLength, pythonStr, pythonType, text } from '../json.ts'
import { Complaint, type FacadePart, type FunctionKind, type FunctionTable, type Run, type Scope, unknownYet } from './call.ts'
import { follow, pathInto } from './path.ts'

const getParam: FunctionKind = {
  about: 'The value of a parameter, or what a path of keys and indices leads to inside it.',
  compute(args, run, name) {
    const given = run.of(args)
    if (isEmpty(given)) throw new Complaint(`Function "${name}" must have arguments`)
    if (typeof given !== 'string' && !Array.isArray(given)) throw new Complaint(`Argument to "${name}" must be string or list`)
    const [parameter, ...path] = typeof given === 'string' ? [given] : given
    if (typeof parameter !== 'string') throw new Complaint(`Parameter name in "${name}" must be string`)
    const value = run.scope.parameter(parameter)
    return path.length === 0 ? charge(value, run) : (pathInto(value, path, true) ?? '')
  },
}

/** What comes from outside the template counts as made, once for each use. */
function charge(value: Json, run: Run): Json {
  run.spend(typeof value === 'string' ? value.length : typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8)
  return value
}

const getResource: FunctionKind = {
  about: 'The id of a resource of this template, or whatever its type uses in place of one.',
  compute(args, run) {
    const name = nameIn(run.of(args))
    requireResource(name, run.scope)
    return run.scope.resource(name)
  },
}

function nameIn(value: Json | undefined): string {
  if (typeof value === 'object' && value !== null) throw new Complaint(`unhashable type: '${pythonType(value)}'`)
  return pythonStr(value)
}

const getFile: FunctionKind = {
  about: 'The content of a file that was sent with the request, under the name by which it was sent.',
  compute(args, run, name) {
    const file = run.of(args)
    if (typeof file !== 'string') throw new Complaint(`Argument to "${name}" must be a string`)
    return charge(run.scope.file(file), run)
  },
}

const facadeParts = ['metadata', 'deletion_policy', 'update_policy'] as const

/** `shown`: the names of its parts, in the order of `facadeParts`. */
export const facade = (shown: string[]): FunctionKind => ({
  about: 'In a nested template: the metadata or a policy of the resource that the template stands for.',
  form(args, name) {
    if (typeof args === 'string' && shown.includes(args)) return
    throw new Complaint(`Incorrect arguments to "${name}" should be one of: ${shown.join(', ')}`)
  },
  compute(args, run) {
    const part: FacadePart = facadeParts[shown.indexOf(text(args) ?? '')] ?? 'metadata'
    const value = run.scope.facade?.(part)
    if (value !== undefined) return value
    throw new Complaint(`'NoneType' object has no attribute '${part === 'metadata' ? 'metadata_get' : 't'}'`)
  },
})

export const referenceFunctions: FunctionTable = {
  get_file: getFile,
  get_param: getParam,
  get_resource: getResource,
  resource_facade: facade([...facadeParts]),
}

function attributeKind(form: FunctionKind['form']): FunctionKind {
  return {
    about: 'An attribute of a resource, or what a path of keys and indices leads to inside it.',
    ...(form ? { form } : {}),
    check(args, scope) {
      const [resource, attribute] = Array.isArray(args) ? args : [args]
      const name = nameIn(resource)
      requireResource(name, scope)
      if (typeof attribute === 'string' && scope.deepAttribute?.(name, attribute, []) === undefined) scope.attribute(name, attribute)
    },
    compute(args, run) {
      const [resource, attribute, ...path] = Array.isArray(args) ? args.map((each) => run.of(each)) : [run.of(args)]
      const name = nameIn(resource)
      requireResource(name, run.scope)
      if (attribute === undefined || attribute === null) return run.scope.attributes?.(name) ?? null
      const deep = run.scope.deepAttribute?.(name, pythonStr(attribute), path)
      if (deep !== undefined) return charge(deep, run)
      const value = run.scope.attribute(name, pythonStr(attribute))
      return value === unknownYet ? unknownYet : charge(follow(value, path), run)
    },
  }
}

function requireResource(name: string, scope: Scope): void {
  if (scope.has?.(name) === false) throw new Complaint(`The specified reference "${name}" (in unknown) is incorrect.`)
}

function refuseShort(args: Json, name: string): void {
  if (!Array.isArray(args)) throw new Complaint(`Argument to "${name}" must be a list`)
  if (args.length < 2) throw new Complaint(`Arguments to "${name}" must be of the form [resource_name, attribute, (path), ...]`)
}

export const getAttribute = attributeKind(refuseShort)

/** Since 2015-10-15: the resource's name alone stands for all its attributes. */
export const getAttributes = attributeKind((args, name, isCall) => {
  if (isEmpty(args)) {
    const forms = '[resource_name] or [resource_name, attribute, (path), ...]'
    throw new Complaint(`Arguments to "${name}" can be of the next forms: ${forms}`)
  }
  if (isMap(args) || isCall(args) || typeof args === 'number' || typeof args === 'boolean') {
    throw new Complaint(`Argument to "${name}" must be a list`)
  }
  if (typeof args === 'string' ? pythonLength(args) > 1 : Array.isArray(args) && args.length > 1) refuseShort(args, name)
})
