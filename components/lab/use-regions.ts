'use client'

import { useEffect } from 'react'
import { focusTerminal } from '../desk/desk.tsx'

const order = ['warning', 'bar', 'leave-screen', 'guide', 'machines'] as const

/**
 * `F6` goes from the bar to the guide to the machines and round again, by way of a warning while one is on; `Shift F6` the other way.
 * While the terminals have the whole screen, the way out of that stands in for bar and guide.
 * Also out of a terminal.
 */
export function useRegions(show: (region: 'guide' | 'machines') => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || event.ctrlKey || event.altKey || event.metaKey) return
      event.preventDefault()
      event.stopPropagation()
      const there = order.filter(isThere)
      const here = there.findIndex((id) => regionOf(id)?.contains(document.activeElement))
      const next = there[(here + (event.shiftKey ? -1 : 1) + there.length) % there.length] ?? 'bar'
      if (next === 'guide' || next === 'machines') show(next)
      requestAnimationFrame(() => {
        if (next === 'machines') focusTerminal()
        else if (next === 'leave-screen') regionOf(next)?.focus()
        else regionOf(next)?.querySelector<HTMLElement>('button, a[href], [tabindex="0"]')?.focus()
      })
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [show])
}

function regionOf(id: (typeof order)[number]): HTMLElement | null {
  return id === 'leave-screen' ? document.querySelector('[data-region="leave-screen"]') : document.getElementById(id)
}

function isThere(id: (typeof order)[number]): boolean {
  const element = regionOf(id)
  if (element === null || element.hasAttribute('data-away')) return false
  // In the bar it is one of the bar's own.
  return id !== 'leave-screen' || element.closest('#bar') === null
}
