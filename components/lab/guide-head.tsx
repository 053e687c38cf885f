'use client'

import { Check, ChevronDown, Languages } from 'lucide-react'
import type { ComponentProps } from 'react'
import { useTranslations } from 'use-intl/react'
import { Limb } from '../ui/limb.tsx'
import { Menu, MenuChoice } from '../ui/menu.tsx'
import type { Guide } from './guide-step.ts'

type Props = {
  guide: Guide
  /** In all languages; the first is shown where nobody chose. */
  guides: readonly Guide[]
  at: number
  /** Ids of the steps that were shown already. */
  visited: readonly string[]
  show: (to: number) => void
  choose: (language: string) => void
}

/** Where one is, the way to any step, and the language where there are several. */
export function GuideHead({ guide, guides, at, visited, show, choose }: Props) {
  const t = useTranslations('guide')
  const { steps } = guide
  const where = t('step', { at: at + 1, of: steps.length })
  const trigger = (
    <button
      type="button"
      className="-ml-1 inline-flex min-h-6 items-center gap-1 rounded-sm px-1 font-medium hover:bg-hover pointer-coarse:min-h-9"
    >
      {where}
      <ChevronDown className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
    </button>
  )
  const options = steps.map((step, index) => ({
    value: String(index),
    label: (
      <>
        <span className={index === at ? 'w-4 flex-none text-brass-text tabular-nums' : 'w-4 flex-none text-ink-3 tabular-nums'}>
          {index + 1}
        </span>
        {step.title}
        {visited.includes(step.id) && index !== at && (
          <span className="ml-auto inline-flex pl-3 text-ink-3">
            <Check className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
            <span className="sr-only">{t('read')}</span>
          </span>
        )}
      </>
    ),
  }))
  return (
    <div className="flex-none border-b border-line px-5 print:hidden pt-3 pb-2.5 compact:px-4 compact:pt-2.5 compact:pb-2.25">
      <div className={steps.length > 1 ? 'mb-2 flex justify-between' : 'flex justify-end'}>
        {steps.length > 1 && (
          <Menu trigger={trigger} label={t('steps')} align="start">
            <MenuChoice value={String(at)} onChange={(value) => show(Number(value))} options={options} />
          </Menu>
        )}
        {guides.length > 1 && (
          <Menu trigger={<LanguageButton name={guide.name} />} label={t('language')}>
            <MenuChoice
              value={guide.language}
              onChange={choose}
              options={guides.map(({ language, name }) => ({ value: language, label: <span lang={language}>{name}</span> }))}
            />
          </Menu>
        )}
      </div>
      {steps.length > 1 && <Limb label={t('progress')} value={at + 1} max={steps.length} text={where} />}
    </div>
  )
}

function LanguageButton({ name, ...button }: { name: string } & ComponentProps<'button'>) {
  const t = useTranslations('guide')
  return (
    <button
      {...button}
      type="button"
      aria-label={`${t('language')}: ${name}`}
      className="-mr-1 inline-flex min-h-6 items-center gap-1 rounded-sm px-1 text-ink-2 hover:bg-hover pointer-coarse:min-h-9"
    >
      <Languages className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
      {name}
    </button>
  )
}
