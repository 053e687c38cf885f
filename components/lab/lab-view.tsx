'use client'

import { type ReactNode, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, HostView } from '#lib/environments/phase.ts'
import { spokenDuration } from '../ui/duration.ts'
import type { StatusWord } from '../ui/status.tsx'
import { useServerClock } from '../ui/use-browser.ts'
import { Dock, type Region } from './dock.tsx'
import type { GuideStep } from './guide-step.ts'
import { GuideView } from './guide-view.tsx'
import { MachineSide } from './machine-side.tsx'
import { focusTerminal, type PaneFacts } from './machines.tsx'
import { Announcer, Notices } from './notices.tsx'
import { openOwnWindow } from './open-window.ts'
import { isFresh } from './parts.ts'
import { ResetDialog } from './reset-dialog.tsx'
import { TopBar } from './top-bar.tsx'
import { type Commands, useCommands } from './use-commands.ts'
import { useFrameHeight } from './use-frame-height.ts'
import { useRegions } from './use-regions.ts'

export type LabViewProps = {
  launchId: string
  title: string
  steps: GuideStep[]
  /** The machines that the lab names, from when their terminals may be laid out: before anybody knows where they are. */
  ahead: readonly HostView[]
  instructor: boolean
  /** Null: nobody has asked for machines yet. */
  view: EnvironmentView | null
  /** Why this installation has no machines at all. */
  noMachines: string | null
  /** ISO 8601: when the page was made, by the server's clock. */
  serverNow: string
  /** ISO 8601, by this browser's clock: since when nothing is heard of us; null while all is well. */
  lostAt: string | null
  /** The launch is over in this browser. */
  signedOut: boolean
  pane: (facts: PaneFacts) => ReactNode
}

const movingPhases: readonly EnvironmentView['phase'][] = ['queued', 'building', 'starting']

/** The lab page: one bar, the guide, the machines. On a phone one of the two at a time. */
export function LabView(props: LabViewProps) {
  const { launchId, title, view, lostAt, signedOut } = props
  const commands = useCommands(launchId, view)
  const [resetting, setResetting] = useState(false)
  const hopeless = noMachinesHere(view, props.noMachines)
  const moving = view !== null && movingPhases.includes(view.phase) && !hopeless
  const now = useServerClock(props.serverNow, moving)
  const status = lostAt !== null ? 'reconnecting' : hopeless ? 'noMachines' : statusOf(view, now)
  const openReset = () => {
    commands.forget()
    setResetting(true)
  }
  const ownWindow = () => void openOwnWindow(launchId).then(commands.tell)
  useFrameHeight()
  const top = (
    <>
      <TopBar
        title={title}
        status={status}
        beside={moving && lostAt === null ? <Elapsed ms={now - Date.parse(view.startedAt)} /> : null}
        launchId={launchId}
        instructor={props.instructor}
        onOwnWindow={ownWindow}
        {...(view?.actions.includes('reset') ? { onReset: openReset } : {})}
      />
      <Notices lostAt={lostAt} signedOut={signedOut} failure={resetting ? null : commands.failure} onOwnWindow={ownWindow} />
    </>
  )
  return (
    <div className="page-frame">
      <Announcer title={title} status={status} />
      <Work {...props} now={now} commands={commands} onReset={openReset} top={top} />
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

/** Waiting would be for nothing: no part of this installation can make machines. */
function noMachinesHere(view: EnvironmentView | null, noMachines: string | null): boolean {
  return view?.reason?.code === 'cloud.no_machines' || (noMachines !== null && view?.phase !== 'ready')
}

function statusOf(view: EnvironmentView | null, now: number): StatusWord {
  if (view === null) return 'none'
  return view.phase === 'queued' && isFresh(view, now) ? 'building' : view.phase
}

function Elapsed({ ms }: { ms: number }) {
  const t = useTranslations('time')
  const spoken = spokenDuration(ms)
  return t(spoken.key, spoken.values)
}

type WorkProps = LabViewProps & { now: number; commands: Commands; onReset: () => void; top: ReactNode }

function Work({ steps, ahead, view, noMachines, pane, now, commands, onReset, top }: WorkProps) {
  const t = useTranslations('page')
  const [region, setRegion] = useState<Region>(view?.phase === 'ready' ? 'guide' : 'machines')
  useRegions(setRegion)
  const toTerminal = () => {
    setRegion('machines')
    requestAnimationFrame(() => focusTerminal())
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
      {top}
      <main className="grid min-h-0 flex-1 grid-cols-[minmax(300px,424px)_1px_minmax(0,1fr)] compact:grid-cols-[minmax(280px,36%)_1px_minmax(0,1fr)] phone:block">
        <div id="guide" className={`grid h-full min-h-0 ${region === 'guide' ? '' : 'phone:hidden'}`}>
          <GuideView steps={steps} hosts={view?.hosts ?? []} />
        </div>
        <div className="bg-line phone:hidden" />
        <section
          id="machines"
          aria-label={t('machines')}
          tabIndex={-1}
          className={`relative h-full min-h-0 min-w-0 ${region === 'machines' ? '' : 'phone:hidden'}`}
        >
          <MachineSide
            view={view}
            ahead={ahead}
            noMachines={noMachines}
            now={now}
            asking={commands.asking}
            pane={pane}
            onStart={() => void commands.ask('start')}
            onReset={onReset}
          />
        </section>
      </main>
      <Dock region={region} onChange={setRegion} />
    </>
  )
}
