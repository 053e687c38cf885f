'use client'

import { Trash2, TriangleAlert, WifiOff } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Callout } from '../ui/callout.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { useFramed } from '../ui/use-browser.ts'

type Props = {
  /** ISO 8601: since when nothing is heard of us; null while all is well. */
  lostAt: string | null
  signedOut: boolean
  /** Why the last thing asked for was not done. */
  failure: string | null
  deletion: EnvironmentView['deletion']
  /** What is not as it should be although the machines are there, as a sentence. */
  flaw: string | null
  onOwnWindow: () => void
}

/** What the page has to say above everything else; nothing, mostly. */
export function Notices({ lostAt, signedOut, failure, deletion, flaw, onOwnWindow }: Props) {
  const t = useTranslations('connection')
  return (
    <>
      <SmallFrame onOwnWindow={onOwnWindow} />
      <div role="alert">
        {signedOut && <Strip tone="warn">{t('expired')}</Strip>}
        {failure !== null && <Strip tone="bad">{failure}</Strip>}
      </div>
      {deletion !== null && <Deletion {...deletion} />}
      {flaw !== null && <Flaw>{flaw}</Flaw>}
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

function Flaw({ children }: { children: string }) {
  return (
    <div role="status" className="appearing flex flex-none gap-2 border-b border-line bg-warn-soft px-3 py-1.5 text-pretty">
      <TriangleAlert className="mt-0.5 size-4 flex-none text-warn" strokeWidth={1.75} aria-hidden="true" />
      <span>{children}</span>
    </div>
  )
}

/** An operator has announced that these machines will be removed: when, why, and that nothing is lost until then. */
function Deletion({ at, reason }: { at: string; reason: string }) {
  const t = useTranslations('deletion')
  return (
    <div role="status" className="appearing flex flex-none gap-2 border-b border-line bg-bad-soft px-3 py-1.5 text-pretty">
      <Trash2 className="mt-0.5 size-4 flex-none text-bad" strokeWidth={1.75} aria-hidden="true" />
      <div className="min-w-0">
        <b className="font-semibold">{t.rich('decided', { time: () => <LocalTime at={at} /> })}</b>{' '}
        {reason !== '' && <span className="[overflow-wrap:anywhere]">{t('reason', { reason })} </span>}
        {t('until')}
      </div>
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
