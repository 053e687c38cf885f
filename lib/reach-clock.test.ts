import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { clockCommand, readClock, setClockCommand } from './reach-clock.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

const times = { sentAt: 1_000_000, receivedAt: 1_000_100 }

test('a clock that is behind is told by how much, give or take half the way there and back', () => {
  expect(readClock('940.050000000\n', times)).toEqual({ offsetMs: -60_000, uncertaintyMs: 50 })
})

test('a clock that counts whole seconds only is known less exactly', () => {
  for (const said of ['1000', '1000.', '1000.N', '1000.%N']) expect(readClock(said, times)).toEqual({ offsetMs: 450, uncertaintyMs: 550 })
})

test('what a start-up file prints is not taken for a time', () => {
  expect(readClock('Welcome, 12 updates\r\n42 users\r\n1000.050\r\n', times)).toEqual({ offsetMs: 0, uncertaintyMs: 50 })
  for (const said of ['', 'date: not found', '12 o’clock', '-5', '1e9']) expect(readClock(said, times)).toBeNull()
})

test('this computer says what time it is', () => {
  const sentAt = Date.now()
  const { stdout } = spawnSync('/bin/sh', ['-c', clockCommand()], { encoding: 'utf8' })
  const reading = readClock(stdout, { sentAt, receivedAt: Date.now() })
  // Our own times are whole milliseconds.
  expect(Math.abs(reading?.offsetMs ?? Number.NaN)).toBeLessThanOrEqual((reading?.uncertaintyMs ?? 0) + 1)
})

/** Programs that note how they were called, in place of those that would set the clock of this computer. */
function played(programs: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-clock-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>"${folder}/calls"\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const done = spawnSync('/bin/sh', ['-c', setClockCommand(1_795_864_122_562)], {
    env: { PATH: folder, NODE_ENV: 'test' },
    encoding: 'utf8',
  })
  return { said: `${done.stdout}${done.stderr}`, code: done.status, calls: readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') }
}

test('a clock is set by the time service first, then by hand', () => {
  const { said, code, calls } = played({ id: 'echo 1000', sudo: 'shift; "$@"', chronyc: 'exit 1', date: '' })
  expect(calls).toEqual([
    'id -u',
    'sudo -n chronyc makestep',
    'chronyc makestep',
    'sudo -n date -u -s @1795864122.562',
    'date -u -s @1795864122.562',
  ])
  expect([said, code]).toEqual(['', 0])
})

test('root needs no help, and a date that knows whole seconds only is given those', () => {
  const { calls } = played({ id: 'echo 0', date: 'case "$3" in *.*) exit 1;; esac' })
  expect(calls).toEqual(['id -u', 'date -u -s @1795864122.562', 'date -u -s @1795864123'])
})

test('who may not set the clock fails in silence', () => {
  const { said, code, calls } = played({ id: 'echo 1000', sudo: 'echo "a password is required" >&2; exit 1' })
  expect([said, code]).toEqual(['', 0])
  expect(calls.at(-1)).toBe('sudo -n date -u -s @1795864123')
})
