/*
 * What keys send that a touch keyboard does not have (ECMA-48, xterm's control sequences, "PC-style function keys"). Pure.
 */

export type TouchKey = 'esc' | 'tab' | 'up' | 'down' | 'left' | 'right' | 'home' | 'end' | 'pageUp' | 'pageDown'
/** Held for the next key only. */
export type Held = { ctrl: boolean; alt: boolean }

export const nothingHeld: Held = { ctrl: false, alt: false }

const letters = { up: 'A', down: 'B', right: 'C', left: 'D', home: 'H', end: 'F' } as const
const numbers = { pageUp: '5~', pageDown: '6~' } as const

/** @param application whether the program asked for cursor keys in their application form (DECCKM) */
export function touchKeyText(key: TouchKey, held: Held, application: boolean): string {
  if (key === 'esc') return '\x1b'
  if (key === 'tab') return held.alt ? '\x1b\t' : '\t'
  const modifier = 1 + (held.alt ? 2 : 0) + (held.ctrl ? 4 : 0)
  if (key === 'pageUp' || key === 'pageDown')
    return modifier === 1 ? `\x1b[${numbers[key]}` : `\x1b[${numbers[key].replace('~', '')};${modifier}~`
  if (modifier > 1) return `\x1b[1;${modifier}${letters[key]}`
  return `${application ? '\x1bO' : '\x1b['}${letters[key]}`
}

/** What is typed while Ctrl or Alt is held on the row. Only the first character is meant. */
export function withHeld(text: string, { ctrl, alt }: Held): string {
  const [first = '', ...rest] = text
  const pressed = ctrl ? controlOf(first) : first
  return `${alt ? '\x1b' : ''}${pressed}${rest.join('')}`
}

/** ECMA-48, C0: `@` to `_` and their small letters, space and `?`. */
function controlOf(letter: string): string {
  if (letter === ' ') return '\0'
  if (letter === '?') return '\x7f'
  const code = letter.toUpperCase().charCodeAt(0)
  return letter.length === 1 && code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : letter
}
