import type { ITheme } from '@xterm/xterm'

export type TerminalTheme = 'night' | 'paper'

const tokens = {
  background: 'term-bg',
  foreground: 'term-fg',
  cursor: 'term-cursor',
  cursorAccent: 'term-bg',
  selectionBackground: 'term-selection',
  selectionInactiveBackground: 'term-selection',
  black: 'term-dim',
  red: 'term-red',
  green: 'term-green',
  yellow: 'term-yellow',
  blue: 'term-blue',
  magenta: 'term-magenta',
  cyan: 'term-cyan',
  white: 'term-fg',
  brightBlack: 'term-dim',
  brightRed: 'term-red',
  brightGreen: 'term-green',
  brightYellow: 'term-yellow',
  brightBlue: 'term-blue',
  brightMagenta: 'term-magenta',
  brightCyan: 'term-cyan',
  brightWhite: 'term-fg',
  scrollbarSliderBackground: 'line',
  scrollbarSliderHoverBackground: 'line-strong',
  scrollbarSliderActiveBackground: 'line-strong',
} as const satisfies Partial<Record<keyof ITheme, string>>

/** What was computed before: a page has a few terminals and two sets of colours. */
const known = new Map<string, ITheme>()

/**
 * The terminal's colours from the design tokens, as they come out inside `element`: its colour scheme chooses Night or Paper.
 * xterm.js computes with colours, so they are given as plain RGB.
 */
export function readTheme(element: HTMLElement): ITheme {
  const probes = element.ownerDocument.createElement('span')
  probes.hidden = true
  const names = [...new Set(Object.values(tokens))]
  const each = names.map((token) => {
    const probe = element.ownerDocument.createElement('span')
    probe.style.color = `var(--color-${token})`
    return probe
  })
  probes.append(...each)
  element.append(probes)
  const written = each.map((probe) => getComputedStyle(probe).color)
  probes.remove()
  const found = known.get(written.join()) ?? themeOf(names, plainColours(element.ownerDocument, written))
  known.set(written.join(), found)
  return found
}

function themeOf(names: readonly string[], colours: readonly string[]): ITheme {
  return Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, colours[names.indexOf(token)]]))
}

/** @returns each colour as `#rrggbb`, as the browser itself would paint it */
function plainColours(document: Document, written: readonly string[]): string[] {
  const canvas = document.createElement('canvas')
  canvas.width = written.length
  canvas.height = 1
  const pencil = canvas.getContext('2d', { willReadFrequently: true })
  if (!pencil) return []
  written.forEach((colour, at) => {
    pencil.fillStyle = colour
    pencil.fillRect(at, 0, 1, 1)
  })
  const { data } = pencil.getImageData(0, 0, written.length, 1)
  return written.map((_, at) => `#${[...data.subarray(at * 4, at * 4 + 3)].map((part) => part.toString(16).padStart(2, '0')).join('')}`)
}
