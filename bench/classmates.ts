import { randomBytes } from 'node:crypto'
import { io } from 'socket.io-client'
import { terminalMark, wireOver } from '../components/terminal/socket-wire.ts'
import {
  type ClientDeps,
  type ConnectionView,
  openTerminal,
  type Refusal,
  type TerminalClient,
} from '../components/terminal/terminal-client.ts'
import type { Person } from '../lib/demo-course/course-content.ts'
import type { Exchange, PlainBrowser } from '../lib/demo-course/plain-browser.ts'
import type { TestPlatform } from '../lib/demo-course/test-platform.ts'
import type { EnvironmentView } from '../lib/environments/phase.ts'

/*
 * A class of learners without windows: launches over plain HTTP, what is pushed to their pages, and their terminals through the
 * product's own client. Only the screen is missing.
 */

/** One learner's open page. */
export type Classmate = {
  browser: PlainBrowser
  origin: string
  launch: string
  page: Exchange
  /** Sends JSON to one of the page's own addresses, e.g. `/sleep`. */
  post: (path: string, body: unknown) => Promise<Exchange>
}

export function personOf(number: number): Person {
  const key = `learner-${number}`
  const subject = `5f1c9d3e-0000-4000-8000-${String(number).padStart(12, '0')}`
  return { key, subject, givenName: 'Learner', familyName: String(number), email: `${key}@northfield.example`, locale: 'en-GB' }
}

/** A click in the course, up to the lab's page. */
export async function launchAs(platform: TestPlatform, origin: string, person: Person): Promise<Classmate> {
  const { final, browser } = await platform.launchAs({ person })
  const launch = /\/l\/([0-9a-f-]{36})$/.exec(final.url)?.[1]
  if (launch === undefined || final.status !== 200) throw new Error(`${person.key}: the launch ended with ${final.status} at ${final.url}`)
  const post = (path: string, body: unknown) =>
    browser.send(`${origin}/l/${launch}${path}`, {
      method: 'POST',
      text: JSON.stringify(body),
      contentType: 'application/json',
      from: origin,
    })
  return { browser, origin, launch, page: final, post }
}

/** What the page's sockets carry with them. */
export function headersOf({ browser, origin }: Classmate): Record<string, string> {
  const cookie = browser
    .cookies(origin)
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  return { cookie, origin }
}

/** Hears what the page is told of its environment. @returns a function that closes it */
export function watchPage(classmate: Classmate, heard: (view: EnvironmentView | null) => void): () => void {
  const socket = io(`${classmate.origin}/live`, {
    auth: { launch: classmate.launch, roster: false },
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 300,
    reconnectionDelayMax: 10_000,
    extraHeaders: headersOf(classmate),
  })
  let timer: NodeJS.Timeout | undefined
  const again = (ms: number) => {
    timer = setTimeout(() => socket.connect(), ms)
  }
  socket.on('environment', heard)
  socket.on('disconnect', (reason) => reason === 'io server disconnect' && again(1_000))
  socket.on('connect_error', (error: Error & { data?: unknown }) => error.data && again(5_000))
  return () => {
    clearTimeout(timer)
    socket.removeAllListeners()
    socket.disconnect()
  }
}

/** Resolves with the first view that is as wanted. */
export function viewOf(classmate: Classmate, wanted: (view: EnvironmentView) => boolean, limitMs: number): Promise<EnvironmentView> {
  return new Promise((done, failed) => {
    let last: EnvironmentView | null = null
    const late = setTimeout(() => {
      stop()
      failed(new Error(`not within ${limitMs} ms: ${JSON.stringify(last)}`))
    }, limitMs)
    const stop = watchPage(classmate, (view) => {
      last = view
      if (view === null || !wanted(view)) return
      clearTimeout(late)
      stop()
      done(view)
    })
  })
}

export type Pane = { client: TerminalClient; view: () => ConnectionView }

/** A terminal on one machine. `shown` hears what would be drawn; `screen` draws it. */
export function openPane(
  classmate: Classmate,
  { environment, generation, host, tab = '1' }: { environment: string; generation: number; host: string; tab?: string },
  {
    shown = () => {},
    seen = () => {},
    screen = {},
  }: { shown?: (text: string) => void; seen?: (view: ConnectionView) => void; screen?: Partial<ClientDeps['screen']> },
): Pane {
  const size = { cols: 80, rows: 24 }
  const decoder = new TextDecoder()
  let view: ConnectionView = { state: 'connecting', code: null }
  const client = openTerminal({
    about: { launch: classmate.launch, environment, generation, host, tab, mode: 'write', client: randomBytes(12).toString('hex') },
    requestTicket: () => requestTicket(classmate, { host, generation }),
    dial: (hello, events) =>
      wireOver(
        io(`${classmate.origin}/terminal`, {
          auth: hello,
          query: terminalMark,
          transports: ['websocket'],
          forceNew: true,
          reconnection: false,
          extraHeaders: headersOf(classmate),
        }),
        events,
      ),
    screen: {
      size: () => size,
      keeps: () => 5_024,
      write(bytes, drawn) {
        shown(decoder.decode(bytes, { stream: true }))
        setImmediate(drawn)
      },
      gap: () => {},
      alternate: () => {},
      fit: () => {},
      ...screen,
    },
    onView(next) {
      view = next
      seen(next)
    },
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    now: Date.now,
    random: Math.random,
  })
  return { client, view: () => view }
}

const final = [401, 403, 404, 422]

export async function requestTicket(
  classmate: Classmate,
  order: { host: string; generation: number },
): Promise<{ ticket: string } | Refusal> {
  const { status, body } = await classmate.post('/ticket', order)
  const answer: Record<string, unknown> = body.startsWith('{') ? JSON.parse(body) : {}
  if (typeof answer.ticket === 'string') return { ticket: answer.ticket }
  const code = typeof answer.code === 'string' ? answer.code : null
  return { code, says: null, retry: !final.includes(status) }
}
