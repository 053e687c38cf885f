'use client'

import { startTransition, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { fillScreen, fillsScreen, leaveScreen, mayFillScreen, onScreenFilled } from '../ui/full-screen.ts'
import { focusTerminal } from './desk.tsx'

/** What has the screen: the page as it is, all its terminals, or one of them with the others behind its tabs. */
export type ScreenPart = 'page' | 'terminals' | 'terminal'

export type FullScreen = {
  /** Null: nothing has. */
  part: ScreenPart | null
  /** Escape goes to programs, and only a long press of it leaves. */
  keepsEscape: boolean
  enter: (part: ScreenPart) => void
  leave: () => void
}

/**
 * The screen for this page, or for a part of it. Always the whole document takes it, and what is not wanted is put away: a warning, a
 * question or a menu is part of the page and has to be seen.
 * @returns null where the browser does not offer it here. Nothing of it is remembered.
 */
export function useFullScreen(): FullScreen | null {
  const [offered, setOffered] = useState(false)
  // Nothing that anybody waits for while the page begins.
  useEffect(() => startTransition(() => setOffered(mayFillScreen())), [])
  const fills = useSyncExternalStore(onScreenFilled, fillsScreen, () => false)
  const [wanted, setWanted] = useState<ScreenPart>('page')
  const [keepsEscape, setKeepsEscape] = useState(false)
  const part = fills ? wanted : null
  const before = useRef(part)
  useEffect(() => {
    const was = before.current
    before.current = part
    if (was === part) return
    // By the browser's own keys too: what was locked is free again.
    if (part === null) void leaveScreen().catch(() => {})
    // What was pressed may be gone.
    const hasCursor = document.activeElement !== null && document.activeElement !== document.body
    if ((part ?? was) !== 'page') requestAnimationFrame(() => focusTerminal())
    else if (!hasCursor) document.querySelector<HTMLElement>('#bar [aria-haspopup="menu"]')?.focus()
  }, [part])
  return useMemo(() => {
    if (!offered) return null
    const enter = (next: ScreenPart) => {
      setWanted(next)
      if (fills) return
      // Refused, all stays as it is: the browser asks for a click or a key of the person's own, and this was one.
      fillScreen().then(setKeepsEscape, () => {})
    }
    return { part, keepsEscape, enter, leave: () => void leaveScreen().catch(() => {}) }
  }, [offered, part, keepsEscape, fills])
}
