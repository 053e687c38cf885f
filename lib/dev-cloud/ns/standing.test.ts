import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { destroyGroup, findCgroupTrees, moveAside } from './cgroup.ts'
import { delegated, isRealRoot } from './standing.ts'

const hybrid = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`
const unified = '24 22 0:21 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate'
const scope = '/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope'

test('on a unified host the scope that systemd delegated is ours', () => {
  const facts = { mountinfo: unified, cgroup: `0::${scope}\n`, named: undefined }
  expect(delegated({ ...facts, mayWrite: () => true })).toEqual({ unified: `/sys/fs/cgroup${scope}`, legacy: {} })
  expect(delegated({ ...facts, mayWrite: () => false })).toBeNull()
  // A start before this one has moved all of us aside.
  const aside = { ...facts, cgroup: `0::${scope}/astrolabe-product\n` }
  expect(delegated({ ...aside, mayWrite: () => true })?.unified).toBe(`/sys/fs/cgroup${scope}`)
  // A folder that could be written, but nobody could be moved into.
  expect(delegated({ ...facts, mayWrite: (path) => !path.endsWith('cgroup.procs') })).toBeNull()
})

test('on a hybrid host each tree counts by itself, and without v2 there is nothing to freeze by', () => {
  const cgroup = '8:pids:/mine\n4:memory:/other\n1:cpu,cpuacct:/mine\n0::/mine\n'
  const facts = { mountinfo: hybrid, cgroup, named: undefined }
  const mine = (path: string) => path.includes('/mine')
  expect(delegated({ ...facts, mayWrite: mine })).toEqual({
    unified: '/sys/fs/cgroup/unified/mine',
    legacy: { cpu: '/sys/fs/cgroup/cpu,cpuacct/mine', pids: '/sys/fs/cgroup/pids/mine' },
  })
  expect(delegated({ ...facts, mayWrite: (path) => mine(path) && !path.includes('unified') })).toBeNull()
})

test('a named group counts if this process is in it or below: nobody may be moved in from elsewhere', () => {
  const facts = { mountinfo: unified, mayWrite: () => true }
  expect(delegated({ ...facts, cgroup: '0::/given/shell\n', named: '/given' })).toEqual({ unified: '/sys/fs/cgroup/given', legacy: {} })
  expect(delegated({ ...facts, cgroup: '0::/given\n', named: '/given/' })).toEqual({ unified: '/sys/fs/cgroup/given', legacy: {} })
  expect(delegated({ ...facts, cgroup: '0::/given-to-another\n', named: '/given' })).toBeNull()
})

test('where only a part of the tree is mounted, paths are those of that part', () => {
  const facts = { cgroup: '0::/box/mine\n', named: undefined, mayWrite: () => true }
  const part = '24 22 0:21 /box /sys/fs/cgroup rw - cgroup2 cgroup2 rw'
  expect(delegated({ ...facts, mountinfo: part })).toEqual({ unified: '/sys/fs/cgroup/mine', legacy: {} })
  expect(delegated({ ...facts, mountinfo: part.replace('/box', '/elsewhere') })).toBeNull()
})

test('root of the computer is told from root of a namespace', () => {
  expect(isRealRoot('         0          0 4294967295\n')).toBe(true)
  expect(isRealRoot('         0       1000          1\n    100000     165536      65536\n')).toBe(false)
})

const trees = process.getuid?.() === 0 ? findCgroupTrees() : null

test.skipIf(trees === null)('who sits in the group that was handed over makes room, so that it can hand out its controllers', async () => {
  if (trees === null) return
  const name = `astrolabe-aside-${process.pid}`
  const group = join(trees.unified, name)
  mkdirSync(group)
  const sleepers = [1, 2].map(() => spawn('sleep', ['60'], { stdio: 'ignore' }))
  try {
    const pids = sleepers.map(({ pid }) => String(pid))
    for (const pid of pids) writeFileSync(join(group, 'cgroup.procs'), pid)
    moveAside(group)
    const membersOf = (path: string) => readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).toSorted()
    expect(membersOf(group)).toEqual([])
    expect(membersOf(join(group, 'astrolabe-product'))).toEqual(pids.toSorted())
  } finally {
    for (const sleeper of sleepers) sleeper.kill('SIGKILL')
    await destroyGroup(trees, name)
  }
})
