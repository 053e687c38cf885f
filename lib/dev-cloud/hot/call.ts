import { Fault } from '../fault.ts'
import { isMap, type Json } from '../json.ts'

/** What one version of the template language knows. */
export type Language = {
  version: string
  functions: FunctionTable
  /** Empty where the version has no conditions. */
  conditions: FunctionTable
  sections: string[]
  resourceKeys: string[]
  outputKeys: string[]
  deletionPolicies: string[]
  /** Whether a parameter's type may have its older name. */
  takesOldTypes?: true
  parameterKeys: string[]
  constraints: string[]
}

/** Where a function finds what it names. Each throws a Fault when the name means nothing. */
export type Scope = {
  /** The functions and conditions that the template's version has; absent: those of the newest. */
  language?: Language
  parameter(name: string): Json
  /** `get_resource`: the id; a text that `isUnknown` while there is none. */
  resource(name: string): Json
  /** `get_attr`, before its path is followed; `unknownYet` while there is none. */
  attribute(name: string, attribute: string): Json
  /** The same for a resource that takes the path itself (members of a group); `undefined`: it does not. */
  deepAttribute?(name: string, attribute: string, path: Json[]): Json | undefined
  /** `get_attr` without the name of an attribute: all of them but `show`. */
  attributes?(name: string): Json
  file(name: string): string
  /** The definition of a condition. Throws a Fault where there is none of that name. */
  condition(name: string): Json
  /** Whether the template has a resource of that name that takes part; absent: whatever is named is there. */
  has?(name: string): boolean
  /** What `resource_facade` shows of the resource that a nested stack stands for; `undefined` in a stack that stands for none. */
  facade?: (part: FacadePart) => Json | undefined
}
export type FacadePart = 'metadata' | 'deletion_policy' | 'update_policy'

/** Stands for a value that only exists once something has been made; it makes every text it is put into unknown too. */
export const unknownYet = '\u0000?\u0000'

/** The same for what is certain to be a text: Heat gives a resource's name while it has no id. */
export const unknownText = (name: string): string => `${unknownYet}${name}`

export function isUnknown(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes(unknownYet)
  if (Array.isArray(value)) return value.some(isUnknown)
  return isMap(value) && Object.values(value).some(isUnknown)
}

/** What Heat says against a function's arguments; where it was found is added by who knows the place. */
export class Complaint extends Fault {
  constructor(words: string) {
    super(400, 'StackValidationFailed', words)
  }
}

/** One computation: a function asks it for its arguments, and says how much it is about to make. */
export type Run = {
  scope: Scope
  /** What a value comes to; null where a function removes it. */
  of(value: Json): Json
  /** The same where it matters whether something is removed. */
  resolve(value: Json): Json | undefined
  /** The same for a condition, or its name. */
  truth(value: Json): boolean
  /** Throws a Fault when more is made than this cloud computes. One unit is about a letter. */
  spend(units: number): void
}

export type FunctionKind = {
  /** One sentence, for `GET /template_versions/.../functions`. */
  about: string
  /** What can be said against the arguments as they stand in the template; `isCall`: a value that only a function knows. */
  form?: (args: Json, name: string, isCall: (value: Json | undefined) => boolean) => void
  /** What can be said once everything in the template is known by name. */
  check?: (args: Json, scope: Scope, name: string, isCall: (value: Json | undefined) => boolean) => void
  compute: (args: Json, run: Run, name: string) => Json | undefined
  /** The branch that an `if` chooses, undefined for none; only `if` has it. Nothing else in it is read at all. */
  choose?: (args: Json, run: Run, name: string) => Json | undefined
}
export type FunctionTable = Record<string, FunctionKind>

/** heat/common/exception.py, UserParameterMissing: what `get_param` of an undeclared parameter becomes. */
export const missingParameter = (name: string) => new Fault(400, 'UserParameterMissing', `The Parameter (${name}) was not provided.`)
