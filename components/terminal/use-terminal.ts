'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { useTerminals } from '../desk/terminals.tsx'
import { copyText } from '../ui/copy-text.ts'
import { pasting } from './pasting.ts'
import { askAhead, ticketsFor } from './request-ticket.ts'
import { openScreen, type Screen } from './screen.ts'
import type { Found } from './search.ts'
import { changeLiking, zoomed } from './settings.ts'
import { dialTerminal } from './socket-wire.ts'
import { useTabNews } from './tab-news.ts'
import { type ConnectionView, openTerminal, type TerminalClient } from './terminal-client.ts'
import type { TerminalTheme } from './theme.ts'
import { type Held, nothingHeld, type TouchKey, touchKeyText, withHeld } from './touch-keys.ts'

const encoder = new TextEncoder()

export type TerminalSettings = {
  theme: TerminalTheme
  fontSize: number
  screenReader: boolean
  still: boolean
  scrollback: number
  optionIsMeta: boolean
}

/** Which machine. All of it together is one terminal: another value opens another. */
export type TerminalAbout = {
  launchId: string
  environmentId: string
  generation: number
  host: string
  tab: string
  /** Whether it is known where the machine is: until then the screen stands ready and nobody is called. */
  reachable: boolean
  /** Whether it is in sight. */
  visible: boolean
}

type Words = { gap: string }

export type TerminalHandle = {
  view: ConnectionView
  /** Nothing has been shown yet. */
  empty: boolean
  /** The person pressed the keys that let the next Tab leave. */
  leaving: boolean
  retry: () => void
  focus: () => void
  /** What the person has to decide before it happens; null: nothing. */
  ask: Ask | null
  /** They decided. */
  answer: (yes: boolean) => void
  /** What is held on the row of keys for the next key. */
  held: Held
  hold: (held: Held) => void
  /** A key of the row. */
  press: (key: TouchKey) => void
  /** Pastes what is on the clipboard, where the browser allows it. */
  pasteHere: () => Promise<void>
  /** Null: nobody searches. */
  search: Found | null
  find: Screen['find']
  closeSearch: () => void
  openSearch: () => void
  /** The screen's text, for the menu; null: there is no screen yet. */
  screen: Pick<Screen, 'selected' | 'selectAll' | 'clear' | 'takesMouse'> | null
  copy: () => Promise<void>
  /** Grows with every bell that was rung in sight. */
  bells: number
}

export type Ask =
  | { kind: 'paste'; text: string; lines: number }
  | { kind: 'tooLong' }
  | { kind: 'pasteDenied' }
  | { kind: 'copyDenied' }
  | { kind: 'clipboard'; text: string; denied: boolean }

/** Opens a terminal in `box` for as long as the component lives. */
export function useTerminal(
  box: RefObject<HTMLElement | null>,
  about: TerminalAbout,
  settings: TerminalSettings,
  words: Words,
): TerminalHandle {
  const [view, setView] = useState<ConnectionView>({ state: 'connecting', code: null })
  const [empty, setEmpty] = useState(true)
  const [leaving, setLeaving] = useState(false)
  const [screen, setScreen] = useState<Screen | null>(null)
  const [ask, setAsk] = useState<Ask | null>(null)
  const [search, setSearch] = useState<Found | null>(null)
  const client = useRef<TerminalClient | null>(null)
  const [held, setHeld] = useState<Held>(nothingHeld)
  const typed = useRef((bytes: Uint8Array) => void bytes)
  typed.current = (bytes) => {
    if (!held.ctrl && !held.alt) return void client.current?.type(bytes)
    setHeld(nothingHeld)
    client.current?.type(encoder.encode(withHeld(new TextDecoder().decode(bytes), held)))
  }
  // Read when they are needed: a change of them does not open another terminal.
  const { launchId, environmentId, generation, host, tab, reachable, visible } = about
  const news = useTabNews(`${host}/${tab}`, visible)
  const latest = useRef({ settings, words, news, visible, reachable })
  latest.current = { settings, words, news, visible, reachable }
  const tickets = useRef<ReturnType<typeof askAhead> | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another terminal begins with a screen of its own
  useEffect(() => {
    const element = box.current
    if (!element) return
    let closed = false
    // Asked for while the screen is still being made: who waits for a prompt waits for nothing else.
    tickets.current = latest.current.reachable ? askAhead({ launchId, generation, host }) : null
    let opened: Screen | null = null
    const start = async () => {
      opened = await openScreen(element, {
        ...latest.current.settings,
        visible: latest.current.visible,
        gapWords: () => latest.current.words.gap,
        onInput(bytes) {
          latest.current.news.typed()
          typed.current(bytes)
        },
        onLeave: () => setLeaving(true),
        copy: (text) => void copyText(text),
        onPaste(text, bracketed) {
          const what = pasting(text, bracketed)
          if (what.kind === 'paste') opened?.paste(text)
          else setAsk(what.kind === 'refuse' ? { kind: 'tooLong' } : { kind: 'paste', text, lines: what.lines })
        },
        onClipboard: (text) => setAsk({ kind: 'clipboard', text, denied: false }),
        onSearch: () => setSearch((before) => before ?? { count: 0, at: 0 }),
        onZoom: (by) => changeLiking((before) => zoomed(before, by)),
        onTitle: (title) => latest.current.news.titled(title),
        onBell: () => latest.current.news.rang(),
        onFound: (found) => setSearch((before) => before && found),
      })
      if (closed) return opened.close()
      const first = opened.propose()
      if (first) opened.fit(first)
      setScreen(opened)
    }
    void start()
    return () => {
      closed = true
      setScreen(null)
      setAsk(null)
      setSearch(null)
      opened?.close()
    }
  }, [box, launchId, environmentId, generation, host, tab])

  useEffect(() => {
    const element = box.current
    if (!element || !screen || !reachable) return
    const end = new AbortController()
    const opened = openTerminal({
      about: { launch: launchId, environment: environmentId, generation, host, tab, mode: 'write', client: newName() },
      requestTicket: tickets.current ?? ticketsFor({ launchId, generation, host }),
      dial: dialTerminal,
      screen: {
        ...screen,
        // What fills the box is wished for; the gateway answers with what holds for all windows.
        size: () => screen.propose() ?? screen.size(),
        write(bytes, drawn, old, sight) {
          if (screen.empty) setEmpty(false)
          if (!old) latest.current.news.printed()
          screen.write(bytes, drawn, old, sight)
        },
      },
      onView: setView,
      onAccepted: () => latest.current.news.answered(),
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
      now: Date.now,
      random: Math.random,
    })
    client.current = opened
    follow(element, { screen, client: opened, signal: end.signal, settled: () => setLeaving(false) })
    return () => {
      end.abort()
      opened.close()
      client.current = null
    }
  }, [box, screen, launchId, environmentId, generation, host, tab, reachable])

  const { theme, fontSize, screenReader, still, scrollback, optionIsMeta } = settings
  useEffect(() => {
    screen?.set({ fontSize, screenReader, still, scrollback, optionIsMeta })
    const size = screen?.propose()
    if (size) client.current?.resize(size)
  }, [screen, fontSize, screenReader, still, scrollback, optionIsMeta])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read from the page, which it has changed
  useEffect(() => screen?.paint(), [theme])
  const terminals = useTerminals()
  const isLive = view.state === 'live'
  useEffect(() => {
    if (!screen) return
    return terminals.register(`${host}/${tab}`, {
      search: () => setSearch((before) => before ?? { count: 0, at: 0 }),
      run(text) {
        if (!isLive) return false
        screen.paste(text)
        screen.enter()
        return true
      },
    })
  }, [terminals, screen, host, tab, isLive])
  const answer = async (yes: boolean) => {
    if (ask?.kind === 'clipboard' && yes && !(await copyText(ask.text))) return setAsk({ ...ask, denied: true })
    if (ask?.kind === 'paste' && yes) screen?.paste(ask.text)
    setAsk(null)
    screen?.focus()
  }
  return {
    view,
    empty,
    leaving,
    retry: () => client.current?.retry(),
    focus: () => screen?.focus(),
    ask,
    answer: (yes) => void answer(yes),
    held,
    hold: setHeld,
    press(key) {
      client.current?.type(encoder.encode(touchKeyText(key, held, screen?.applicationKeys ?? false)))
      setHeld(nothingHeld)
    },
    async pasteHere() {
      const text = await navigator.clipboard.readText().catch(() => null)
      if (text === null) setAsk({ kind: 'pasteDenied' })
      else if (text !== '') screen?.offer(text)
    },
    screen,
    bells: news.bells,
    async copy() {
      const text = screen?.selected() ?? ''
      if (text !== '' && !(await copyText(text))) setAsk({ kind: 'copyDenied' })
      else screen?.focus()
    },
    openSearch: () => setSearch((before) => before ?? { count: 0, at: 0 }),
    search,
    find: (text, options) => screen?.find(text, options),
    closeSearch() {
      screen?.find('', { back: false, matchCase: false, incremental: false })
      setSearch(null)
      screen?.focus()
    },
  }
}

type Followed = { screen: Screen; client: TerminalClient; signal: AbortSignal; settled: () => void }

/** The box's size, the network's return, the end of a wish to leave. */
function follow(element: HTMLElement, { screen, client, signal, settled }: Followed): void {
  let frame = 0
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      const size = screen.propose()
      const { cols, rows } = screen.size()
      if (!size || (size.cols === cols && size.rows === rows)) return
      screen.fit(size)
      client.resize(size)
    })
  })
  observer.observe(element)
  signal.addEventListener('abort', () => {
    cancelAnimationFrame(frame)
    observer.disconnect()
  })
  window.addEventListener('online', () => client.retry(), { signal })
  // Another network, a lid that was shut: what stood may be gone, and nobody says so.
  const doubt = () => document.hidden || client.check()
  window.addEventListener('online', doubt, { signal })
  document.addEventListener('visibilitychange', doubt, { signal })
  const { connection } = navigator as { connection?: EventTarget }
  connection?.addEventListener('change', doubt, { signal })
  element.addEventListener('focusout', settled, { signal })
}

function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
