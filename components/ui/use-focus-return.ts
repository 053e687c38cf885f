'use client'

import { type RefObject, useLayoutEffect } from 'react'

/** Gives the cursor back to where it came from, when what it is in goes away. */
export function useFocusReturn(box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    let before: HTMLElement | null = null
    const came = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof HTMLElement && !element.contains(relatedTarget)) before = relatedTarget
    }
    element.addEventListener('focusin', came)
    return () => {
      element.removeEventListener('focusin', came)
      if (element.contains(document.activeElement)) before?.focus({ preventScroll: true })
    }
  }, [box])
}
