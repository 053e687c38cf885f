'use client'

import { useState } from 'react'
import { LeaveScreen } from '#components/desk/leave-screen.tsx'
import { paneElementId, TabRow, tabElementId } from '#components/desk/tab-row.tsx'
import { AskLine } from '#components/terminal/ask-line.tsx'
import { ConnectionLine } from '#components/terminal/connection-line.tsx'
import { SearchLine } from '#components/terminal/search-line.tsx'
import { TouchRow } from '#components/terminal/touch-row.tsx'
import { OnDemand, Specimen, useThemeShown } from './specimen.tsx'

const asks = [
  ['many lines', { kind: 'paste', text: '', lines: 14 }],
  ['too long', { kind: 'tooLong' }],
  ['no clipboard', { kind: 'pasteDenied' }],
] as const

const connections = [
  { state: 'connecting', code: null },
  { state: 'asleep', typed: false },
  { state: 'asleep', typed: true },
  { state: 'waking' },
  { state: 'reconnecting', retryAt: null, says: null, asleep: false },
  { state: 'live', plain: true, note: null },
  { state: 'live', plain: false, note: 'restarted' },
  { state: 'ended', reason: 'exited', says: null },
  { state: 'ended', reason: 'replaced', says: null },
  { state: 'ended', reason: 'failed', says: null },
] as const

/** What stands around a terminal, without a machine behind it. */
export function AtTerminal() {
  return (
    <>
      <Specimen
        name="Tab row"
        file="components/desk/tab-row.tsx"
        about="The shells of one group. Brass marks where one is. Tabs are dragged within a row, to another one, or to an edge to split."
        keys="Tab reaches the row; arrows, Home and End choose; Alt and a number from anywhere; Delete closes a further shell."
      >
        <TabsShown />
      </Specimen>
      <Specimen
        name="Connection line"
        file="components/terminal/connection-line.tsx"
        about="One line while there is something to say about the connection. It pushes the text down and never covers it."
        keys="Tab reaches its button. Good news goes away by itself."
      >
        {connections.map((view, index) => (
          <ConnectionLine key={String(index)} view={view} host="node1" empty={false} onRetry={() => {}} />
        ))}
      </Specimen>
      <Specimen
        name="Ask line"
        file="components/terminal/ask-line.tsx"
        about="A question above the terminal. It takes the cursor only where the person themselves began it; a program never gets it."
        keys="The cursor is at the harmless answer; Tab and Enter choose; Esc says no."
      >
        <AskLine ask={{ kind: 'clipboard', text: 'ssh-ed25519 AAAA', denied: false }} onAnswer={() => {}} />
        <AskLine ask={{ kind: 'clipboard', text: '', denied: true }} onAnswer={() => {}} />
        {asks.map(([name, ask]) => (
          <OnDemand key={name} name={name}>
            {(close) => <AskLine ask={ask} onAnswer={close} />}
          </OnDemand>
        ))}
      </Specimen>
      <Specimen
        name="Search line"
        file="components/terminal/search-line.tsx"
        about="A text to look for in what was printed. It begins with the newest and goes up."
        keys="Ctrl Shift F opens it; Enter goes up, Shift Enter down, Esc closes and the cursor returns to the terminal."
      >
        <OnDemand name="the search">{(close) => <Searching onClose={close} />}</OnDemand>
      </Specimen>
      <Specimen
        name="Way out of full screen"
        file="components/desk/leave-screen.tsx"
        about="In sight as long as full screen lasts. It says what becomes of Escape: some browsers leave it to programs, others do not."
        keys="F6 leads to it out of a terminal; Enter leaves."
      >
        {[true, false].map((keepsEscape) => (
          <div key={String(keepsEscape)} className="py-1">
            <LeaveScreen full={{ part: 'terminals', keepsEscape, enter: () => {}, leave: () => {} }} />
          </div>
        ))}
      </Specimen>
      <Specimen
        name="Touch row"
        file="components/terminal/touch-row.tsx"
        about="Keys that a touch keyboard lacks; seen only where one points with a finger. Ctrl and Alt hold for the next key."
        keys="None: with a keyboard one has these keys."
      >
        <div className="[&>[role=toolbar]]:flex">
          <Keys />
        </div>
      </Specimen>
    </>
  )
}

function TabsShown() {
  const theme = useThemeShown()
  const first = { light: 'deploy', dark: 'login' }[theme]
  const second = { light: 'osd1', dark: 'worker' }[theme]
  const [tabs, setTabs] = useState([`${first}/1`, `${second}/1`, `${second}/2`])
  const [shown, setShown] = useState(tabs[0] ?? '')
  const nameOf = (id: string) => id.replace('/1', '').replace('/', ' ')
  const close = (id: string) => {
    setTabs(tabs.filter((one) => one !== id))
    setShown(tabs[0] ?? '')
  }
  return (
    <div className="overflow-hidden rounded-md shadow-[inset_0_0_0_1px_var(--color-line)]">
      <TabRow
        group={{ tabs, shown, share: 1 }}
        label={`Terminals, ${theme}`}
        nameOf={nameOf}
        keyOf={(id) => tabs.indexOf(id) + 1}
        isClosable={(id) => !id.endsWith('/1')}
        onShow={setShown}
        onClose={close}
        onDrop={(id, place) => {
          if (!tabs.includes(id)) return
          const rest = tabs.filter((one) => one !== id)
          setTabs([...rest.slice(0, place), id, ...rest.slice(place)])
        }}
      >
        {null}
      </TabRow>
      {tabs.map((id) => (
        <div
          key={id}
          role="tabpanel"
          id={paneElementId(id)}
          aria-labelledby={tabElementId(id)}
          hidden={id !== shown}
          className="h-14 bg-surface p-3 font-mono text-term"
        >
          ada@{nameOf(id)}:~$
        </div>
      ))}
    </div>
  )
}

function Searching({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  return <SearchLine found={text === 'ping' ? { count: 12, at: 3 } : { count: 0, at: 0 }} find={setText} onClose={onClose} />
}

function Keys() {
  const [held, setHeld] = useState({ ctrl: true, alt: false })
  return <TouchRow held={held} onHold={setHeld} onKey={() => {}} onPaste={() => {}} />
}
