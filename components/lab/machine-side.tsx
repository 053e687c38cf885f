'use client'

import { type ReactNode, useRef } from 'react'
import type { EnvironmentView, HostView, OwnerAction } from '#lib/environments/phase.ts'
import { Desk, type PaneFacts } from '../desk/desk.tsx'
import type { FullScreen } from '../desk/use-full-screen.ts'
import { Cover } from './cover.tsx'
import { NoMachinesView } from './no-machines-view.tsx'
import { panesOf } from './panes.ts'
import { isFresh } from './parts.ts'
import { IdleView, RestingView } from './resting-view.tsx'
import { SleepView } from './sleep-view.tsx'
import { StartingView } from './starting-view.tsx'
import { StoppedView } from './stopped-view.tsx'

type Props = {
  labId: string
  /** Null: nobody has asked for machines yet. */
  view: EnvironmentView | null
  /** The machines to expect while the view does not tell of any. */
  ahead: readonly HostView[]
  /** Why this installation has no machines at all. */
  noMachines: string | null
  /** Milliseconds, by the server's clock. */
  now: number
  /** What was asked for and has not begun. */
  asking: OwnerAction | null
  /** What each terminal's head line says beside the machines' names. */
  head: ReactNode
  pane: (facts: PaneFacts) => ReactNode
  onStart: () => void
  onReset: () => void
  onWake: () => void
  onHistory: () => void
  full: FullScreen | null
}

/** The machines, or why there is nothing to type on yet. Terminals open below the cover, so that a prompt is there at once. */
export function MachineSide(props: Props) {
  const { view, ahead, head, pane } = props
  const cover = coverOf(props)
  const called = useRef<number | null>(null)
  const panes = panesOf(view, ahead, called.current)
  if (panes?.reachable && view) called.current = view.generation
  return (
    <>
      {panes && view && (
        <div className="h-full" inert={cover !== null}>
          <Desk
            labId={props.labId}
            {...panes}
            generation={view.generation}
            covered={cover !== null}
            head={head}
            pane={pane}
            full={props.full}
          />
        </div>
      )}
      <Cover>{cover}</Cover>
    </>
  )
}

/** What lies over the terminals while they are not to be typed on; null when they are. */
function coverOf({ view, noMachines, now, asking, onStart, onReset, onWake, onHistory }: Props): ReactNode {
  if (noMachines !== null && view?.phase !== 'ready') return <NoMachinesView reason={noMachines} />
  if (view === null) return <IdleView asking={asking !== null} onStart={onStart} />
  if (view.reason?.code === 'cloud.no_machines') return <NoMachinesView reason={view.reason.detail} />
  switch (view.phase) {
    case 'ready':
      return null
    case 'queued':
      // A worker takes most orders at once: only who waits longer is in line.
      return isFresh(view, now) && view.reason === null ? (
        <StartingView view={view} now={now} />
      ) : (
        <RestingView view={view} phase="queued" now={now} asking={asking} onStart={onStart} />
      )
    case 'building':
    case 'starting':
      return <StartingView view={view} now={now} />
    case 'suspending':
    case 'suspended':
    case 'resuming':
      return <SleepView view={view} phase={view.phase} now={now} asking={asking} onWake={onWake} onHistory={onHistory} />
    case 'deleting':
      return <RestingView view={view} phase="deleting" now={now} asking={asking} onStart={onStart} />
    case 'failed':
    case 'lost':
    case 'deleted':
      return <StoppedView view={view} asking={asking} onStart={onStart} onReset={onReset} />
  }
}
