import { setTimeout as delay } from 'node:timers/promises'
import { type Classmate, headersOf, openPane } from './classmates.ts'
import { counterCommand, endsRow, keyAt, type Pace, putCounter, readRow, type Shown, typedRows } from './numbered.ts'
import { until } from './troupe.ts'

/*
 * Somebody at a terminal whose connection is cut again and again, through the product's own client for pages. cut-page.ts is the same
 * with the page itself.
 */

export type Where = { environment: string; generation: number; host: string; disk: string; cgroup: string }

/** What a run left behind. `keys`: for each, whether it was pressed while the cut was shown. `notes`: what was said of the shell. */
export type Told = { shown: Shown[]; keys: readonly boolean[]; refused: number; rows: string; notes: readonly string[] }

export type Seat = {
  name: string
  where: Where
  /** Whether a connection is this person's, by its first request. */
  owns: (head: string) => boolean
  /** Begins a program that prints, and to type into it. */
  begin: (run: string) => Promise<void>
  /** The last number on the screen. */
  newest: () => Promise<number>
  /** Whether all is well as far as the person can see. */
  isLive: () => Promise<boolean>
  /** What the person sees, for whoever wonders. */
  describe: () => Promise<string>
  /** Types no more, and ends the program. */
  end: () => Promise<Told>
  close: () => Promise<void>
}

const KEY_EVERY_MS = 40
const LIMIT_MS = 20_000
const pace: Pace = { secondsBetween: 0.03, linesAtOnce: 400 }

/** A connection carries the cookies of its person. */
export function owned(classmate: Classmate): (head: string) => boolean {
  const { cookie = '' } = headersOf(classmate)
  return (head) => cookie !== '' && head.includes(cookie)
}

export async function openSeat(classmate: Classmate, where: Where, name: string): Promise<Seat> {
  let shown: Shown[] = []
  let rest = ''
  let number = 0
  let keys: boolean[] = []
  let refused = 0
  let run = ''
  let notes = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const row = (text: string) => {
    const what = readRow(text)
    if (what?.kind === 'line') number = what.number
    if (what) shown.push(what)
  }
  const pane = openPane(classmate, where, {
    shown(text) {
      const rows = (rest + text).split('\n')
      rest = rows.pop() ?? ''
      for (const one of rows) row(one)
    },
    seen(view) {
      if (view.state === 'live' && view.note !== null) notes.add(view.note)
      if (view.state === 'ended') notes.add(`ended: ${view.reason}`)
    },
    screen: {
      gap() {
        row(rest)
        rest = ''
        shown.push({ kind: 'gap' })
      },
    },
  })
  const isLive = () => pane.view().state === 'live'
  const press = (text: string) => pane.client.type(new TextEncoder().encode(text))
  const prompt = async () => {
    const waited = await until(async () => isLive() && /[$#]\s*$/.test(rest), LIMIT_MS)
    if (waited >= LIMIT_MS) throw new Error(`${name}: no prompt, ${JSON.stringify(pane.view())}: ${JSON.stringify(rest)}`)
  }
  putCounter(where.disk)
  return {
    name,
    where,
    owns: owned(classmate),
    async begin(what) {
      await prompt()
      run = what
      ;[shown, number, keys, refused, notes] = [[], 0, [], 0, new Set()]
      press(counterCommand(run, pace))
      if ((await until(async () => number > 0, LIMIT_MS)) >= LIMIT_MS) throw new Error(`${name}: nothing is printed`)
      shown = shown.filter(({ kind }) => kind !== 'odd')
      timer = setInterval(() => {
        if (!press(keyAt(keys.length))) refused++
        keys.push(!isLive())
      }, KEY_EVERY_MS)
    },
    newest: async () => number,
    isLive: async () => isLive(),
    describe: async () => JSON.stringify({ view: pane.view(), number, rest, last: shown.slice(-5) }),
    async end() {
      await until(async () => endsRow(keys.length - 1), 2_000)
      clearInterval(timer)
      const last = lastLetter(keys.length)
      await until(async () => typedRows(where.disk, run).trimEnd().endsWith(last), 5_000)
      const told = { shown, keys, refused, rows: typedRows(where.disk, run), notes: [...notes] }
      press('\x03')
      await delay(50)
      press('stty echo\n')
      await prompt()
      return told
    },
    async close() {
      clearInterval(timer)
      pane.client.close()
    },
  }
}

/** The last letter of so many keys that end with the end of a row. */
export const lastLetter = (typed: number) => keyAt(typed - 2)
