import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { raiseInotify, restoreInotify } from './inotify.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'astrolabe-inotify-'))
  writeFileSync(join(root, 'setting'), '128')
})
afterEach(() => rmSync(root, { recursive: true }))

const value = () => Number(readFileSync(join(root, 'setting'), 'utf8'))

function cloud(name: string) {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  return { folder, mark: name, log: () => undefined, host: { setting: join(root, 'setting'), register: join(root, 'register') } }
}

/** What a cloud leaves that was killed: its notes, with a process that is gone. */
function crash(name: string): void {
  const { folder, host } = cloud(name)
  for (const path of [join(folder, 'inotify.json'), join(host.register, name)]) {
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), owner: { pid: 1, started: 'never', boot: 'none' } }))
  }
}

test('the limit is raised while a cloud runs, and put back', () => {
  raiseInotify(cloud('a'))
  expect(value()).toBe(4096)
  restoreInotify(cloud('a'))
  restoreInotify(cloud('a'))
  expect(value()).toBe(128)
  expect(readdirSync(root).sort()).toEqual(['a', 'setting'])
  expect(readdirSync(join(root, 'a'))).toEqual([])
})

test('the last of two clouds puts back what the first one found, whichever ends first', () => {
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    raiseInotify(cloud('a'))
    raiseInotify(cloud('b'))
    restoreInotify(cloud(first))
    expect(value()).toBe(4096)
    restoreInotify(cloud(second))
    expect(value()).toBe(128)
  }
})

test('a cloud that was killed is made good by its next start, or by another cloud that ends', () => {
  raiseInotify(cloud('a'))
  crash('a')
  raiseInotify(cloud('a'))
  restoreInotify(cloud('a'))
  expect(value()).toBe(128)

  raiseInotify(cloud('a'))
  crash('a')
  rmSync(join(root, 'a'), { recursive: true })
  raiseInotify(cloud('b'))
  restoreInotify(cloud('b'))
  expect(value()).toBe(128)
  expect(readdirSync(root)).not.toContain('register')
})

test('a limit that is high enough is left alone', () => {
  writeFileSync(join(root, 'setting'), '65536')
  raiseInotify(cloud('a'))
  restoreInotify(cloud('a'))
  expect(value()).toBe(65_536)
})
