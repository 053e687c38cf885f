'use client'

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { TerminalTheme } from './theme.ts'

/** How somebody likes their terminals. Kept in this browser, the same for all labs. */
export type Liking = {
  /** Pixels. */
  fontSize: number
  theme: TerminalTheme | 'page'
  screenReader: boolean
  /** Whether the cursor blinks; never where the person asked for little motion. */
  blink: boolean
  /** Lines that have scrolled away and are kept. */
  scrollback: number
  /** On a Mac: Option is the programs' Meta key. Where it is not, it types what it does elsewhere, e.g. `[ ] { } | @` of many layouts. */
  optionIsMeta: boolean
}

export const plainLiking: Liking = {
  fontSize: 13,
  theme: 'night',
  screenReader: false,
  blink: true,
  scrollback: 5_000,
  optionIsMeta: false,
}
export const fontSizes = { least: 10, most: 24 } as const
export const scrollbacks = [1_000, 5_000, 10_000, 20_000] as const
export const themes = ['night', 'paper', 'page'] as const

/** What was kept, each part as far as it makes sense; pure. */
export function readLiking(text: string | null): Liking {
  let kept: unknown = null
  try {
    kept = JSON.parse(text ?? 'null')
  } catch {
    // Not ours: as if nothing had been kept.
  }
  const said: Record<string, unknown> = typeof kept === 'object' && kept !== null ? { ...kept } : {}
  return {
    fontSize: typeof said.fontSize === 'number' ? fitting(said.fontSize) : plainLiking.fontSize,
    theme: themes.find((theme) => theme === said.theme) ?? plainLiking.theme,
    screenReader: said.screenReader === true,
    blink: said.blink !== false,
    scrollback: scrollbacks.find((lines) => lines === said.scrollback) ?? plainLiking.scrollback,
    optionIsMeta: said.optionIsMeta === true,
  }
}

/** One step larger (1) or smaller (-1), or as it was at first (0); pure. */
export function zoomed(liking: Liking, by: -1 | 0 | 1): Liking {
  return { ...liking, fontSize: by === 0 ? plainLiking.fontSize : fitting(liking.fontSize + by) }
}

const fitting = (pixels: number) => {
  const whole = Number.isFinite(pixels) ? Math.round(pixels) : plainLiking.fontSize
  return Math.min(fontSizes.most, Math.max(fontSizes.least, whole))
}

const KEY = 'astrolabe.terminal'
const listeners = new Set<() => void>()
/** Where nothing may be kept, it holds for this page. */
let here: string | null = null

function kept(): string | null {
  try {
    return window.localStorage.getItem(KEY) ?? here
  } catch {
    return here
  }
}

export function changeLiking(how: (before: Liking) => Liking): void {
  here = JSON.stringify(how(readLiking(kept())))
  try {
    window.localStorage.setItem(KEY, here)
  } catch {
    // Not kept here.
  }
  for (const told of listeners) told()
}

function watch(told: () => void): () => void {
  // Another window of the same browser may change it too.
  window.addEventListener('storage', told)
  listeners.add(told)
  return () => {
    window.removeEventListener('storage', told)
    listeners.delete(told)
  }
}

/** As it is now in this browser, and whenever it changes. */
export function useLiking(): Liking {
  const text = useSyncExternalStore(watch, kept, () => null)
  return useMemo(() => readLiking(text), [text])
}

/** Night or Paper, where the page is asked: as its own colour scheme is. */
export function useThemeOf(theme: Liking['theme']): TerminalTheme {
  const [isDark, setDark] = useState(false)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const look = () => setDark((document.documentElement.dataset.theme ?? (query.matches ? 'dark' : 'light')) === 'dark')
    look()
    query.addEventListener('change', look)
    return () => query.removeEventListener('change', look)
  }, [])
  return theme === 'page' ? (isDark ? 'night' : 'paper') : theme
}
