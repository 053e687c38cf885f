import { setTimeout as delay } from 'node:timers/promises'
import type { Line } from './lines.ts'

/** Resolves when `mark` has been shown. Looks at a short tail only, so that a flood costs nothing. */
export function sees(line: Line, mark: string, limitMs = 60_000): Promise<void> {
  const wanted = Buffer.from(mark)
  let tail = Buffer.alloc(0)
  return new Promise((done, failed) => {
    const late = setTimeout(
      () => failed(new Error(`never seen: ${JSON.stringify(mark)}; last ${JSON.stringify(tail.toString())}`)),
      limitMs,
    )
    line.hear((bytes) => {
      const edge = Buffer.concat([tail, bytes.subarray(0, wanted.length)])
      if (edge.includes(wanted) || bytes.includes(wanted)) {
        clearTimeout(late)
        line.hear(() => {})
        done()
      }
      tail = Buffer.from(
        bytes.length >= wanted.length ? bytes.subarray(-wanted.length) : Buffer.concat([tail, bytes]).subarray(-wanted.length),
      )
    })
  })
}

function within(limitMs: number, what: Promise<void>, says: () => string): Promise<void> {
  const late = new AbortController()
  const never = delay(limitMs, undefined, { signal: late.signal }).then(() => Promise.reject(new Error(says())))
  never.catch(() => {})
  return Promise.race([what, never]).finally(() => late.abort())
}

/** Runs a command and waits for its end; the shell's prompt plays no part in it. */
export async function runs(line: Line, command: string, limitMs?: number): Promise<void> {
  const number = Math.floor(Math.random() * 1e9)
  const seen = sees(line, `<done ${number + 1}>`, limitMs)
  line.write(`${command}; echo "<done $((${number}+1))>"\r`)
  await seen
}

/** The next `count` bytes come back as they are, one by one; then the shell is there again. */
export async function beginEcho(line: Line, count: number): Promise<void> {
  const ready = sees(line, '<echo>')
  line.write(`stty raw -echo; printf '<ec''ho>'; dd bs=1 count=${count} status=none; stty sane\r`)
  await ready
}

/** Presses `count` keys one after the other, `pauseMs` after each answer. @returns how long each took to come back, ms */
export async function echo(line: Line, count: number, pauseMs: number): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const back = new Promise<void>((done) => line.hear(() => done()))
    const began = performance.now()
    line.write('x')
    await back
    times.push(performance.now() - began)
    await delay(pauseMs)
  }
  line.hear(() => {})
  return times
}

/** Types at its own pace, whatever comes back. @returns how long each key took, ms */
export async function type(line: Line, { count, everyMs }: { count: number; everyMs: number }): Promise<number[]> {
  const times: number[] = []
  const pressed: number[] = []
  const all = new Promise<void>((done) => {
    line.hear((bytes) => {
      const now = performance.now()
      for (const _ of bytes) {
        const at = pressed.shift()
        if (at !== undefined) times.push(now - at)
      }
      if (times.length >= count) done()
    })
  })
  await delay(Math.random() * everyMs)
  for (let index = 0; index < count; index++) {
    pressed.push(performance.now())
    line.write('x')
    await delay(everyMs)
  }
  await Promise.race([all, delay(10_000).then(() => Promise.reject(new Error(`${count - times.length} keys never came back`)))])
  return times
}

/** Shows a file of that size. @returns MB a second, from the first byte to the last */
export async function throughput(line: Line, file: string, bytes: number): Promise<number> {
  let began = 0
  const number = Math.floor(Math.random() * 1e9)
  const mark = Buffer.from(`<done ${number + 1}>`)
  let tail = Buffer.alloc(0)
  const over = new Promise<void>((done) => {
    line.hear((chunk) => {
      if (began === 0) began = performance.now()
      tail = Buffer.concat([tail, chunk.subarray(-600)]).subarray(-600)
      if (tail.includes(mark)) done()
    })
  })
  line.write(`clear; cat ${file}; echo "<done $((${number}+1))>"\r`)
  await within(60_000, over, () => `the flood never ended; last ${JSON.stringify(tail.toString())}`)
  line.hear(() => {})
  return bytes / 1e6 / ((performance.now() - began) / 1000)
}

/** A flood that a slow page takes, ended by Ctrl-C after two seconds. @returns ms from the key to the prompt being drawn */
export async function interrupt(line: Line, bytesPerSecond: number): Promise<number> {
  await runs(line, "PS1='<pro''mpt>'")
  line.takeAt(bytesPerSecond)
  line.hear(() => {})
  line.write(`yes ${'abcdefghij'.repeat(6).slice(0, 58)}\r`)
  await delay(2_000)
  const stopped = sees(line, '<prompt>')
  const began = performance.now()
  line.write('\x03')
  await stopped
  const took = performance.now() - began
  line.takeAt(null)
  return took
}

/** Lets a flood run until the returned function is called. */
export async function flood(line: Line): Promise<() => Promise<void>> {
  line.hear(() => {})
  line.write(`yes ${'abcdefghij'.repeat(6).slice(0, 58)}\r`)
  await delay(500)
  return async () => {
    line.write('\x03')
    await delay(300)
    await runs(line, 'true')
  }
}
