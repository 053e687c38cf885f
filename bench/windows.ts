import { setTimeout as delay } from 'node:timers/promises'
import headless, { type Terminal } from '@xterm/headless'
import { createDrawing } from '../components/terminal/drawing.ts'
import { ALTERNATE_SCREEN, gapText } from '../components/terminal/gap.ts'
import { leaveUnanswered } from '../components/terminal/old-output.ts'
import { connectHost } from '../lib/reach.ts'
import { type Classmate, openPane } from './classmates.ts'
import type { Door } from './lines.ts'

/*
 * Screens without a browser: what a terminal shows is compared cell by cell. One is fed by the product's own client, as a page would be;
 * the reference by a plain SSH session of its own.
 */

const SIZE = { cols: 80, rows: 24 }
/** So long nothing comes before a program is taken to have painted. */
const QUIET_MS = 350

export type Window = {
  terminal: Terminal
  type(text: string): void
  /** When something was last drawn, ms of the monotonic clock. */
  drawnAt(): number
  bytes(): number
  close(): void
}

const newTerminal = () => new headless.Terminal({ ...SIZE, scrollback: 5_000, allowProposedApi: true })

export async function openWindow(
  classmate: Classmate,
  where: { environment: string; generation: number; host: string; tab: string },
): Promise<Window> {
  const terminal = newTerminal()
  const drawing = createDrawing(terminal)
  leaveUnanswered(terminal.parser, drawing.isOld)
  let [drawn, bytes, empty] = [0, 0, true]
  let arrived = () => {}
  const live = new Promise<void>((done) => {
    arrived = done
  })
  const pane = openPane(classmate, where, {
    seen: ({ state }) => state === 'live' && arrived(),
    screen: {
      size: () => ({ cols: terminal.cols, rows: terminal.rows }),
      keeps: () => 5_000 + terminal.rows,
      write(chunk, done, old, sight) {
        const shownFirst = empty ? sight : 0
        empty = false
        bytes += chunk.length
        const shown = () => {
          drawn = performance.now()
          done()
        }
        drawing.write(chunk, shown, old, shownFirst)
      },
      gap: () => void (empty || drawing.say(gapText(terminal.rows, ''))),
      alternate: () => drawing.say(ALTERNATE_SCREEN),
      fit: ({ cols, rows }) => terminal.resize(cols, rows),
    },
  })
  // What programs ask a terminal is answered by it, as in a page.
  terminal.onData((text) => pane.client.type(Buffer.from(text)))
  await live
  return {
    terminal,
    type: (text) => void pane.client.type(Buffer.from(text)),
    drawnAt: () => drawn,
    bytes: () => bytes,
    close() {
      pane.client.close()
      terminal.dispose()
    },
  }
}

/** A login shell on the same machine, by SSH alone. */
export async function openReference(door: Door & { port?: number }): Promise<Window> {
  const client = await connectHost({ port: 22, ...door, timeoutMs: 5_000, hostKey: null, onFirstUse: (key) => key })
  const stream = await new Promise<import('ssh2').ClientChannel>((done, failed) => {
    const command = 'export COLORTERM=truecolor; exec /bin/bash -l'
    client.exec(command, { pty: { term: 'xterm-256color', ...SIZE } }, (error, channel) => (error ? failed(error) : done(channel)))
  })
  const terminal = newTerminal()
  let [drawn, bytes] = [0, 0]
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    terminal.write(chunk, () => {
      drawn = performance.now()
    })
  })
  terminal.onData((text) => stream.write(text))
  return {
    terminal,
    type: (text) => void stream.write(text),
    drawnAt: () => drawn,
    bytes: () => bytes,
    close() {
      client.end()
      terminal.dispose()
    },
  }
}

/** Resolves when none of them has drawn anything for a moment, or after the limit. */
export async function quiet(windows: readonly Window[], limitMs = 20_000): Promise<void> {
  const began = performance.now()
  while (performance.now() - began < limitMs) {
    const last = Math.max(began, ...windows.map((one) => one.drawnAt()))
    if (performance.now() - last >= QUIET_MS) return
    await delay(20)
  }
}

/** How two visible screens differ, a few places of it; nothing: they are equal in every cell, attribute, colour and the cursor. */
export function differences(one: Terminal, other: Terminal): string[] {
  const [a, b] = [one.buffer.active, other.buffer.active]
  const found: string[] = []
  if (a.type !== b.type) found.push(`the screen is the ${a.type} one, not the ${b.type} one`)
  if (a.cursorX !== b.cursorX || a.cursorY !== b.cursorY) found.push(`cursor at ${a.cursorX},${a.cursorY}, not ${b.cursorX},${b.cursorY}`)
  for (let y = 0; y < SIZE.rows; y++) {
    const [row, wanted] = [rowOf(one, y), rowOf(other, y)]
    for (let x = 0; x < SIZE.cols; x++) {
      if (row[x] !== wanted[x]) {
        found.push(`row ${y} column ${x}: ${row[x]}, not ${wanted[x]}`)
        break
      }
    }
  }
  return found
}

function rowOf(terminal: Terminal, y: number): string[] {
  const { active } = terminal.buffer
  const line = active.getLine(active.baseY + y)
  return Array.from({ length: SIZE.cols }, (_, x) => {
    const cell = line?.getCell(x)
    if (!cell) return 'none'
    const looks = [
      cell.isBold(),
      cell.isItalic(),
      cell.isDim(),
      cell.isUnderline(),
      cell.isBlink(),
      cell.isInverse(),
      cell.isInvisible(),
      cell.isStrikethrough(),
      cell.isOverline(),
    ].map((is) => (is ? 1 : 0))
    const colours = `${cell.getFgColorMode()}:${cell.getFgColor()}/${cell.getBgColorMode()}:${cell.getBgColor()}`
    return JSON.stringify([cell.getChars() || ' ', cell.getWidth(), looks.join(''), colours])
  })
}
