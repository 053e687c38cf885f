import { createContext, Script } from 'node:vm'

/** How long one pattern may look at one value, in milliseconds; usual ones take microseconds. */
const patienceMs = 50
/** How much of that all patterns together may use within ten seconds: one request can ask for thousands of them. */
const patienceTogetherMs = 500
const windowMs = 10_000

/** A pattern that no engine here can read, or that takes too long. */
export class PatternTrouble extends Error {}

const rooms = new WeakMap<Script, ReturnType<typeof createContext>>()
const script = new Script('new RegExp(pattern, flags).exec(value)')
const spending = { sinceMs: 0, spentMs: 0 }

/**
 * Whether a value matches a pattern as `allowed_pattern` wants it: from its first letter to its last, where the first way to match that is
 * found decides, as with Python's `match()` (heat/engine/constraints.py, AllowedPattern). The pattern runs in an interpreter of its own
 * that can be interrupted: a pattern with catastrophic backtracking costs its patience and no more. Throws PatternTrouble.
 */
export function matches(pattern: string, value: string, nowMs: number = Date.now()): boolean {
  const { source, flags } = translated(pattern)
  if (nowMs - spending.sinceMs > windowMs) Object.assign(spending, { sinceMs: nowMs, spentMs: 0 })
  if (spending.spentMs > patienceTogetherMs) throw new PatternTrouble('the patterns of this template take too long')
  const room = rooms.get(script) ?? createContext(Object.create(null))
  rooms.set(script, room)
  const started = performance.now()
  try {
    Object.assign(room, { pattern: source, flags, value })
    const found: unknown = script.runInContext(room, { timeout: patienceMs })
    return Array.isArray(found) || isMatch(found) ? String(Reflect.get(Object(found), 0)).length === value.length : false
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
    throw new PatternTrouble(code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'it takes too long' : 'it cannot be read')
  } finally {
    spending.spentMs += performance.now() - started
  }
}

/** What comes from the other interpreter is no array of this one. */
function isMatch(found: unknown): boolean {
  return typeof found === 'object' && found !== null
}

/** Throws PatternTrouble for what is no regular expression. */
export function readPattern(pattern: string): void {
  const { source, flags } = translated(pattern)
  try {
    new RegExp(source, flags)
  } catch {
    throw new PatternTrouble('it cannot be read')
  }
}

/** Python's notation as JavaScript reads it: names of groups, ends of the text, flags in front. */
function translated(pattern: string): { source: string; flags: string } {
  const [, front = ''] = /^\(\?([aimsux]+)\)/.exec(pattern) ?? []
  const rest = front ? pattern.slice(front.length + 3) : pattern
  const source = rest
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\(\?#[^)]*\)/g, '')
    .replace(/(^|[^\\])((?:\\\\)*)\\A/g, '$1$2(?<![\\s\\S])')
    .replace(/(^|[^\\])((?:\\\\)*)\\Z/g, '$1$2(?![\\s\\S])')
  const flags = ['y', ...['i', 'm', 's'].filter((flag) => front.includes(flag))].join('')
  return { source: dollars(source, flags), flags }
}

/** Python's `$` also stands before a last line feed, and a bracket that comes first in a class is one of its letters. */
function dollars(source: string, flags: string): string {
  let opened = -1
  let result = ''
  for (let index = 0; index < source.length; index += 1) {
    const char = source[index] ?? ''
    if (char === '\\') {
      result += source.slice(index, index + 2)
      index += 1
    } else if (opened < 0) {
      result += char === '$' && !flags.includes('m') ? '(?=\\n?(?![\\s\\S]))' : char
      if (char === '[') opened = index
    } else {
      const isFirst = index === opened + 1 || (index === opened + 2 && source[index - 1] === '^')
      result += char === ']' && isFirst ? '\\]' : char
      if (char === ']' && !isFirst) opened = -1
    }
  }
  return result
}
