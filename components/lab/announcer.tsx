'use client'

import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { StatusWord } from '../ui/status.tsx'
import { useSaid } from '../ui/use-said.ts'
import { countdown, type Warning, warningStage } from './deadline.ts'
import { roundly } from './estimate.ts'

type Props = { title: string; status: StatusWord; warning: Warning | null }

/** The document's title, and a word to screen readers, once for each change of state; of a warning again when little is left. */
export function Announcer({ title, status, warning }: Props) {
  const t = useTranslations()
  const say = useSaid()
  const word = useStatusWord(status, warning)
  const about = status === 'warned' && warning ? `${warning.why} ${warningStage(warning.leftMs)}` : status
  const sentence = (before: string) => {
    if (status === 'warned' && warning) {
      const time = say(roundly(warning.leftMs))
      return t(warning.why === 'idle' ? 'warning.sayIdle' : 'warning.sayLimit', { time })
    }
    if (status === 'ready' && /^(idle|limit) /.test(before)) return t('warning.sayKept')
    const time = new Date().toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    return t('page.announce', { phase: word, time })
  }
  // Whoever opens the page while it warns is told; everything else is in the page that they are about to read.
  const [said, setSaid] = useState({ about: status === 'warned' ? 'ready' : about, text: '' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words are those of the moment in which it changed
  useEffect(() => {
    setSaid((before) => (before.about === about ? before : { about, text: sentence(before.about) }))
  }, [about])
  return (
    <>
      <title>{t('page.title', { phase: word, lab: title })}</title>
      <p className="sr-only" role="status">
        {said.text}
      </p>
    </>
  )
}

/** The status as the bar and the title say it. */
export function useStatusWord(status: StatusWord, warning: Warning | null): string {
  const t = useTranslations('phase')
  return status === 'warned' ? t('warned', { time: countdown(warning?.leftMs ?? 0) }) : t(status)
}
