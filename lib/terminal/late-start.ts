/*
 * Where the output of a shell may begin for a window that comes late. Its terminal keeps only so many lines: what has scrolled away
 * before them would be sent, parsed and forgotten. But output is not only lines. It is left out where a terminal that never saw it ends
 * up the same, cell by cell, and not where that is not certain.
 */

const [BELL, LINE_FEED, RETURN, SHIFT_OUT, SHIFT_IN, ESCAPE] = [0x07, 0x0a, 0x0d, 0x0e, 0x0f, 0x1b]
/** In UTF-8 the first byte of C1 controls, which are as good as an escape. */
const C1 = 0xc2

/** What a control sequence means for who leaves it out. */
type Meaning =
  /** It concerns the line it stands in. */
  | 'line'
  /** It moves the cursor up, or what is on the screen: lines are counted anew from there. */
  | 'screen'
  /** It is not known to be forgotten. */
  | 'unknown'

const codes = (letters: string, meaning: Meaning) => letters.split('').map((letter) => [letter.charCodeAt(0), meaning] as const)
/** Final bytes of CSI sequences without marks (ECMA-48 and xterm's control sequences). */
const finals = new Map<number, Meaning>([...codes('CDGKPX@`abnct', 'line'), ...codes('ABEFHLMSTdefJ', 'screen')])
const [LOOKS, REGION] = ['m', 'r'].map((letter) => letter.charCodeAt(0))
/** DEC private modes that programs turn on and off, and whether each is on in a new terminal. */
const modes: Record<string, boolean> = {
  1: false,
  12: false,
  25: true,
  47: false,
  1000: false,
  1002: false,
  1003: false,
  1004: false,
  1006: false,
  1047: false,
  1049: false,
  2004: false,
  2026: false,
}
/** Bytes of a control sequence that is still read. */
const LONGEST = 64
const otherScreens = ['47', '1047', '1049']

/**
 * @param bytes output, from where a new terminal would begin
 * @param lines as many as a terminal keeps, those in sight among them
 * @returns the last position from which a new terminal shows, and keeps, the same; 0 where there is none beyond the beginning
 */
export function lateStart(bytes: Uint8Array, lines: number): number {
  if (isShort(bytes, lines)) return 0
  /** What is not as in a new terminal. */
  const changed = new Set<string>()
  /** Line feeds since the cursor last moved up. */
  let count = 0
  /** Where one might begin, and after how many of these line feeds; from `first` on: what lies before has a better one behind it. */
  let places: { at: number[]; count: number[] } = { at: [], count: [] }
  let first = 0
  let best = 0
  const settle = () => {
    if (count - (places.count[first] ?? count) >= lines) best = places.at[first] ?? best
    places = { at: [], count: [] }
    count = first = 0
  }
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    if (byte === LINE_FEED) {
      count++
      at++
      if (changed.size === 0 && bytes[at - 2] === RETURN) {
        places.at.push(at)
        places.count.push(count)
      }
      while (first + 1 < places.at.length && count - (places.count[first + 1] ?? count) >= lines) first++
    } else if (byte === ESCAPE) {
      const { end, meaning } = readEscape(bytes, at, changed)
      if (meaning === 'unknown') break
      if (meaning === 'screen') settle()
      at = end
    } else if (byte === SHIFT_OUT || byte === SHIFT_IN || (byte === C1 && (bytes[at + 1] ?? 0) < 0xa0)) break
    else at++
  }
  settle()
  return best
}

/** Whether there are too few lines for any to be left out: as a rule, so it is asked first. */
function isShort(bytes: Uint8Array, lines: number): boolean {
  let count = 0
  for (const byte of bytes) if (byte === LINE_FEED) count++
  return count < lines
}

type Read = { end: number; meaning: Meaning }

/** Reads the sequence at `at`, and notes in `changed` what it leaves behind. */
function readEscape(bytes: Uint8Array, at: number, changed: Set<string>): Read {
  const kind = String.fromCharCode(bytes[at + 1] ?? 0)
  if (kind === '[') return readControl(bytes, at, changed)
  if (kind === ']') return readCommand(bytes, at)
  if (kind === '=' || kind === '>') {
    note(changed, 'keypad', kind === '=')
    return { end: at + 2, meaning: 'line' }
  }
  if (kind === '(' && bytes[at + 2] === 'B'.charCodeAt(0)) return { end: at + 3, meaning: 'line' }
  return { end: at + 2, meaning: 'MDE'.includes(kind) ? 'screen' : 'unknown' }
}

/** CSI: parameters, marks, one final byte (ECMA-48, 5.4). Written for speed: coloured output is full of them. */
function readControl(bytes: Uint8Array, at: number, changed: Set<string>): Read {
  let end = at + 2
  let isPlain = true
  let isZero = true
  for (; end < at + LONGEST; end++) {
    const byte = bytes[end] ?? 0
    if (byte < 0x20 || byte > 0x3f) break
    if (byte !== 0x30) isZero = false
    if (byte < 0x30 || byte > 0x3b) isPlain = false
  }
  const final = bytes[end] ?? 0
  if (final < 0x40 || final > 0x7e) return { end, meaning: 'unknown' }
  if (!isPlain) return { end: end + 1, meaning: readMarked(text(bytes, at + 2, end), String.fromCharCode(final), changed) }
  if (final === LOOKS) note(changed, 'looks', !isZero)
  if (final === REGION) note(changed, 'region', end > at + 2)
  return { end: end + 1, meaning: final === LOOKS ? 'line' : final === REGION ? 'screen' : (finals.get(final) ?? 'unknown') }
}

/** A CSI sequence with marks. */
function readMarked(body: string, final: string, changed: Set<string>): Meaning {
  if (/^\?[\d;]+$/.test(body) && (final === 'h' || final === 'l')) return readModes(body.slice(1), final === 'h', changed)
  if (/^\d* $/.test(body) && final === 'q') {
    note(changed, 'cursor', !/^0? $/.test(body))
    return 'line'
  }
  // Not xterm.js's business, and so without effect.
  return body.startsWith('>') && (final === 'm' || final === 'c') ? 'line' : 'unknown'
}

function readModes(numbers: string, isOn: boolean, changed: Set<string>): Meaning {
  let meaning: Meaning = 'line'
  for (const number of numbers.split(';')) {
    const atFirst = modes[number]
    if (atFirst === undefined) return 'unknown'
    note(changed, number, isOn !== atFirst)
    if (otherScreens.includes(number)) meaning = 'screen'
  }
  return meaning
}

/** OSC, up to BEL or ST: titles, the working directory, marks of a prompt. */
function readCommand(bytes: Uint8Array, at: number): Read {
  let end = at + 2
  while (end < bytes.length && bytes[end] !== BELL && bytes[end] !== ESCAPE) end++
  const isWhole = bytes[end] === BELL || text(bytes, end, end + 2) === '\x1b\\'
  const isKnown = /^(?:[0127]|133);/.test(text(bytes, at + 2, Math.min(end, at + 8)))
  return { end: end + (bytes[end] === BELL ? 1 : 2), meaning: isWhole && isKnown ? 'line' : 'unknown' }
}

function note(changed: Set<string>, what: string, isChanged: boolean): void {
  if (isChanged) changed.add(what)
  else changed.delete(what)
}

const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
