'use client'

import '@xterm/xterm/css/xterm.css'
import { memo, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl/react'
import { AskLine } from './ask-line.tsx'
import { ConnectionLine, FirstConnection } from './connection-line.tsx'
import { SearchLine } from './search-line.tsx'
import { plainLiking } from './settings.ts'
import { TerminalMenu } from './terminal-menu.tsx'
import type { TerminalTheme } from './theme.ts'
import { TouchRow } from './touch-row.tsx'
import { useTerminal } from './use-terminal.ts'

export type TerminalPaneProps = {
  launchId: string
  environmentId: string
  generation: number
  /** `hosts[].id` in lab.yaml, and its label. */
  host: string
  label: string
  /** Which of the person's shells there. */
  tab?: string
  /** Whether it is known where the machine is: until then the terminal is laid out and waits. */
  reachable?: boolean
  /** Whether it is the one in sight; the others go on receiving. */
  visible?: boolean
  theme?: TerminalTheme
  /** Pixels. */
  fontSize?: number
  screenReader?: boolean
  blink?: boolean
  /** Lines. */
  scrollback?: number
  /** On a Mac: Option is Meta. */
  optionIsMeta?: boolean
}

/** A terminal on one machine: the shell itself lives there, this is a window to it. */
export const TerminalPane = memo(function TerminalPane(props: TerminalPaneProps) {
  const { launchId, environmentId, generation, host, label, tab = '1', reachable = true, visible = true } = props
  const {
    theme = 'night',
    fontSize = plainLiking.fontSize,
    screenReader = false,
    blink = true,
    scrollback = plainLiking.scrollback,
    optionIsMeta = false,
  } = props
  const t = useTranslations()
  const box = useRef<HTMLDivElement>(null)
  const still = useStillness()
  const about = { launchId, environmentId, generation, host, tab, reachable, visible }
  const terminal = useTerminal(
    box,
    about,
    { theme, fontSize, screenReader, still: still || !blink, scrollback, optionIsMeta },
    { gap: t('terminal.gap') },
  )
  const said = useLeaveHint(box)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would say that this is a form
    <div
      role="group"
      aria-label={tab === '1' ? t('machines.terminal', { host: label }) : t('machines.terminalNumbered', { host: label, n: tab })}
      data-theme={theme === 'night' ? 'dark' : 'light'}
      data-state={terminal.view.state}
      data-visible={visible}
      className="flex h-full min-h-0 min-w-0 flex-col bg-term-bg text-term-fg"
    >
      <ConnectionLine view={terminal.view} host={label} empty={terminal.empty} onRetry={terminal.retry} />
      {terminal.ask && <AskLine ask={terminal.ask} onAnswer={terminal.answer} />}
      {terminal.search && <SearchLine found={terminal.search} find={terminal.find} onClose={terminal.closeSearch} />}
      <div className="relative min-h-0 min-w-0 flex-1 overflow-hidden">
        <TerminalMenu
          label={t('terminal.menu')}
          hasSelection={() => (terminal.screen?.selected() ?? '') !== ''}
          onCopy={() => void terminal.copy()}
          onPaste={() => void terminal.pasteHere()}
          onSelectAll={() => terminal.screen?.selectAll()}
          onSearch={terminal.openSearch}
          onClear={() => {
            terminal.screen?.clear()
            terminal.focus()
          }}
        >
          <div
            className="absolute inset-0"
            onContextMenuCapture={(event) => {
              if (!terminal.screen?.takesMouse || event.shiftKey) return
              event.preventDefault()
              event.stopPropagation()
            }}
          >
            <div ref={box} className="absolute inset-y-2 right-0 left-3" />
          </div>
        </TerminalMenu>
        {terminal.bells > 0 && <div key={terminal.bells} aria-hidden="true" className="flashing pointer-events-none absolute inset-0" />}
        {terminal.empty && <FirstConnection view={terminal.view} host={label} />}
      </div>
      <TouchRow held={terminal.held} onHold={terminal.hold} onKey={terminal.press} onPaste={() => void terminal.pasteHere()} />
      <p role="status" className="sr-only">
        {terminal.leaving ? t('terminal.leaving') : said ? t('terminal.leave') : ''}
      </p>
    </div>
  )
})

/** All keys go into a terminal, so the way out is said when the cursor first comes in. */
function useLeaveHint(box: React.RefObject<HTMLElement | null>): boolean {
  const [said, setSaid] = useState(false)
  useEffect(() => {
    const element = box.current
    const say = () => setSaid(true)
    element?.addEventListener('focusin', say, { once: true })
    return () => element?.removeEventListener('focusin', say)
  }, [box])
  return said
}

/** Whether the person asked for as little motion as possible. */
function useStillness(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = matchMedia(STILL)
      query.addEventListener('change', changed)
      return () => query.removeEventListener('change', changed)
    },
    () => matchMedia(STILL).matches,
    () => true,
  )
}

const STILL = '(prefers-reduced-motion: reduce)'
