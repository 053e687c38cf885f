'use client'

import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type ReactNode, useRef } from 'react'
import { Button } from './button.tsx'

type Props = {
  title: string
  description: string
  /** The name of the button that closes it. */
  close: string
  onClose: () => void
  /** Where the cursor goes afterwards. */
  returnTo: () => HTMLElement | null
  children: ReactNode
}

/** Something longer to read, over the page: open as long as it is there. Its head stays while the rest scrolls; Esc closes. */
export function ReadingDialog({ title, description, close, onClose, returnTo, children }: Props) {
  const content = useRef<HTMLDivElement>(null)
  // To the whole, so that it is read from its title on.
  const toContent = (event: Event) => {
    event.preventDefault()
    content.current?.focus()
  }
  const back = (event: Event) => {
    event.preventDefault()
    returnTo()?.focus()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 bg-scrim" />
        <Dialog.Content
          ref={content}
          onOpenAutoFocus={toContent}
          onCloseAutoFocus={back}
          className="appearing fixed inset-x-4 top-1/2 z-40 mx-auto flex max-h-[min(40rem,calc(100dvh-2rem))] max-w-130 -translate-y-1/2 flex-col rounded-lg bg-raised outline-none shadow-[var(--shadow-dialog),0_0_0_1px_var(--color-line)] forced-colors:border"
        >
          <div className="flex flex-none items-start gap-3 border-b border-line py-3.5 pr-3 pl-5">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-lg font-semibold tracking-tight">{title}</Dialog.Title>
              <Dialog.Description className="text-ink-2">{description}</Dialog.Description>
            </div>
            <Dialog.Close asChild>
              <Button look="ghost" size="sm" icon aria-label={close}>
                <X className="size-4" strokeWidth={1.75} aria-hidden="true" />
              </Button>
            </Dialog.Close>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard */}
          <div tabIndex={0} className="scroller min-h-0 flex-1 px-5 pb-4">
            {children}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
