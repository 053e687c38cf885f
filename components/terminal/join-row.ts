import { cellsOf, isCursive, rightToLeftRuns } from './right-to-left.ts'

/**
 * Draws the runs of text from right to left in a row that xterm.js has drawn as elements, one or more cells each: a run becomes one element
 * as wide as its cells were. xterm.js draws a row anew as a whole, so nothing of this has to be taken back.
 * @param row what xterm.js calls a row: as wide as `columns` cells
 */
export function joinRow(row: HTMLElement, columns: number): void {
  // Most rows have none: they cost nothing more than this.
  if (rightToLeftRuns(row.textContent).length === 0) return
  const cells = { width: Number.parseFloat(row.style.width) / columns, spacing: pixels(row.parentElement?.style.letterSpacing) }
  const parts = [...row.children].filter((child) => child instanceof HTMLElement)
  for (const alike of groups(parts)) {
    const text = alike.map((part) => part.textContent).join('')
    for (const [start, end] of rightToLeftRuns(text).reverse()) join(alike, [start, end], cells)
  }
}

const pixels = (length: string | undefined) => Number.parseFloat(length ?? '') || 0

/** Neighbours that look the same, the cursor apart. */
function groups(parts: HTMLElement[]): HTMLElement[][] {
  const groups: HTMLElement[][] = []
  let look: string | undefined
  for (const part of parts) {
    const its = lookOf(part)
    if (its === look) groups.at(-1)?.push(part)
    else groups.push([part])
    look = its
  }
  return groups
}

function lookOf({ style, classList }: HTMLElement): string {
  const own = [...style].filter((name) => name !== 'letter-spacing').map((name) => `${name}:${style.getPropertyValue(name)}`)
  return [...[...classList].filter((name) => !isOfCursor(name)), ...own].join(' ')
}

const isOfCursor = (name: string) => name.startsWith('xterm-cursor')

/** Makes one element of a run within the text of `parts`; those are changed to match. */
function join(parts: HTMLElement[], run: [start: number, end: number], cells: { width: number; spacing: number }): void {
  const [first, last] = [cut(parts, run[0]), cut(parts, run[1])]
  const covered = parts.slice(first, last)
  const [head] = covered
  if (!head || covered.some((part) => [...part.classList].some(isOfCursor))) return
  const text = covered.map((part) => part.textContent).join('')
  const whole = head.cloneNode(false) as HTMLElement
  whole.textContent = text
  // xterm.js has spread each letter to its cell: the whole is spread evenly. Joined letters are never pulled apart.
  const spread = covered.reduce(
    (sum, part) => sum + (part.style.letterSpacing === '' ? cells.spacing : pixels(part.style.letterSpacing)) * cellsOf(part.textContent),
    0,
  )
  const spacing = spread / cellsOf(text)
  whole.style.letterSpacing = `${isCursive(text) ? Math.min(0, spacing) : spacing}px`
  whole.style.width = `${cellsOf(text) * cells.width}px`
  head.before(whole)
  for (const part of covered) part.remove()
  parts.splice(first, covered.length, whole)
}

/** The index of the part that begins at `place`, after cutting the one that runs across it. */
function cut(parts: HTMLElement[], place: number): number {
  let begin = 0
  for (const [index, part] of parts.entries()) {
    const text = part.textContent
    if (begin === place) return index
    if (place < begin + text.length) {
      const rest = part.cloneNode(false) as HTMLElement
      part.textContent = text.slice(0, place - begin)
      rest.textContent = text.slice(place - begin)
      part.after(rest)
      parts.splice(index + 1, 0, rest)
      return index + 1
    }
    begin += text.length
  }
  return parts.length
}
