'use client'

import { WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Callout } from '../ui/callout.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import type { StatusWord } from '../ui/status.tsx'
import { useFramed } from '../ui/use-browser.ts'

/** The document's title, and a word to screen readers, once for each change of state. */
export function Announcer({ title, status }: { title: string; status: StatusWord }) {
  const t = useTranslations()
  const word = t(`phase.${status}`)
  const [said, setSaid] = useState<{ status: StatusWord; text: string }>({ status, text: '' })
  useEffect(() => {
    setSaid((before) => {
      if (before.status === status) return before
      const time = new Date().toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
      return { status, text: t('page.announce', { phase: word, time }) }
    })
  }, [status, word, t])
  return (
    <>
      <title>{t('page.title', { phase: word, lab: title })}</title>
      <p className="sr-only" role="status">
        {said.text}
      </p>
    </>
  )
}

type Props = {
  /** ISO 8601: since when nothing is heard of us; null while all is well. */
  lostAt: string | null
  signedOut: boolean
  /** Why the last thing asked for was not done. */
  failure: string | null
  onOwnWindow: () => void
}

/** What the page has to say above everything else; nothing, mostly. */
export function Notices({ lostAt, signedOut, failure, onOwnWindow }: Props) {
  const t = useTranslations('connection')
  return (
    <>
      <SmallFrame onOwnWindow={onOwnWindow} />
      <div role="alert">
        {signedOut && <Strip tone="warn">{t('expired')}</Strip>}
        {failure !== null && <Strip tone="bad">{failure}</Strip>}
      </div>
      {lostAt !== null && !signedOut && <Lost at={lostAt} />}
    </>
  )
}

function Strip({ tone, children }: { tone: 'warn' | 'bad'; children: string }) {
  return (
    <div className="appearing border-b border-line bg-canvas p-2">
      <Callout tone={tone}>{children}</Callout>
    </div>
  )
}

function Lost({ at }: { at: string }) {
  const t = useTranslations('connection')
  return (
    <div role="status" className="appearing flex flex-none items-center gap-2 border-b border-line bg-warn-soft px-3 py-1.5 text-ink">
      <WifiOff className="size-4 flex-none text-warn" strokeWidth={1.75} aria-hidden="true" />
      <span>{t.rich('lost', { time: () => <LocalTime at={at} /> })}</span>
    </div>
  )
}

/** Under 520 px the lab says where it has room. */
function SmallFrame({ onOwnWindow }: { onOwnWindow: () => void }) {
  const t = useTranslations('page')
  const framed = useFramed()
  if (!framed) return null
  return (
    <p className="hidden flex-none items-center gap-2 border-b border-line bg-brass-soft px-3 py-1 [@media(height<520px)]:flex">
      <span className="min-w-0 truncate">{t('small')}</span>
      <button
        type="button"
        className="min-h-6 flex-none font-medium text-accent-text underline underline-offset-3 pointer-coarse:min-h-9"
        onClick={onOwnWindow}
      >
        {t('ownWindow')}
      </button>
    </p>
  )
}
