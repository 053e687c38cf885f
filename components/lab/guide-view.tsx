'use client'

import { ArrowLeft, ArrowRight } from 'lucide-react'
import { type KeyboardEvent, memo, useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl/react'
import type { HostView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { CommandBlock } from './command-block.tsx'
import { GuideHead } from './guide-head.tsx'
import type { Guide, GuideStep } from './guide-step.ts'
import { useGuide } from './use-guide.ts'
import { usePrinting } from './use-printing.ts'

type Props = {
  labId: string
  /** In each language there is, the reader's first. */
  guides: readonly Guide[]
  hosts: readonly HostView[]
  /** Runs a command on a machine (null: on the first) and says whether it was taken; null: there is nobody to run it now. */
  run: ((host: string | null, text: string) => boolean) | null
}

/** The guide. It is drawn anew only where it is another: the page's clock goes past it. */
export const GuideView = memo(function GuideView({ labId, guides, hosts, run }: Props) {
  const t = useTranslations()
  const { guide, choose, at, go, visited, anchor } = useGuide(labId, guides)
  const { steps } = guide
  const printing = usePrinting()
  const body = useRef<HTMLElement>(null)
  const show = (to: number) => {
    go(to)
    body.current?.scrollTo({ top: 0 })
  }
  // A heading that the address names may only be there since its step is.
  useEffect(() => {
    if (anchor !== null) document.getElementById(anchor)?.scrollIntoView({ block: 'start' })
  }, [anchor])
  const byKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    if (event.key === '[') show(at - 1)
    if (event.key === ']') show(at + 1)
  }
  return (
    <section aria-label={t('page.guide')} className="flex min-h-0 min-w-0 flex-col bg-surface print:block" onKeyDown={byKey}>
      {(steps.length > 1 || guides.length > 1) && (
        <GuideHead guide={guide} guides={guides} at={at} visited={visited} show={show} choose={choose} />
      )}
      <section
        ref={body}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
        tabIndex={0}
        aria-label={t('guide.text')}
        className="scroller min-h-0 flex-1 p-5 print:overflow-visible print:p-0 pb-7 compact:p-4 compact:pb-6 short:py-4"
      >
        {steps.length === 0 && <p className="text-ink-2">{t('guide.empty')}</p>}
        {(printing ? steps : steps.slice(at, at + 1)).map((each) => (
          <StepText key={each.id} step={each} hosts={hosts} run={run} />
        ))}
      </section>
      {steps.length > 1 && <GuideFoot steps={steps} at={at} show={show} />}
    </section>
  )
})

type Part = { steps: GuideStep[]; at: number; show: (to: number) => void }

function GuideFoot({ steps, at, show }: Part) {
  const t = useTranslations('guide')
  const before = steps[at - 1]
  const after = steps[at + 1]
  return (
    <div className="flex flex-none items-center gap-2 border-t print:hidden border-line py-2 pr-3 pl-3.5 short:py-1.5">
      {before && (
        <Button
          look="ghost"
          size="sm"
          icon
          onClick={() => show(at - 1)}
          aria-label={t('back', { title: before.title })}
          title={t('back', { title: before.title })}
        >
          <ArrowLeft className="size-4" strokeWidth={1.75} aria-hidden="true" />
        </Button>
      )}
      <span className="flex-1 pl-1.5 text-ink-3">{!after && t('end')}</span>
      {after && (
        <Button size="sm" className="min-w-0 flex-initial!" onClick={() => show(at + 1)}>
          <span className="truncate">{t('next', { title: after.title })}</span>
          <ArrowRight className="size-3.5 flex-none" strokeWidth={1.75} aria-hidden="true" />
        </Button>
      )}
    </div>
  )
}

function StepText({ step, hosts, run }: Pick<Props, 'hosts' | 'run'> & { step: GuideStep }) {
  const label = (name: string | null) => hosts.find((host) => host.name === name)?.label ?? name
  return (
    <article className="prose" lang={step.language}>
      {!step.titled && <h2>{step.title}</h2>}
      {step.segments.map((segment, index) =>
        segment.kind === 'text' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a step never change their order
          // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised where the lab is read (lib/labs)
          <div key={index} className="contents" dangerouslySetInnerHTML={{ __html: segment.html }} />
        ) : (
          <CommandBlock
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a step never change their order
            key={index}
            html={segment.html}
            host={label(segment.host)}
            shell={segment.shell}
            run={run && segment.shell && segment.run ? (text) => run(segment.host, text) : null}
          />
        ),
      )}
    </article>
  )
}
