'use client'

import { AlarmClock, Clock } from 'lucide-react'
import { Activity, type ReactNode, useCallback, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, HostView, OwnerAction } from '#lib/environments/phase.ts'
import { focusTerminal, type PaneFacts } from '../desk/desk.tsx'
import { TerminalsProvider, useTerminals } from '../desk/terminals.tsx'
import type { FullScreen } from '../desk/use-full-screen.ts'
import { Divider } from '../ui/divider.tsx'
import { countdown, type Warning } from './deadline.ts'
import { Dock, type Region } from './dock.tsx'
import type { Guide } from './guide-step.ts'
import { GuideView } from './guide-view.tsx'
import { MachineSide } from './machine-side.tsx'
import { useGuideShare } from './use-guide-share.ts'
import { useRegions } from './use-regions.ts'

type Props = {
  labId: string
  guides: readonly Guide[]
  ahead: readonly HostView[]
  view: EnvironmentView | null
  noMachines: string | null
  /** Milliseconds, by the server's clock. */
  now: number
  asking: OwnerAction | null
  warning: Warning | null
  /** What stands beside the status where the bar has room. */
  beside: ReactNode
  pane: (facts: PaneFacts) => ReactNode
  /** The bar and whatever is said below it. */
  top: ReactNode
  onStart: () => void
  onReset: () => void
  onWake: () => void
  onHistory: () => void
  full: FullScreen | null
  /** The terminals have the screen to themselves. */
  bare: boolean
}

const sideBySide =
  'grid print:block min-h-0 flex-1 grid-cols-[minmax(300px,424px)_1px_minmax(0,1fr)] compact:grid-cols-[minmax(280px,36%)_1px_minmax(0,1fr)] phone:block'

/**
 * The guide and the machines, side by side or one at a time. React takes over each of them as a piece of its own (that is what `Activity`
 * is for here), so that a slow computer stays at hand meanwhile.
 */
export function Work(props: Props) {
  return (
    <TerminalsProvider>
      <Sides {...props} />
    </TerminalsProvider>
  )
}

function Sides({ guides, view, warning, beside, top, bare, ...machines }: Props) {
  const t = useTranslations('page')
  const says = useTranslations('screen')
  const [region, setRegion] = useState<Region>(view?.phase === 'ready' ? 'guide' : 'machines')
  useRegions(setRegion)
  const terminals = useTerminals()
  const sides = useRef<HTMLElement>(null)
  const [share, setShare] = useGuideShare(machines.labId)
  const width = () => sides.current?.clientWidth ?? 0
  const measure = () => (sides.current?.querySelector('#guide')?.clientWidth ?? 0) / Math.max(1, width())
  const hosts = view?.hosts ?? none
  const run = useCallback(
    (host: string | null, text: string) => {
      const name = host ?? hosts[0]?.name
      const taken = name !== undefined && terminals.runOn(name, text)
      if (taken) setRegion('machines')
      return taken
    },
    [hosts, terminals],
  )
  const toTerminal = () => {
    flushSync(() => setRegion('machines'))
    focusTerminal()
  }
  return (
    <>
      <button
        type="button"
        onClick={toTerminal}
        className="sr-only focus:not-sr-only focus:absolute focus:top-1.5 focus:left-2 focus:z-50 focus:rounded-sm focus:bg-raised focus:px-3 focus:py-1.5 focus:font-medium focus:text-accent-text focus:shadow-pop"
      >
        {t('skip')}
      </button>
      <p role="status" className="sr-only">
        {machines.full?.part && says('said', { escape: says(machines.full.keepsEscape ? 'escapeStays' : 'escapeLeaves') })}
      </p>
      {top}
      <main
        ref={sides}
        style={bare || share === null ? undefined : { gridTemplateColumns: `minmax(280px, ${share * 100}%) 1px minmax(240px, 1fr)` }}
        className={bare ? 'min-h-0 flex-1' : sideBySide}
      >
        <div
          id="guide"
          data-away={bare || undefined}
          className={`${bare ? 'hidden' : 'grid'} grid-cols-[minmax(0,1fr)] print:block print:h-auto h-full min-h-0 ${region === 'guide' ? '' : 'phone:hidden'}`}
        >
          <Activity>
            <GuideView labId={machines.labId} guides={guides} hosts={hosts} run={view?.phase === 'ready' ? run : null} />
          </Activity>
        </div>
        {!bare && (
          <Divider
            label={t('divide')}
            orientation="vertical"
            share={share ?? 0.33}
            measure={measure}
            extent={width}
            onChange={setShare}
            className="phone:hidden print:hidden"
          />
        )}
        <section
          id="machines"
          aria-label={t('machines')}
          tabIndex={-1}
          className={`relative h-full min-h-0 min-w-0 print:hidden ${bare || region === 'machines' ? '' : 'phone:hidden'}`}
        >
          <Activity>
            <MachineSide
              {...machines}
              view={view}
              head={warning ? <HeadWarning leftMs={warning.leftMs} /> : beside && <HeadNote>{beside}</HeadNote>}
            />
          </Activity>
        </section>
      </main>
      {!bare && <Dock region={region} onChange={setRegion} />}
    </>
  )
}

const none: readonly HostView[] = []

/** What the bar has no room for on a phone. */
function HeadNote({ children }: { children: ReactNode }) {
  return (
    <p className="hidden max-w-[45%] min-w-0 items-center gap-1.5 pl-2 text-xs text-ink-2 tabular-nums phone:inline-flex">
      <Clock className="size-3.5 flex-none text-ink-3" strokeWidth={1.75} aria-hidden="true" />
      <span className="truncate">{children}</span>
    </p>
  )
}

/** In each terminal's head line: whoever looks nowhere else sees it too. */
function HeadWarning({ leftMs }: { leftMs: number }) {
  const t = useTranslations('warning')
  return (
    <p className="inline-flex flex-none items-center gap-1.5 pl-2 text-xs font-medium text-warn-text tabular-nums">
      <AlarmClock className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
      {t('title', { time: countdown(leftMs) })}
    </p>
  )
}
