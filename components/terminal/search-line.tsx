'use client'

import { CaseSensitive, ChevronDown, ChevronUp, Search, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import type { Screen } from './screen.ts'
import type { Found } from './search.ts'

/** A text to look for in the terminal. Enter goes up, where older output is; Shift Enter down; Esc closes. */
export function SearchLine({ found, find, onClose }: { found: Found; find: Screen['find']; onClose: () => void }) {
  const t = useTranslations('terminal')
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [matchCase, setMatchCase] = useState(false)
  useEffect(() => field.current?.focus(), [])
  const go = (back: boolean) => find(text, { back, matchCase, incremental: false })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') go(!event.shiftKey)
    if (event.key === 'Escape') onClose()
    if (event.key === 'Enter' || event.key === 'Escape') event.preventDefault()
  }
  const icon = { className: 'size-3.5', strokeWidth: 1.75, 'aria-hidden': true } as const
  return (
    <search
      onKeyDown={onKeyDown}
      className="flex h-9 flex-none items-center gap-1 border-b border-line bg-surface px-3 text-xs text-ink-2 phone:h-11"
    >
      <Search className="size-3.5 flex-none" strokeWidth={1.75} aria-hidden="true" />
      <input
        ref={field}
        type="text"
        value={text}
        aria-label={t('find')}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value)
          find(event.target.value, { back: true, matchCase, incremental: true })
        }}
        className="h-7 min-w-0 flex-1 rounded-sm bg-sunken px-2 font-mono text-xs text-ink outline-none focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-focus"
      />
      <output className="min-w-14 text-right tabular-nums">{text !== '' && t('found', { n: found.count, at: found.at })}</output>
      <Button
        look="ghost"
        size="sm"
        icon
        aria-pressed={matchCase}
        aria-label={t('findCase')}
        title={t('findCase')}
        className="aria-pressed:bg-hover aria-pressed:text-ink"
        onClick={() => {
          setMatchCase(!matchCase)
          find(text, { back: true, matchCase: !matchCase, incremental: true })
        }}
      >
        <CaseSensitive {...icon} />
      </Button>
      <Button look="ghost" size="sm" icon aria-label={t('findBefore')} title={t('findBefore')} onClick={() => go(true)}>
        <ChevronUp {...icon} />
      </Button>
      <Button look="ghost" size="sm" icon aria-label={t('findNext')} title={t('findNext')} onClick={() => go(false)}>
        <ChevronDown {...icon} />
      </Button>
      <Button look="ghost" size="sm" icon aria-label={t('findClose')} title={t('findClose')} onClick={onClose}>
        <X {...icon} />
      </Button>
    </search>
  )
}
