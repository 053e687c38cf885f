'use client'

import { type ReactNode, useMemo, useRef, useState } from 'react'
import { type EnvironmentView, type HostView, phaseFacts } from '#lib/environments/phase.ts'
import type { PaneFacts } from '../desk/desk.tsx'
import { LeaveScreen } from '../desk/leave-screen.tsx'
import { useFullScreen } from '../desk/use-full-screen.ts'
import { type ServerTime, useServerClock } from '../ui/use-browser.ts'
import { Announcer, useStatusWord } from './announcer.tsx'
import { Beside, besideOf } from './beside.tsx'
import { awakeUntil, moreTime, untilNextLook } from './deadline.ts'
import type { Guide } from './guide-step.ts'
import { HistoryOpener } from './history-opener.tsx'
import { LabMenu } from './lab-menu.tsx'
import { Notices } from './notices.tsx'
import { openOwnWindow } from './open-window.ts'
import { ResetDialog } from './reset-dialog.tsx'
import { isHopeless, statusOf } from './status-of.ts'
import { TopBar } from './top-bar.tsx'
import { useCommands } from './use-commands.ts'
import { useFrameHeight } from './use-frame-height.ts'
import { useWarning } from './use-warning.ts'
import { WarningCard, WarningStrip } from './warning.tsx'
import { Work } from './work.tsx'

export type LabViewProps = {
  launchId: string
  /** What the page remembers of a lab in this browser goes by it. */
  labId: string
  title: string
  /** In each language there is, the reader's first. */
  guides: readonly Guide[]
  /** The machines that the lab names, from when their terminals may be laid out: before anybody knows where they are. */
  ahead: readonly HostView[]
  instructor: boolean
  /** Null: nobody has asked for machines yet. */
  view: EnvironmentView | null
  /** Why this installation has no machines at all. */
  noMachines: string | null
  clock: ServerTime
  /** ISO 8601, by this browser's clock: since when nothing is heard of us; null while all is well. */
  lostAt: string | null
  /** The launch is over in this browser. */
  signedOut: boolean
  /** Tells the server that somebody is here. */
  here: () => void
  pane: (facts: PaneFacts) => ReactNode
}

/** The lab page: one bar, the guide, the machines. On a phone one of the two at a time. */
export function LabView(props: LabViewProps) {
  const { launchId, title, view, lostAt, signedOut } = props
  const commands = useCommands(launchId, view)
  const [resetting, setResetting] = useState(false)
  const history = useHistoryDialog()
  const hopeless = isHopeless(view, props.noMachines)
  const moving = view !== null && phaseFacts(view.phase).moving && !hopeless
  const clock = useServerClock(
    props.clock,
    useMemo(() => ({ view, moving }), [view, moving]),
    nextLook,
  )
  const { now } = clock
  const { warning, card, box, onHere } = useWarning(view, clock, { heard: lostAt === null && !signedOut, here: props.here })
  const status = statusOf({ view, now, lost: lostAt !== null, hopeless, warned: warning !== null })
  const word = useStatusWord(status, warning)
  const hosts = view?.hosts ?? []
  const order = (action: 'extend' | 'sleep' | 'wake' | 'start') => () => void commands.ask(action)
  const openReset = () => {
    commands.forget()
    setResetting(true)
  }
  const ownWindow = () => void openOwnWindow(launchId).then(commands.tell)
  useFrameHeight()
  const full = useFullScreen()
  const bare = full !== null && full.part !== null && full.part !== 'page' && view?.phase === 'ready'
  const deadline = awakeUntil(view)
  const more = deadline && moreTime(deadline, now)
  const menu = (
    <LabMenu
      sleep={view?.actions.includes('sleep') ? { how: deadline?.how ?? null, onSelect: order('sleep') } : null}
      extend={more && view?.actions.includes('extend') ? { more, onSelect: order('extend') } : null}
      onHistory={view && history.open}
      onReset={view?.actions.includes('reset') ? openReset : null}
      onOwnWindow={ownWindow}
      full={full}
    />
  )
  const facts = view && { view, now, moving, warned: warning !== null }
  const beside = lostAt === null && facts && besideOf(facts) !== null && <Beside {...facts} />
  const doing = { asking: commands.asking, onExtend: order('extend'), onSleep: order('sleep') }
  const top = (
    <>
      {!bare && (
        <TopBar
          title={title}
          status={status}
          word={word}
          beside={beside}
          launchId={launchId}
          instructor={props.instructor}
          menu={menu}
          leave={full !== null && full.part !== null && <LeaveScreen full={full} />}
        />
      )}
      <Notices
        lostAt={lostAt}
        signedOut={signedOut}
        failure={resetting ? null : commands.failure}
        deletion={view?.deletion ?? null}
        flaw={view?.phase === 'ready' ? (view.reason?.sentence ?? null) : null}
        onOwnWindow={ownWindow}
      />
      {warning?.why === 'limit' && <WarningStrip warning={warning} hosts={hosts} {...doing} />}
      {card && <WarningCard {...card} hosts={hosts} box={box} onHere={onHere} {...doing} />}
    </>
  )
  return (
    <div className="page-frame">
      <Announcer title={title} status={status} warning={warning} />
      <Work
        {...props}
        now={now}
        asking={commands.asking}
        warning={warning}
        beside={moving ? null : beside}
        top={top}
        full={full}
        bare={bare}
        onStart={order('start')}
        onWake={order('wake')}
        onReset={openReset}
        onHistory={history.open}
      />
      <ResetDialog
        open={resetting}
        onOpenChange={setResetting}
        hosts={hosts}
        busy={commands.asking === 'reset'}
        failure={commands.failure}
        onConfirm={() => void commands.ask('reset').then((done) => done && setResetting(false))}
      />
      {history.isOpen && (
        <HistoryOpener
          launchId={launchId}
          about={`${view?.generation}/${view?.phase}/${view?.phaseAt}`}
          onClose={history.close}
          onFailed={() => {
            history.close()
            commands.tell('')
          }}
          returnTo={history.opener}
        />
      )}
    </div>
  )
}

function nextLook({ view, moving }: { view: EnvironmentView | null; moving: boolean }, now: number): number | null {
  return untilNextLook(view, now, moving)
}

/** Whether the history is open, and where the cursor goes afterwards: to what opened it, if that is still there. */
function useHistoryDialog() {
  const [isOpen, setOpen] = useState(false)
  const from = useRef<Element | null>(null)
  return {
    isOpen,
    open: () => {
      from.current = document.activeElement
      setOpen(true)
    },
    close: () => setOpen(false),
    opener: () => {
      const element = from.current
      const still = element instanceof HTMLElement && element.isConnected && element.closest('#machines') !== null
      return still ? element : document.querySelector<HTMLElement>('#bar [aria-haspopup="menu"]')
    },
  }
}
