import { clsx } from 'clsx'
import { CircleX, Info, Lightbulb, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

type CalloutTone = 'plain' | 'warn' | 'bad' | 'brass'

const looks = {
  plain: { ground: 'bg-sunken', icon: Info, mark: 'text-ink-3' },
  warn: { ground: 'bg-warn-soft', icon: TriangleAlert, mark: 'text-warn' },
  bad: { ground: 'bg-bad-soft', icon: CircleX, mark: 'text-bad' },
  brass: { ground: 'bg-brass-soft', icon: Lightbulb, mark: 'text-brass' },
} as const satisfies Record<CalloutTone, { ground: string; icon: typeof Info; mark: string }>

export function Callout({ tone = 'plain', children, className }: { tone?: CalloutTone; children: ReactNode; className?: string }) {
  const { ground, icon: Icon, mark } = looks[tone]
  return (
    <div className={clsx('flex gap-2.5 rounded-md px-3 py-2.5', ground, className)}>
      <Icon className={clsx('mt-0.5 size-4 flex-none', mark)} strokeWidth={1.75} aria-hidden="true" />
      <div className="min-w-0 text-pretty">{children}</div>
    </div>
  )
}
