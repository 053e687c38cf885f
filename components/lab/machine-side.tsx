'use client'

import type { ReactNode } from 'react'
import type { EnvironmentView, HostView, OwnerAction } from '#lib/environments/phase.ts'
import { Machines, type PaneFacts } from './machines.tsx'
import { NoMachinesView } from './no-machines-view.tsx'
import { isFresh } from './parts.ts'
import { IdleView, RestingView } from './resting-view.tsx'
import { StartingView } from './starting-view.tsx'
import { StoppedView } from './stopped-view.tsx'

type Props = {
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
  pane: (facts: PaneFacts) => ReactNode
  onStart: () => void
  onReset: () => void
}

/** The machines, or why there is nothing to type on yet. Terminals open below the cover, so that a prompt is there at once. */
export function MachineSide(props: Props) {
  const { view, ahead, pane } = props
  const cover = coverOf(props)
  const comingUp = view?.phase === 'queued' || view?.phase === 'building' || view?.phase === 'starting'
  const reachable = view !== null && view.hosts.length > 0
  const hosts = reachable ? view.hosts : ahead
  const terminals = view !== null && hosts.length > 0 && (comingUp || (cover === null && reachable))
  return (
    <>
      {terminals && (
        <div className="h-full" inert={cover !== null}>
          <Machines hosts={hosts} generation={view.generation} reachable={reachable} covered={cover !== null} pane={pane} />
        </div>
      )}
      {cover && <div className="absolute inset-0 z-1">{cover}</div>}
    </>
  )
}

/** What lies over the terminals while they are not to be typed on; null when they are. */
function coverOf({ view, noMachines, now, asking, onStart, onReset }: Props): ReactNode {
  if (noMachines !== null && view?.phase !== 'ready') return <NoMachinesView reason={noMachines} />
  if (view === null) return <IdleView asking={asking !== null} onStart={onStart} />
  if (view.reason?.code === 'cloud.no_machines') return <NoMachinesView reason={view.reason.detail} />
  switch (view.phase) {
    case 'ready':
      return null
    case 'queued':
      // A worker takes most orders at once: only who waits longer is in line.
      return isFresh(view, now) ? <StartingView view={view} now={now} /> : <RestingView view={view} />
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
