'use client'

import { ClipboardCopy, ClipboardPaste, TriangleAlert } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import type { Ask } from './use-terminal.ts'

/** A question above the terminal: it pushes the text down and never covers it. The cursor goes to the harmless answer. */
export function AskLine({ ask, onAnswer }: { ask: Ask; onAnswer: (yes: boolean) => void }) {
  const t = useTranslations('terminal')
  const no = useRef<HTMLButtonElement>(null)
  const mine = ask.kind !== 'clipboard'
  // A program that asks must not take the cursor away from somebody who types.
  useEffect(() => {
    if (mine) no.current?.focus()
  }, [mine])
  const words = {
    paste: () => t('pasteTitle', { n: ask.kind === 'paste' ? ask.lines : 0 }),
    tooLong: () => t('tooLong'),
    pasteDenied: () => t(matchMedia('(pointer: coarse)').matches ? 'pasteDenied' : 'pasteDeniedKeys'),
    copyDenied: () => t('copyDenied'),
    clipboard: () =>
      ask.kind === 'clipboard' && ask.denied ? t('copyDenied') : t('wantsCopy', { n: ask.kind === 'clipboard' ? ask.text.length : 0 }),
  }[ask.kind]()
  const Icon = {
    paste: ClipboardPaste,
    tooLong: TriangleAlert,
    pasteDenied: TriangleAlert,
    copyDenied: TriangleAlert,
    clipboard: ClipboardCopy,
  }[ask.kind]
  const yes = ask.kind === 'paste' ? t('paste') : ask.kind === 'clipboard' && !ask.denied ? t('copyIt') : null
  return (
    <div
      role="alert"
      onKeyDown={(event) => event.key === 'Escape' && onAnswer(false)}
      className="flex min-h-8 flex-none flex-wrap items-center gap-2 border-b border-line bg-surface px-3 py-0.5 text-xs text-ink"
    >
      <Icon className="size-3.5 flex-none text-warn" strokeWidth={1.75} aria-hidden="true" />
      <span className="min-w-0 flex-1 text-pretty">{words}</span>
      {yes !== null && (
        <Button look="ghost" size="sm" className="text-accent-text" onClick={() => onAnswer(true)}>
          {yes}
        </Button>
      )}
      <Button ref={no} look="ghost" size="sm" onClick={() => onAnswer(false)}>
        {yes === null ? t('dismiss') : ask.kind === 'paste' ? t('pasteNot') : t('copyNot')}
      </Button>
    </div>
  )
}
