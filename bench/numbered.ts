import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/*
 * What can be told of a terminal whose connection was cut: a program prints numbered lines and keeps what is typed, keys are typed that
 * say themselves which they are, and both are judged.
 */

/**
 * Prints a line with the next number every so often, and now and then a lot of them at once; writes each typed row into a file; says
 * when it was asked to paint anew (SIGWINCH). It waits for keys meanwhile, so it begins no process of its own.
 */
const program = `#!/bin/bash
# counter RUN SECONDS-BETWEEN LINES-AT-ONCE
stty -echo
n=0
trap 'printf "painted %06d\\n" $n' WINCH
printf 'run %s\\n' "$1"
while :; do
  # Time may be up in the middle of a row.
  if read -r -t "$2" row; then printf '%s\\n' "$part$row" >>"typed-$1"; part=; else part=$part$row; fi
  n=$((n + 1))
  printf '%06d\\n' $n
  if (( $3 > 0 && n % 150 == 0 )); then
    for (( i = 0; i < $3; i++ )); do n=$((n + 1)); printf '%06d\\n' $n; done
  fi
done
`

export type Pace = { secondsBetween: number; linesAtOnce: number }

/** Puts the program on a machine's disk, from outside. */
export function putCounter(disk: string): void {
  writeFileSync(join(disk, 'home', 'debian', 'counter'), program, { mode: 0o755 })
}

export const counterCommand = (run: string, { secondsBetween, linesAtOnce }: Pace) => `./counter ${run} ${secondsBetween} ${linesAtOnce}\n`

export const typedRows = (disk: string, run: string) => readFileSync(join(disk, 'home', 'debian', `typed-${run}`), 'utf8')

/** What a screen showed, in order. `odd`: nothing of ours. */
export type Shown = { kind: 'line'; number: number } | { kind: 'gap' } | { kind: 'painted' } | { kind: 'odd'; text: string }

/** One row of a screen, null where it says nothing. */
export function readRow(text: string): Shown | null {
  const row = stripVTControlCharacters(text).trim()
  if (row === '' || row.startsWith('run ')) return null
  if (/^\d{6}$/.test(row)) return { kind: 'line', number: Number(row) }
  return /^painted \d{6}$/.test(row) ? { kind: 'painted' } : { kind: 'odd', text: row }
}

export type LineVerdict = {
  lines: number
  twice: number
  disordered: number
  lost: number
  /** Where a gap was marked. */
  lostInGap: number
  gaps: number
  /** Gaps after which the program was not asked to paint anew. */
  unpainted: number
  odd: string[]
}

/** Judges what a screen showed of the numbers 1, 2, 3 ...; pure. A row that a gap cut in two is not judged. */
export function judgeLines(shown: readonly Shown[]): LineVerdict {
  const verdict: LineVerdict = { lines: 0, twice: 0, disordered: 0, lost: 0, lostInGap: 0, gaps: 0, unpainted: 0, odd: [] }
  const seen = new Set<number>()
  let [newest, inGap, waits] = [0, false, false]
  for (const [index, one] of shown.entries()) {
    if (one.kind === 'gap') {
      verdict.gaps++
      if (waits) verdict.unpainted++
      ;[inGap, waits] = [true, true]
    } else if (one.kind === 'painted') waits = false
    else if (one.kind === 'odd') {
      const beside = [shown[index - 1], shown[index + 1]]
      if (!beside.some((other) => other?.kind === 'gap')) verdict.odd.push(one.text)
    } else {
      verdict.lines++
      if (seen.has(one.number)) verdict.twice++
      else if (one.number < newest) verdict.disordered++
      else if (inGap) verdict.lostInGap += one.number - newest - 1
      else verdict.lost += one.number - newest - 1
      seen.add(one.number)
      newest = Math.max(newest, one.number)
      inGap = false
    }
  }
  if (waits) verdict.unpainted++
  return verdict
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const ROW = 14

/** The key that is typed as number `index` (from 0): every so often the one that ends a row. */
export const keyAt = (index: number) => (index % ROW === ROW - 1 ? '\n' : (LETTERS[letterOf(index) % LETTERS.length] ?? ''))
export const endsRow = (index: number) => index % ROW === ROW - 1
/** Which letter it is, the ends of rows not counted. */
const letterOf = (index: number) => index - Math.floor(index / ROW)

export type KeyVerdict = { twice: number; strange: number; lost: number[] }

/**
 * Judges what came of so many typed keys; pure. Each letter says where in its row of 62 it stands, so that fewer than 31 in a row may be
 * lost before a loss could be taken for a repetition. @returns the numbers of those that were lost
 */
export function judgeKeys(rows: string, sent: number): KeyVerdict {
  const arrived = new Set<number>()
  let [twice, strange, next] = [
    rows
      .split('\n')
      .slice(0, -1)
      .filter((row) => row === '').length,
    0,
    0,
  ]
  for (const letter of rows.replaceAll('\n', '')) {
    const place = LETTERS.indexOf(letter)
    if (place < 0) strange++
    else {
      const skipped = (place - (next % LETTERS.length) + LETTERS.length) % LETTERS.length
      if (skipped >= LETTERS.length / 2) twice++
      else {
        arrived.add(next + skipped)
        next += skipped + 1
      }
    }
  }
  const typed = Array.from({ length: sent }, (_, index) => index).filter((index) => !endsRow(index))
  return { twice, strange, lost: typed.filter((index) => !arrived.has(letterOf(index))) }
}
