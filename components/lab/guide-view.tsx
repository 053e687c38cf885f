'use client'

import { ArrowLeft, ArrowRight, ChevronDown } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { HostView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { Limb } from '../ui/limb.tsx'
import { Menu, MenuChoice } from '../ui/menu.tsx'
import { CommandBlock } from './command-block.tsx'
import { type GuideStep, stepFromHash } from './guide-step.ts'
import { keepStep, recallStep } from './kept-step.ts'
import { usePrinting } from './use-printing.ts'

/** Which step is shown: kept in the address, so that a reload comes back to it, and in this browser, so that a later visit does. */
function useStep(labId: string, count: number) {
  const [at, setAt] = useState(0)
  useEffect(() => {
    const follow = () => setAt((at) => stepFromHash(window.location.hash, count) ?? at)
    setAt((at) => stepFromHash(window.location.hash, count) ?? recallStep(labId, count) ?? at)
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [labId, count])
  const go = (to: number) => {
    if (to < 0 || to >= count) return
    setAt(to)
    keepStep(labId, to)
    window.history.replaceState(window.history.state, '', `#step-${to + 1}`)
  }
  return [at, go] as const
}

type Props = {
  labId: string
  steps: GuideStep[]
  hosts: readonly HostView[]
  /** Runs a command on a machine (null: on the first) and says whether it was taken; null: there is nobody to run it now. */
  run: ((host: string | null, text: string) => boolean) | null
}

export function GuideView({ labId, steps, hosts, run }: Props) {
  const t = useTranslations()
  const [at, go] = useStep(labId, steps.length)
  const printing = usePrinting()
  const body = useRef<HTMLElement>(null)
  const show = (to: number) => {
    go(to)
    body.current?.scrollTo({ top: 0 })
  }
  const byKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    if (event.key === '[') show(at - 1)
    if (event.key === ']') show(at + 1)
  }
  return (
    <section aria-label={t('page.guide')} className="flex min-h-0 flex-col bg-surface print:block" onKeyDown={byKey}>
      {steps.length > 1 && <GuideHead steps={steps} at={at} show={show} />}
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
}

type Part = { steps: GuideStep[]; at: number; show: (to: number) => void }

function GuideHead({ steps, at, show }: Part) {
  const t = useTranslations('guide')
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
      </>
    ),
  }))
  return (
    <div className="flex-none border-b border-line px-5 print:hidden pt-3 pb-2.5 compact:px-4 compact:pt-2.5 compact:pb-2.25">
      <div className="mb-2 flex">
        <Menu trigger={trigger} label={t('steps')} align="start">
          <MenuChoice value={String(at)} onChange={(value) => show(Number(value))} options={options} />
        </Menu>
      </div>
      <Limb label={t('progress')} value={at + 1} max={steps.length} text={where} />
    </div>
  )
}

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
    <article className="prose">
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
            run={run && segment.shell ? (text) => run(segment.host, text) : null}
          />
        ),
      )}
    </article>
  )
}
