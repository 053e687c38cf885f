import type { Terminal } from '@xterm/xterm'
import { forgetGlyphs } from './graphics.ts'
import { joinRow } from './join-row.ts'
import { cellsOf, rightToLeftRuns } from './right-to-left.ts'

/** So many screens full of runs are kept drawn for the graphics card: more than can be in sight, or each frame would begin anew. */
const KEPT_SCREENS = 10
/** How much wider than its cells a run may be, in cells: more would be cut off. */
const LEEWAY = 0.5

export type RightToLeft = {
  /** A character of such text was printed. Until then nothing is looked for. */
  noticed: () => void
  /** Whether the terminal is drawn by the graphics card now. */
  byGraphics: (isActive: boolean) => void
}

/**
 * A terminal keeps what is printed in the order in which it is read, a character to a cell, and draws its cells from left to right. Runs of
 * text from right to left are handed to the browser whole: it orders them (UAX #9) and joins their letters. The cells that they take, what
 * is selected and what is copied stay as they are. A run in which the cursor stands, or that is selected in part, is drawn cell by cell, so
 * that both are where the shell has them.
 */
export function drawRightToLeft(terminal: Terminal): RightToLeft {
  const fitting = createFitting(terminal)
  let isNoticed = false
  let isByGraphics = false
  let joiner: number | undefined

  const settle = () => {
    if (isNoticed && isByGraphics) joiner ??= terminal.registerCharacterJoiner(fitting)
    else if (joiner !== undefined) {
      terminal.deregisterCharacterJoiner(joiner)
      joiner = undefined
    }
  }
  // Rows that are elements are there only where no card draws them.
  const observer = new MutationObserver((changes) => {
    for (const row of new Set(changes.map(({ target }) => target))) {
      if (row instanceof HTMLElement && row.parentElement?.classList.contains('xterm-rows')) joinRow(row, terminal.cols)
    }
    observer.takeRecords()
  })
  terminal.loadAddon({ activate: () => undefined, dispose: () => observer.disconnect() })

  return {
    noticed() {
      if (isNoticed) return
      isNoticed = true
      if (terminal.element) observer.observe(terminal.element, { childList: true, subtree: true })
      settle()
    },
    byGraphics(isActive) {
      isByGraphics = isActive
      settle()
    },
  }
}

/** The runs of a text that the card can draw whole: those which are not wider than their cells. */
function createFitting(terminal: Terminal): (text: string) => [number, number][] {
  const known = new Map<string, boolean>()
  const context = document.createElement('canvas').getContext('2d')
  let cells = 0
  let font = ''

  const begin = () => {
    known.clear()
    cells = 0
  }
  const fits = (run: string) => {
    const before = known.get(run)
    if (before !== undefined || !context) return before ?? false
    context.font = font
    const isFitting = context.measureText(run).width <= context.measureText('M').width * (cellsOf(run) + LEEWAY)
    known.set(run, isFitting)
    cells += cellsOf(run)
    return isFitting
  }
  return (text) => {
    const { fontSize, fontFamily } = terminal.options
    if (font !== `${fontSize}px ${fontFamily}`) begin()
    font = `${fontSize}px ${fontFamily}`
    const runs = rightToLeftRuns(text).filter(([start, end]) => fits(text.slice(start, end)))
    if (cells > KEPT_SCREENS * terminal.cols * terminal.rows) {
      begin()
      // Not while they are being drawn.
      queueMicrotask(forgetGlyphs)
    }
    return runs
  }
}
