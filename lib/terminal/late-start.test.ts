import headless from '@xterm/headless'
import { expect, test } from 'vitest'
import { lateStart } from './late-start.ts'

const SIZE = { cols: 40, rows: 6 }
const SCROLLBACK = 20
const KEPT = SIZE.rows + SCROLLBACK

/** All that a terminal shows and keeps after output: each cell with its looks, the cursor, the modes. */
async function shown(bytes: Uint8Array, inSight = false): Promise<unknown> {
  const terminal = new headless.Terminal({ ...SIZE, scrollback: inSight ? 0 : SCROLLBACK, allowProposedApi: true })
  await new Promise<void>((drawn) => terminal.write(bytes, drawn))
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)
    const cells = Array.from({ length: SIZE.cols }, (_, x) => {
      const cell = line?.getCell(x)
      return [cell?.getChars(), cell?.getFgColor(), cell?.getBgColor(), cell?.isBold(), cell?.isInverse(), cell?.isUnderline()].join()
    })
    return [line?.isWrapped, ...cells].join('|')
  })
  const told = { lines, at: [active.cursorX, active.cursorY, active.baseY, active.type], modes: { ...terminal.modes } }
  terminal.dispose()
  return told
}

const bytesOf = (text: string) => new TextEncoder().encode(text)
const counted = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\r\n`).join('')

test('of sixty thousand short lines a late window is sent as many as it keeps', () => {
  const bytes = bytesOf(`${counted(1, 60_000)}$ `)
  const start = lateStart(bytes, KEPT)
  expect(new TextDecoder().decode(bytes.subarray(start))).toBe(`${counted(60_001 - KEPT, 60_000)}$ `)
})

test.each([
  ['fewer lines than are kept', counted(1, KEPT - 1)],
  ['lines in a colour that nobody took back', `\x1b[31m${counted(1, 100)}`],
  ['a scroll region that nobody took back', `\x1b[2;4r${counted(1, 100)}`],
  ['a sequence that is not known', `\x1b[>7u${counted(1, 100)}`],
  ['lines on the other screen', `\x1b[?1049h${counted(1, 100)}`],
  ['line feeds alone, which leave the cursor where it is', 'a\n'.repeat(100)],
])('nothing is left out of %s', (_, text) => {
  expect(lateStart(bytesOf(text), KEPT)).toBe(0)
})

test.each([
  ['a program that had the whole screen', `\x1b[?1049h\x1b[?25l\x1b[2;5r\x1b[3;3Hvim\x1b[r\x1b[?25h\x1b[?1049l`],
  ['a screen that was cleared', '\x1b[H\x1b[2J\x1b[3J'],
  ['prompts and keys that were taken back', '\x1b[?2004h\x1b]0;ada@node1: ~\x07\x1b[01;32mada\x1b[0m$ lss\b\x1b[K\r\n\x1b[?2004l\r'],
])('after %s lines are left out again', (_, text) => {
  expect(lateStart(bytesOf(text + counted(1, 100)), KEPT)).toBeGreaterThan(0)
})

/** A row of numbers between 0 and 1 that is the same in each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const often = ['line\r\n', 'a line that is longer than the terminal is wide, and so wraps\r\n', '\r\n', 'wide 漢字 and é\r\n']
const seldom = [
  ['\x1b[31m', '\x1b[0m', '\x1b[m', '\x1b[1;44m', '\x1b[K', '\x1b[2C', '\x1b[3D', '\b', '\t', 'no end', '\n', '\r', '\x07'],
  ['\x1b[?2004h', '\x1b[?2004l', '\x1b[?25l', '\x1b[?25h', '\x1b[?1h', '\x1b[?1l', '\x1b[?1049h', '\x1b[?1049l', '\x1b[2 q', '\x1b[ q'],
  ['\x1b[A', '\x1b[2;3H', '\x1b[2J', '\x1b[3J', '\x1b[J', '\x1b[L', '\x1b[2M', '\x1b[S', '\x1b[T', '\x1bM', '\x1b[2;4r', '\x1b[r'],
  ['\x1b7', '\x1b8', '\x1b(0', '\x1b(B', '\x0e', '\x0f', '\x1bc', '\x1b[?7l', '\x1b[?7h', '\x1b[4h', '\x1b[4l', '\x1b=', '\x1b>'],
  ['\x1b]0;title\x07', '\x1b]8;;https://example.org\x07', '\x1b]8;;\x07', '\x1b[5b', '\x1b[!p', '\x1bH', '\u009b3A', '\x1b[?6h'],
].flat()

test.each([
  ['a window that comes late shows and keeps what it would with all of the output', KEPT],
  ['the screen alone begins later, and shows what it would', SIZE.rows],
])('whatever is printed, %s', async (_, kept) => {
  let shortened = 0
  for (let seed = 1; seed <= 200; seed++) {
    const next = numbers(seed)
    // Some programs print little else than lines, some do everything.
    const wildness = [0.01, 0.03, 0.1, 0.3][seed % 4] ?? 0
    const pick = (from: string[]) => from[Math.floor(next() * from.length)] ?? ''
    const text = Array.from({ length: 150 }, () => pick(next() < wildness ? seldom : often)).join('')
    const bytes = bytesOf(text)
    const start = lateStart(bytes, kept)
    if (start === 0) continue
    shortened++
    const inSight = kept === SIZE.rows
    expect(await shown(bytes.subarray(start), inSight), `seed ${seed}`).toEqual(await shown(bytes, inSight))
  }
  expect(shortened).toBeGreaterThan(50)
})
