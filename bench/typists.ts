import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Classmate, openPane, type Pane } from './classmates.ts'

/*
 * Terminals in which somebody types one numbered line after the other into `cat >FILE`, while something happens to the product. What
 * counts is how long nothing was echoed, and what is in the file in the end, read from outside.
 */

export type Typist = {
  name: string
  pane: Pane
  /** Resolves once the shell is there. */
  live: (limitMs: number) => Promise<void>
  /** Types a sum at the prompt, as soon as there is one, and resolves once its answer is shown: proof that this machine was reached. */
  prove: (limitMs: number) => Promise<void>
  /** Begins to type into a new file of this name. */
  begin: (file: string) => Promise<void>
  /** Types no more. @returns how many lines were typed, and how many the terminal would not take */
  stop: () => { typed: number; refused: number }
  /** The end of the file: the shell is there again. */
  end: () => void
  close: () => void
  /** How the connection stood since the last file was begun, each state once for as long as it lasted. */
  views: () => string[]
  /** How long there was nothing echoed, at most, between two points of time (performance.now()), ms. */
  longestSilence: (from: number, to: number) => number
}

/** A line every so often, as quick typing is. */
export const LINE_EVERY_MS = 150
const DIGITS = 6

export function openTypist(classmate: Classmate, machine: { environment: string; generation: number; host: string }, name: string): Typist {
  let text = ''
  let echoed = 0
  let typed = 0
  let refused = 0
  let timer: NodeJS.Timeout | undefined
  /** When something new was echoed. */
  let echoes: number[] = []
  let waiting: { pattern: RegExp; done: () => void } | null = null
  const look = () => {
    for (const [digits] of text.matchAll(/(?<!\d)\d{6}(?!\d)/g)) {
      if (Number(digits) <= echoed) continue
      echoed = Number(digits)
      echoes.push(performance.now())
    }
    if (waiting?.pattern.test(text)) {
      waiting.done()
      waiting = null
    }
    text = text.slice(-400)
  }
  const reached = Promise.withResolvers<void>()
  let views: string[] = []
  const pane = openPane(classmate, machine, {
    shown(more) {
      text += more
      look()
    },
    seen({ state }) {
      if (state === 'live') reached.resolve()
      if (state !== views.at(-1)) views.push(state)
    },
  })
  const shows = (pattern: RegExp, limitMs: number) =>
    new Promise<void>((done, failed) => {
      const late = setTimeout(
        () => failed(new Error(`${name}: no ${pattern} within ${limitMs} ms, ${JSON.stringify(pane.view())}: ${JSON.stringify(text)}`)),
        limitMs,
      )
      waiting = {
        pattern,
        done() {
          clearTimeout(late)
          done()
        },
      }
      look()
    })
  const type = (words: string) => {
    if (!pane.client.type(new TextEncoder().encode(words))) throw new Error(`${name}: nothing is taken, ${JSON.stringify(pane.view())}`)
  }
  return {
    name,
    pane,
    async live(limitMs) {
      const late = new AbortController()
      const never = delay(limitMs, undefined, { signal: late.signal }).then(() => Promise.reject(new Error(`${name}: no shell`)))
      never.catch(() => {})
      await Promise.race([reached.promise, never]).finally(() => late.abort())
    },
    async prove(limitMs) {
      await shows(/[$#]\s*$/, limitMs)
      const [a, b] = [100 + Math.floor(Math.random() * 800), 3001 + Math.floor(Math.random() * 5000)]
      const answered = shows(new RegExp(`${machine.host}:${a * b}`), limitMs)
      type(`echo $(hostname):$((${a}*${b}))\n`)
      await answered
    },
    async begin(file) {
      text = ''
      const ready = shows(new RegExp(`[\\r\\n]${machine.host}\\r?\\n`), 10_000)
      type(`hostname; cat >~/${file}\n`)
      await ready
      text = ''
      ;[echoed, typed, refused, echoes, views] = [0, 0, 0, [performance.now()], [pane.view().state]]
      timer = setInterval(() => {
        const line = new TextEncoder().encode(`${String(typed + 1).padStart(DIGITS, '0')}\n`)
        if (pane.client.type(line)) typed += 1
        else refused += 1
      }, LINE_EVERY_MS)
    },
    stop() {
      clearInterval(timer)
      return { typed, refused }
    },
    end: () => type('\x04'),
    views: () => [...views],
    close() {
      clearInterval(timer)
      pane.client.close()
    },
    longestSilence(from, to) {
      const inside = echoes.filter((at) => at > from && at < to)
      const before = echoes.findLast((at) => at <= from) ?? from
      const after = echoes.find((at) => at >= to) ?? to
      const points = [Math.max(before, from - 2 * LINE_EVERY_MS), ...inside, after]
      return Math.max(...points.map((at, index) => (index === 0 ? 0 : at - (points[index - 1] ?? at))))
    },
  }
}

/** What is wrong with a file that should hold 1, 2, 3 ... */
export type Verdict = { lines: number; lost: number; twice: number; disordered: number; broken: number }

export function judge(content: string, typed: number): Verdict {
  const lines = content.split('\n').filter((line) => line !== '')
  const numbers = lines.filter((line) => /^\d{6}$/.test(line)).map(Number)
  const known = new Set(numbers)
  return {
    lines: lines.length,
    lost: Array.from({ length: typed }, (_, index) => index + 1).filter((number) => !known.has(number)).length,
    twice: numbers.length - known.size,
    disordered: numbers.filter((number, index) => number < (numbers[index - 1] ?? 0)).length,
    broken: lines.length - numbers.length,
  }
}

/** A file of the machine's user, read on the machine's disk from outside. */
export function readFileOf(disk: string, file: string): string {
  return readFileSync(join(disk, 'home', 'debian', file), 'utf8')
}
