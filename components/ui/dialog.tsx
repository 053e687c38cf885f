'use client'

import { AlertDialog } from 'radix-ui'
import { type ReactNode, useRef } from 'react'

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** What will happen, said before it does. */
  description: ReactNode
  children: ReactNode
  /** Where the cursor goes afterwards, where what opened the dialog is gone by then (an item of a menu). */
  returnTo?: () => HTMLElement | null
}

/** Asks before something is erased. Focus starts on the element marked `data-safe`, Esc closes, the page behind is inert. */
export function ConfirmDialog({ open, onOpenChange, title, description, children, returnTo }: Props) {
  const content = useRef<HTMLDivElement>(null)
  const toSafety = (event: Event) => {
    const safe = content.current?.querySelector<HTMLElement>('[data-safe]')
    if (!safe) return
    event.preventDefault()
    safe.focus()
  }
  const back = (event: Event) => {
    const target = returnTo?.()
    if (!target) return
    event.preventDefault()
    target.focus()
  }
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-30 bg-scrim" />
        <AlertDialog.Content
          ref={content}
          onOpenAutoFocus={toSafety}
          onCloseAutoFocus={back}
          className="appearing scroller fixed inset-x-4 top-1/2 z-40 mx-auto max-h-[calc(100dvh-2rem)] max-w-110 -translate-y-1/2 rounded-lg bg-raised p-5 shadow-[var(--shadow-dialog),0_0_0_1px_var(--color-line)] forced-colors:border"
        >
          <AlertDialog.Title className="text-lg font-semibold tracking-tight text-balance">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 text-ink-2 text-pretty">{description}</div>
          </AlertDialog.Description>
          {children}
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
