import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { expect, test } from 'vitest'
import { createMarkReader, shellCommand } from './shell-command.ts'

const mark = (what: string) => Buffer.from(`\x1b]7777;nonce;${what}\x07`)

test('the mark is found in whatever pieces it comes, and what came before it is left out', () => {
  const whole = Buffer.concat([Buffer.from('noise of a start-up file\r\n'), mark('new'), Buffer.from('$ ')])
  for (let cut = 1; cut < whole.length; cut++) {
    const reader = createMarkReader('nonce')
    const first = reader.read(whole.subarray(0, cut))
    const second = first.origin ? { origin: first.origin, rest: Buffer.alloc(0) } : reader.read(whole.subarray(cut))
    expect(first.origin ?? second.origin).toBe('new')
    expect(whole.subarray(cut).length + first.rest.length + second.rest.length).toBeGreaterThan(0)
    if (!first.origin) expect(second.rest.toString()).toBe('$ ')
  }
})

test('a mark with another nonce is output like any other', () => {
  const reader = createMarkReader('nonce')
  expect(reader.read(Buffer.from('\x1b]7777;guess;attached\x07')).origin).toBeNull()
  expect(reader.read(Buffer.alloc(5_000, 'x'))).toMatchObject({ origin: 'plain' })
})

test('the command runs in sh and in bash, and says that a machine without dtach has a plain shell', () => {
  for (const shell of ['sh', 'bash']) {
    const env = { PATH: '/nowhere', HOME: '/nowhere', SHELL: '/bin/true', NODE_ENV: 'test' } as const
    const said = execFileSync(`/bin/${shell}`, ['-c', shellCommand('abc', 'nonce', 'gateway')], { env })
    expect(said).toEqual(mark('plain'))
  }
})

/** Runs the command on a terminal of its own, with `dtach` in the place of dtach. */
function runWith(dtach: string, env: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'astrolabe-home-'))
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin', 'dtach'), `#!/bin/sh\n${dtach}`, { mode: 0o755 })
  const pty = spawn('/bin/sh', ['-c', shellCommand('abc', 'nonce', 'gateway')], {
    env: { HOME: home, SHELL: '/bin/sh', PATH: `${join(home, 'bin')}:/usr/bin:/bin`, ...env },
  })
  let said = ''
  pty.onData((text) => {
    said += text
  })
  const read = (name: string) => (existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8') : '')
  return { home, pty, said: () => said, read, remove: () => rmSync(home, { recursive: true, force: true }) }
}

test('keys that come before dtach has the terminal are neither echoed nor signals: the shell that goes on gets them as they are', async () => {
  const slow = `case $1 in -p) exit 0 ;; esac
until [ -e "$HOME/go" ]; do sleep 0.01; done
head -c 5 >"$HOME/got"
`
  const { home, pty, said, read, remove } = runWith(slow)
  try {
    await expect.poll(said).toBe(mark('attached').toString())
    pty.write('ab\x03c\r')
    writeFileSync(join(home, 'go'), '')
    await expect.poll(() => read('got')).toBe('ab\x03c\r')
    expect(said()).not.toContain('ab')
  } finally {
    pty.kill()
    remove()
  }
})

test('a new shell has a terminal as usual, whatever the one is like from which it was begun', async () => {
  const raw = `case $1 in -p) exit 1 ;; esac
while [ "$1" != /bin/sh ]; do shift; done
stty raw -echo
exec "$@"
`
  const { home, pty, read, remove } = runWith(raw, { SHELL: '/bin/sh', ENV: '' })
  try {
    pty.write('stty -a >"$HOME/settings.new"; mv "$HOME/settings.new" "$HOME/settings"\r')
    await expect.poll(() => read('settings')).toMatch(/(^| )isig icanon.* echo /m)
    expect(read('settings')).toMatch(/(^| )opost/m)
    expect(existsSync(join(home, '.local/state/astrolabe/abc.alive'))).toBe(true)
  } finally {
    pty.kill()
    remove()
  }
})

test('when its terminal hangs up, dtach is left to end by itself: no signal reaches it in the middle of that', async () => {
  // In the place of dtach: there is no such shell yet; then it waits for its terminal's end, as dtach does.
  const played = `case $1 in -p) exit 1 ;; esac
trap 'echo signal >>"$HOME/heard"' HUP
echo waiting >>"$HOME/heard"
read -r line
sleep 0.1
echo ended >>"$HOME/heard"
`
  const { pty, read, remove } = runWith(played)
  const told = () => read('heard').trim().split('\n')
  try {
    await expect.poll(told).toEqual(['waiting'])
    ;(pty as unknown as { destroy(): void }).destroy()
    await expect.poll(told).toEqual(['waiting', 'ended'])
  } finally {
    remove()
  }
})
