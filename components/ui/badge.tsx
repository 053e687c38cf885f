import { clsx } from 'clsx'
import type { ReactNode } from 'react'

type BadgeTone = 'neutral' | 'ok' | 'busy' | 'warn' | 'bad' | 'rest' | 'brass' | 'accent'

const tones: Record<BadgeTone, string> = {
  neutral: 'bg-sunken text-ink-2',
  ok: 'bg-ok-soft text-ok-text',
  busy: 'bg-busy-soft text-busy-text',
  warn: 'bg-warn-soft text-warn-text',
  bad: 'bg-bad-soft text-bad-text',
  rest: 'bg-rest-soft text-rest-text',
  brass: 'bg-brass-soft text-brass-text',
  accent: 'bg-accent-soft text-accent-text',
}

export function Badge({ tone = 'neutral', children }: { tone?: BadgeTone; children: ReactNode }) {
  return (
    <span
      className={clsx(
        'inline-flex h-5 items-center gap-1 rounded-full px-1.75 text-2xs font-medium whitespace-nowrap tabular-nums',
        tones[tone],
      )}
    >
      {children}
    </span>
  )
}
