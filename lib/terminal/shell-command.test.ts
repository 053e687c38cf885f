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

test('when its terminal hangs up, dtach is left to end by itself: no signal reaches it in the middle of that', async () => {
  const home = mkdtempSync(join(tmpdir(), 'astrolabe-home-'))
  const heard = join(home, 'heard')
  // In the place of dtach: there is no such shell yet; then it waits for its terminal's end, as dtach does.
  const played = `#!/bin/sh
case $1 in -p) exit 1 ;; esac
trap 'echo signal >>${heard}' HUP
echo waiting >>${heard}
read -r line
sleep 0.1
echo ended >>${heard}
`
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin', 'dtach'), played, { mode: 0o755 })
  const pty = spawn('/bin/sh', ['-c', shellCommand('abc', 'nonce', 'gateway')], {
    env: { HOME: home, SHELL: '/bin/sh', PATH: `${join(home, 'bin')}:/usr/bin:/bin` },
  })
  const told = () => (existsSync(heard) ? readFileSync(heard, 'utf8').trim().split('\n') : [])
  try {
    await expect.poll(told).toEqual(['waiting'])
    ;(pty as unknown as { destroy(): void }).destroy()
    await expect.poll(told).toEqual(['waiting', 'ended'])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
