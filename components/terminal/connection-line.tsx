'use client'

import { CircleX, Info, Moon, RotateCcw, Sunrise, TriangleAlert, WifiOff, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import type { ConnectionView } from './terminal-client.ts'

/** Good news goes away by itself. */
const PASSING_MS = 6_000

type Props = { view: ConnectionView; host: string; empty: boolean; onRetry: () => void }

/** One line above the terminal while there is something to say about its connection: it pushes the text down and never covers it. */
export function ConnectionLine({ view, host, empty, onRetry }: Props) {
  const t = useTranslations('terminal')
  const [dismissed, setDismissed] = useState<string | null>(null)
  const passing = view.state === 'live' && (view.note === 'whole' || view.note === 'repainted') ? view.note : null
  useEffect(() => {
    setDismissed(null)
    if (passing === null) return
    const timer = setTimeout(() => setDismissed(passing), PASSING_MS)
    return () => clearTimeout(timer)
  }, [passing])
  switch (view.state) {
    case 'connecting':
      return empty ? null : <Line icon={<WifiOff className="text-warn" />}>{t('machineAway', { host })}</Line>
    case 'asleep':
      return <Line icon={<Moon className="text-ink-3" />}>{t(view.typed ? 'asleepTyped' : 'asleep')}</Line>
    case 'waking':
      return empty ? null : <Line icon={<Sunrise className="text-ink-3" />}>{t('waking', { host })}</Line>
    case 'reconnecting':
      return (
        <Line icon={<WifiOff className="text-warn" />} action={<Again onClick={onRetry}>{t('tryNow')}</Again>}>
          {view.says ?? t(view.asleep ? 'lostAsleep' : 'lost')} <Countdown until={view.retryAt} />
        </Line>
      )
    case 'ended':
      if (view.reason === 'exited') {
        return (
          <Line icon={<Info className="text-ink-3" />} action={<Again onClick={onRetry}>{t('again')}</Again>}>
            {t('exited')}
          </Line>
        )
      }
      return (
        <Line
          icon={<CircleX className="text-bad" />}
          {...(view.reason === 'failed' ? { action: <Again onClick={onRetry}>{t('tryNow')}</Again> } : {})}
        >
          {view.reason === 'replaced' ? t('replaced') : (view.says ?? t('failed'))}
        </Line>
      )
    case 'live': {
      const about = view.note ?? (view.plain ? 'plain' : null)
      if (about === null || about === dismissed) return null
      const grave = about === 'restarted'
      return (
        <Line
          icon={grave ? <TriangleAlert className="text-warn" /> : <Info className="text-ink-3" />}
          action={
            <Button look="ghost" size="sm" icon aria-label={t('dismiss')} onClick={() => setDismissed(about)}>
              <X className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
            </Button>
          }
        >
          {t(about)}
        </Line>
      )
    }
  }
}

/** In place of the screen, while there is nothing on it yet. */
export function FirstConnection({ view, host }: { view: ConnectionView; host: string }) {
  const t = useTranslations('terminal')
  if (view.state !== 'connecting' && view.state !== 'waking') return null
  const words = view.state === 'waking' ? 'waking' : view.code === null ? 'connecting' : 'waiting'
  return <p className="pointer-events-none absolute inset-x-3 top-2 font-mono text-term text-term-dim">{t(words, { host })}</p>
}

function Line({ icon, action, children }: { icon: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <div
      role="status"
      className="flex min-h-8 flex-none items-center gap-2 border-b border-line bg-surface px-3 py-0.5 text-xs text-ink-2 [&>svg]:size-3.5 [&>svg]:flex-none"
    >
      {icon}
      <span className="min-w-0 flex-1 text-pretty">{children}</span>
      {action}
    </div>
  )
}

function Again({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Button look="ghost" size="sm" onClick={onClick}>
      <RotateCcw className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
      {children}
    </Button>
  )
}

/** Not read out at each second: the line it stands in was announced when it came. */
function Countdown({ until }: { until: number | null }) {
  const t = useTranslations('terminal')
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (until === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [until])
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1_000)
  return (
    <span aria-hidden="true" className="tabular-nums">
      {seconds > 0 ? t('tryingIn', { s: seconds }) : t('trying')}
    </span>
  )
}
