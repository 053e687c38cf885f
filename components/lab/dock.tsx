'use client'

import { BookOpen, SquareTerminal } from 'lucide-react'
import { useTranslations } from 'use-intl/react'

/** What a phone shows one at a time. */
export type Region = 'guide' | 'machines'

const views = [
  ['guide', BookOpen],
  ['machines', SquareTerminal],
] as const satisfies [Region, typeof BookOpen][]

export function Dock({ region, onChange }: { region: Region; onChange: (region: Region) => void }) {
  const t = useTranslations('page')
  return (
    <nav
      aria-label={t('views')}
      className="hidden flex-none print:hidden grid-cols-2 border-t border-line bg-surface px-2 pt-1 pb-[max(4px,env(safe-area-inset-bottom))] phone:grid"
    >
      {views.map(([name, Icon]) => (
        <button
          key={name}
          type="button"
          aria-pressed={region === name}
          onClick={() => onChange(name)}
          className="group flex min-h-12 flex-col items-center justify-center gap-0.5 rounded-sm text-2xs font-medium text-ink-2 aria-pressed:text-ink"
        >
          <Icon className="size-5 group-aria-pressed:text-brass" strokeWidth={1.75} aria-hidden="true" />
          {t(name)}
        </button>
      ))}
    </nav>
  )
}
