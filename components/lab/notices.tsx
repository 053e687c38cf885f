'use client'

import { ChevronRight, CircleX, type LucideIcon, Trash2, TriangleAlert, WifiOff, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { useFramed } from '../ui/use-browser.ts'
import { useFocusReturn } from '../ui/use-focus-return.ts'
import { isDismissable, type NoticeKind, noticeId, type PageNotice, stillDismissed, waiting } from './notice-order.ts'

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

const looks = {
  signedOut: { ground: 'bg-warn-soft', mark: 'text-warn', icon: TriangleAlert },
  failure: { ground: 'bg-bad-soft', mark: 'text-bad', icon: CircleX },
  deletion: { ground: 'bg-bad-soft', mark: 'text-bad', icon: Trash2 },
  lost: { ground: 'bg-warn-soft', mark: 'text-warn', icon: WifiOff },
  flaw: { ground: 'bg-warn-soft', mark: 'text-warn', icon: TriangleAlert },
} as const satisfies Record<NoticeKind, { ground: string; mark: string; icon: LucideIcon }>

/** What the page has to say above everything else; nothing, mostly. Several wait their turn in one line, the most important first. */
export function Notices({ lostAt, signedOut, failure, deletion, flaw, onOwnWindow }: Props) {
  const t = useTranslations('connection')
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set())
  const [turn, setTurn] = useState({ of: '', at: 0 })
  const all: (PageNotice & { words: ReactNode })[] = [
    ...(signedOut ? [{ kind: 'signedOut', text: '', words: t('expired') } as const] : []),
    ...(failure !== null ? [{ kind: 'failure', text: failure, words: failure } as const] : []),
    ...(deletion !== null ? [{ kind: 'deletion', text: deletion.at, words: <Deletion {...deletion} /> } as const] : []),
    ...(lostAt !== null ? [{ kind: 'lost', text: '', words: t.rich('lost', { time: () => <LocalTime at={lostAt} /> }) } as const] : []),
    ...(flaw !== null ? [{ kind: 'flaw', text: flaw, words: flaw } as const] : []),
  ]
  const here = all.map(noticeId).join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is another one only where its names are
  useEffect(() => setDismissed((before) => stillDismissed(all, before)), [here])
  const queue = waiting(all, dismissed)
  const of = queue.map(noticeId).join('\n')
  // Whatever is new is shown from its beginning.
  const at = turn.of === of ? turn.at : 0
  const shown = queue[at]
  const words = all.find((notice) => shown && noticeId(notice) === noticeId(shown))?.words
  const grave = shown?.kind === 'signedOut' || shown?.kind === 'failure'
  return (
    <>
      <SmallFrame onOwnWindow={onOwnWindow} />
      <Strip
        kind={shown?.kind ?? null}
        at={at}
        count={queue.length}
        onNext={() => setTurn({ of, at: (at + 1) % queue.length })}
        onDismiss={shown && isDismissable(shown) ? () => setDismissed(new Set([...dismissed, noticeId(shown)])) : null}
      >
        {/* What a person just asked for is answered at once; the rest waits until their reader has finished. */}
        <div role="alert">{grave && words}</div>
        <div role="status">{!grave && words}</div>
      </Strip>
    </>
  )
}

type StripProps = {
  kind: NoticeKind | null
  /** Which of how many is shown, from 0. */
  at: number
  count: number
  onNext: () => void
  onDismiss: (() => void) | null
  children: ReactNode
}

/** Always there, so that what comes into it is read out; seen only while it says something. */
function Strip({ kind, at, count, onNext, onDismiss, children }: StripProps) {
  const look = kind && looks[kind]
  const Icon = look?.icon
  return (
    <div className={look ? `flex flex-none items-start gap-2 border-b border-line px-3 py-1 text-ink ${look.ground}` : ''}>
      {Icon && <Icon className={`mt-1.5 size-4 flex-none ${look.mark}`} strokeWidth={1.75} aria-hidden="true" />}
      <div className={look ? 'min-w-0 flex-1 py-1 text-pretty [overflow-wrap:anywhere]' : ''}>{children}</div>
      {/* A new one for another number of them: whoever sends one away does not lose the cursor with its button. */}
      {look && <Turns key={count} at={at} count={count} onNext={onNext} onDismiss={onDismiss} />}
    </div>
  )
}

function Turns({ at, count, onNext, onDismiss }: Omit<StripProps, 'kind' | 'children'>) {
  const t = useTranslations('connection')
  const box = useRef<HTMLDivElement>(null)
  useFocusReturn(box)
  return (
    <div ref={box} className="flex flex-none items-center gap-1">
      {count > 1 && (
        <Button look="ghost" size="sm" className="tabular-nums" aria-label={t('next', { at: at + 1, n: count })} onClick={onNext}>
          {t('turn', { at: at + 1, n: count })}
          <ChevronRight className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        </Button>
      )}
      {onDismiss && (
        <Button look="ghost" size="sm" icon aria-label={t('dismiss')} title={t('dismiss')} onClick={onDismiss}>
          <X className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        </Button>
      )}
    </div>
  )
}

/** An operator has announced that these machines will be removed: when, why, and that nothing is lost until then. */
function Deletion({ at, reason }: { at: string; reason: string }) {
  const t = useTranslations('deletion')
  return (
    <>
      <b className="font-semibold">{t.rich('decided', { time: () => <LocalTime at={at} /> })}</b>{' '}
      {reason !== '' && <span>{t('reason', { reason })} </span>}
      {t('until')}
    </>
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
