'use client'

import { BookOpen, SquareTerminal, WifiOff } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Callout } from '../ui/callout.tsx'
import { spokenDuration } from '../ui/duration.ts'
import { LocalTime } from '../ui/local-time.tsx'
import type { StatusWord } from '../ui/status.tsx'
import { useFramed, useServerClock } from '../ui/use-browser.ts'
import type { GuideStep } from './guide-step.ts'
import { GuideView } from './guide-view.tsx'
import { focusTerminal, Machines, type PaneFacts } from './machines.tsx'
import { NoMachinesView } from './no-machines-view.tsx'
import { ResetDialog } from './reset-dialog.tsx'
import { RestingView } from './resting-view.tsx'
import { StartingView } from './starting-view.tsx'
import { StoppedView } from './stopped-view.tsx'
import { TopBar } from './top-bar.tsx'
import { useCommands } from './use-commands.ts'
import { useFrameHeight } from './use-frame-height.ts'
import { useRegions } from './use-regions.ts'

export type LabViewProps = {
  launchId: string
  title: string
  steps: GuideStep[]
  instructor: boolean
  /** Null: nobody has asked for machines yet, or there can be none here. */
  view: EnvironmentView | null
  /** Why this installation has no machines at all. */
  noMachines: string | null
  /** ISO 8601: when the page was made, by the server's clock. */
  serverNow: string
  /** ISO 8601, by this browser's clock: since when nothing is heard of us; null while all is well. */
  lostAt: string | null
  pane: (facts: PaneFacts) => ReactNode
}

type Region = 'guide' | 'machines'

/** The lab page: one bar, the guide, the machines. On a phone one of the two at a time. */
export function LabView(props: LabViewProps) {
  const { launchId, title, steps, instructor, view, lostAt, serverNow } = props
  const t = useTranslations()
  const [region, setRegion] = useState<Region>(view?.phase === 'ready' ? 'guide' : 'machines')
  const [resetting, setResetting] = useState(false)
  const commands = useCommands(launchId, view)
  const moving = view?.phase === 'building' || view?.phase === 'starting' || view?.phase === 'queued'
  const now = useServerClock(serverNow, moving)
  const status: StatusWord = lostAt === null ? (view?.phase ?? 'none') : 'reconnecting'
  useRegions(setRegion)
  useFrameHeight()
  const openReset = useCallback(() => {
    commands.forget()
    setResetting(true)
  }, [commands.forget])
  const toTerminal = () => {
    setRegion('machines')
    requestAnimationFrame(() => focusTerminal())
  }
  return (
    <div className="page-frame">
      <button
        type="button"
        onClick={toTerminal}
        className="sr-only focus:not-sr-only focus:absolute focus:top-1.5 focus:left-2 focus:z-50 focus:rounded-sm focus:bg-raised focus:px-3 focus:py-1.5 focus:font-medium focus:text-accent-text focus:shadow-pop"
      >
        {t('page.skip')}
      </button>
      <TopBar
        title={title}
        status={status}
        beside={moving && view && lostAt === null ? <Elapsed ms={now - Date.parse(view.startedAt)} /> : null}
        launchId={launchId}
        instructor={instructor}
        {...(view?.actions.includes('reset') ? { onReset: openReset } : {})}
      />
      <Announcer title={title} status={status} />
      <SmallFrame launchId={launchId} />
      {lostAt !== null && <Lost at={lostAt} />}
      {commands.failure !== null && !resetting && (
        <div role="alert" className="flex-none border-b border-line p-2">
          <Callout tone="bad">{commands.failure}</Callout>
        </div>
      )}
      <main className="grid min-h-0 flex-1 grid-cols-[minmax(300px,424px)_1px_minmax(0,1fr)] compact:grid-cols-[minmax(280px,36%)_1px_minmax(0,1fr)] phone:block">
        <div id="guide" className={`grid h-full min-h-0 ${region === 'guide' ? '' : 'phone:hidden'}`}>
          <GuideView steps={steps} hosts={view?.hosts ?? []} />
        </div>
        <div className="bg-line phone:hidden" />
        <section
          id="machines"
          aria-label={t('page.machines')}
          tabIndex={-1}
          className={`relative h-full min-h-0 min-w-0 ${region === 'machines' ? '' : 'phone:hidden'}`}
        >
          <MachineSide {...props} now={now} asking={commands.asking} onStart={() => void commands.ask('start')} onReset={openReset} />
        </section>
      </main>
      <Dock region={region} onChange={setRegion} />
      <ResetDialog
        open={resetting}
        onOpenChange={setResetting}
        hosts={view?.hosts ?? []}
        busy={commands.asking === 'reset'}
        failure={commands.failure}
        onConfirm={() => void commands.ask('reset').then((done) => done && setResetting(false))}
      />
    </div>
  )
}

type SideProps = LabViewProps & { now: number; asking: 'start' | 'reset' | null; onStart: () => void; onReset: () => void }

function MachineSide(props: SideProps) {
  const { view, pane } = props
  const cover = coverOf(props)
  const terminals = view !== null && view.hosts.length > 0 && (cover === null || view.phase === 'starting' || view.phase === 'building')
  return (
    <>
      {terminals && <Machines hosts={view.hosts} generation={view.generation} covered={cover !== null} pane={pane} />}
      {cover && <div className="absolute inset-0 z-1">{cover}</div>}
    </>
  )
}

/** What lies over the terminals while they are not to be typed on; null when they are. */
function coverOf({ view, noMachines, now, asking, onStart, onReset }: SideProps): ReactNode {
  if (view === null) return <NoMachinesView reason={noMachines} />
  if (view.reason?.code === 'cloud.no_machines') return <NoMachinesView reason={view.reason.detail ?? noMachines} />
  switch (view.phase) {
    case 'ready':
      return null
    case 'building':
    case 'starting':
      return <StartingView view={view} now={now} />
    case 'failed':
    case 'lost':
    case 'deleted':
      return <StoppedView view={view} asking={asking} onStart={onStart} onReset={onReset} />
    default:
      return <RestingView view={view} />
  }
}

function Elapsed({ ms }: { ms: number }) {
  const t = useTranslations('time')
  const spoken = spokenDuration(ms)
  return t(spoken.key, spoken.values)
}

/** The document's title, and a word to screen readers, once for each change of state. */
function Announcer({ title, status }: { title: string; status: StatusWord }) {
  const t = useTranslations()
  const word = t(`phase.${status}`)
  const [said, setSaid] = useState<{ status: StatusWord; text: string }>({ status, text: '' })
  useEffect(() => {
    document.title = t('page.title', { phase: word, lab: title })
  }, [t, word, title])
  useEffect(() => {
    setSaid((before) => {
      if (before.status === status) return before
      const time = new Date().toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
      return { status, text: t('page.announce', { phase: word, time }) }
    })
  }, [status, word, t])
  return (
    <p className="sr-only" role="status">
      {said.text}
    </p>
  )
}

function Lost({ at }: { at: string }) {
  const t = useTranslations('connection')
  return (
    <div role="status" className="appearing flex flex-none items-center gap-2 border-b border-line bg-warn-soft px-3 py-1.5 text-ink">
      <WifiOff className="size-4 flex-none text-warn" strokeWidth={1.75} aria-hidden="true" />
      <span>{t.rich('lost', { time: () => <LocalTime at={at} /> })}</span>
    </div>
  )
}

/** Under 520 px the lab says where it has room. */
function SmallFrame({ launchId }: { launchId: string }) {
  const t = useTranslations('page')
  const framed = useFramed()
  if (!framed) return null
  return (
    <p className="hidden flex-none items-center gap-2 border-b border-line bg-brass-soft px-3 py-1 [@media(height<520px)]:flex">
      <span className="min-w-0 truncate">{t('small')}</span>
      <a
        className="flex-none font-medium text-accent-text underline underline-offset-3"
        href={`/l/${launchId}/window`}
        target="_blank"
        rel="noopener opener"
      >
        {t('ownWindow')}
      </a>
    </p>
  )
}

function Dock({ region, onChange }: { region: Region; onChange: (region: Region) => void }) {
  const t = useTranslations('page')
  const views = [
    ['guide', BookOpen],
    ['machines', SquareTerminal],
  ] as const
  return (
    <nav
      aria-label={t('views')}
      className="hidden flex-none grid-cols-2 border-t border-line bg-surface px-2 pt-1 pb-[max(4px,env(safe-area-inset-bottom))] phone:grid"
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
