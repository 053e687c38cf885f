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

/**
 * The terminal's colours from the design tokens, as they come out inside `element`: its colour scheme chooses Night or Paper.
 * xterm.js computes with colours, so they are given as plain RGB.
 */
export function readTheme(element: HTMLElement): ITheme {
  const probe = element.ownerDocument.createElement('span')
  probe.hidden = true
  element.append(probe)
  const canvas = element.ownerDocument.createElement('canvas')
  canvas.width = canvas.height = 1
  const pencil = canvas.getContext('2d', { willReadFrequently: true })
  const colour = (token: string) => {
    probe.style.color = `var(--color-${token})`
    if (!pencil) return undefined
    pencil.fillStyle = getComputedStyle(probe).color
    pencil.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0] = pencil.getImageData(0, 0, 1, 1).data
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`
  }
  try {
    return Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, colour(token)]))
  } finally {
    probe.remove()
  }
}
