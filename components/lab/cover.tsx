'use client'

import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { focusTerminal } from '../desk/desk.tsx'

/**
 * Lies over the terminals. The cursor that was in them when it came goes on in it, and back to them when it goes: whoever woke her
 * machines by a key types on.
 */
export function Cover({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  const hadFocus = useRef(false)
  const covered = children !== null
  useLayoutEffect(() => {
    const machines = document.getElementById('machines')
    if (!machines) return
    const came = () => {
      hadFocus.current = true
    }
    // Another window that has it meanwhile gives it back by itself.
    const elsewhere = (event: FocusEvent) => {
      if (event.target instanceof Node && !machines.contains(event.target)) hadFocus.current = false
    }
    machines.addEventListener('focusin', came)
    document.addEventListener('focusin', elsewhere)
    return () => {
      machines.removeEventListener('focusin', came)
      document.removeEventListener('focusin', elsewhere)
    }
  }, [])
  // After each change: a button that was pressed may be gone, and what lies below a cover cannot hold the cursor.
  useLayoutEffect(() => {
    const lost = document.activeElement === document.body || document.activeElement?.closest('[inert]') != null
    if (!hadFocus.current || !lost) return
    if (covered) box.current?.focus({ preventScroll: true })
    else requestAnimationFrame(() => hadFocus.current && document.activeElement === document.body && focusTerminal({ preventScroll: true }))
  })
  if (!covered) return null
  return (
    <div ref={box} id="cover" tabIndex={-1} className="absolute inset-0 z-1 outline-none">
      {children}
    </div>
  )
}
