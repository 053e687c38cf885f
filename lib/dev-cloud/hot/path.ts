import { isMap, type Json } from '../json.ts'
import { unknownYet } from './call.ts'

/**
 * Follows keys and indices into a value as Python does, where a text counts as a list of its letters; undefined where that fails.
 * `numbered`: an index may also be written as a text, as for parameters (heat/engine/hot/functions.py, GetParam), but not for
 * attributes (heat/engine/attributes.py, select_from_attribute).
 */
export function pathInto(value: Json, path: Json[], numbered: boolean): Json | undefined {
  let current: Json | undefined = value
  for (const step of path) {
    if (current === unknownYet) return unknownYet
    if (isMap(current)) current = typeof step === 'string' && Object.hasOwn(current, step) ? current[step] : undefined
    else if (Array.isArray(current) || typeof current === 'string') current = at(current, step, numbered)
    else return undefined
    if (current === undefined) return undefined
  }
  return current
}

function at(list: Json[] | string, step: Json, numbered: boolean): Json | undefined {
  const isText = typeof step === 'string' && numbered && /^\s*[+-]?\d+\s*$/.test(step)
  const index = typeof step === 'boolean' || isText ? Number(step) : step
  if (typeof index !== 'number' || !Number.isInteger(index)) return undefined
  return typeof list === 'string' ? Array.from(list).at(index) : list.at(index)
}

/** What a path leads to inside an attribute; null where it leads nowhere. */
export const follow = (value: Json, path: Json[]): Json => pathInto(value, path, false) ?? null
