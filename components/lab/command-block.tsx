'use client'

import { Check, Copy, Play } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import { copyText } from '../ui/copy-text.ts'

type Props = {
  /** Sanitised. */
  html: string
  /** The label of the machine it is meant for. */
  host: string | null
  shell: boolean
  /** Runs it where it is meant for and says whether it was taken; null: nobody can now. */
  run?: ((text: string) => boolean) | null
}

export function CommandBlock({ html, host, shell, run = null }: Props) {
  const t = useTranslations('guide')
  const code = useRef<HTMLElement>(null)
  const [said, setSaid] = useState<'' | 'copied' | 'copyFailed' | 'ran' | 'runFailed'>('')
  useEffect(() => {
    if (said !== 'copied' && said !== 'ran') return
    const timer = setTimeout(() => setSaid(''), 1_600)
    return () => clearTimeout(timer)
  }, [said])
  const copy = async () => {
    setSaid('')
    setSaid((await copyText(code.current?.textContent ?? '')) ? 'copied' : 'copyFailed')
  }
  const start = () => setSaid(run?.(code.current?.textContent ?? '') ? 'ran' : 'runFailed')
  const failed = said === 'copyFailed' || said === 'runFailed'
  const Icon = said === 'copied' ? Check : Copy
  return (
    <div className="mb-3.5 rounded-md bg-sunken py-0.75 pr-0.75 pl-3 shadow-[inset_0_0_0_1px_var(--color-line)] forced-colors:border">
      <div className="flex items-start gap-1">
        <pre className="min-w-0 flex-1 py-1.25 text-[12.5px]/[18px] [overflow-wrap:anywhere] whitespace-pre-wrap">
          {shell && (
            <span className={html.includes('\n') ? 'block text-ink-3 select-none' : 'text-ink-3 select-none'}>
              {host !== null && `${host} `}
              <span aria-hidden="true">$ </span>
            </span>
          )}
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised where the lab is read (lib/labs) */}
          <code ref={code} dangerouslySetInnerHTML={{ __html: html }} />
        </pre>
        {run && (
          <Button
            look="ghost"
            size="sm"
            className="text-accent-text print:hidden"
            onClick={start}
            aria-label={host === null ? t('runThis', { command: plain(html) }) : t('runThisOn', { command: plain(html), host })}
          >
            {said === 'ran' ? (
              <Check className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
            ) : (
              <Play className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
            )}
            {t('run')}
          </Button>
        )}
        <Button
          look="ghost"
          size="sm"
          icon={run !== null}
          className="text-accent-text print:hidden"
          onClick={copy}
          aria-label={t('copyThis', { command: plain(html) })}
        >
          <Icon className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
          {run === null && (said === 'copied' ? t('copied') : t('copy'))}
        </Button>
      </div>
      <p role="status" className={failed ? 'pr-2 pb-1.5 text-xs text-warn-text' : 'sr-only'}>
        {said !== '' && t(said, { host: host ?? '' })}
      </p>
    </div>
  )
}

const entities: Record<string, string> = { '&#x3C;': '<', '&lt;': '<', '&gt;': '>', '&#x26;': '&', '&amp;': '&', '&quot;': '"' }

/** The first line of a block, for the button's name. */
function plain(html: string): string {
  const line = html.split('\n', 1)[0] ?? ''
  return line.replace(/<[^>]*>/g, '').replace(/&(?:#x3C|#x26|lt|gt|amp|quot);/g, (entity) => entities[entity] ?? entity)
}
