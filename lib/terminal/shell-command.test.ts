import { execFileSync } from 'node:child_process'
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
    const said = execFileSync(`/bin/${shell}`, ['-c', shellCommand('abc', 'nonce')], { env })
    expect(said).toEqual(mark('plain'))
  }
})
