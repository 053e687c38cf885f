import { expect, test } from 'vitest'
import { lacking, subordinateIds } from './own-root.mjs'

const fine = {
  packages: [],
  account: { username: 'ada', uid: 1000 },
  subuid: 'bob:100000:65536\nada:165536:65536\n',
  subgid: '1000:165536:65536\n',
  mostNamespaces: '96365\n',
  unprivileged: '',
}

test('an account with enough subordinate ids, by name or by number, lacks nothing', () => {
  expect(lacking(fine)).toBeNull()
  expect(subordinateIds(fine.subuid, 'ada', 1000)).toEqual({ first: 165_536, count: 65_536 })
  expect(subordinateIds('ada:1:1000\nada:200000:70000', 'ada', 1000)).toEqual({ first: 200_000, count: 70_000 })
})

test('all that root has to do is said in one line', () => {
  expect(lacking({ ...fine, packages: ['mmdebstrap', 'uidmap'], subuid: '' })).toEqual({
    reason:
      'an ordinary user needs mmdebstrap and uidmap for machines, and ada has no 65536 subordinate ids in /etc/subuid and /etc/subgid',
    remedy:
      'Run once: sudo apt-get install -y mmdebstrap uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ada',
  })
})

test('a kernel that keeps user namespaces for root is told apart from one that has none', () => {
  expect(lacking({ ...fine, unprivileged: '0\n' })?.remedy).toBe('Run once: sudo sysctl kernel.unprivileged_userns_clone=1')
  expect(lacking({ ...fine, mostNamespaces: '0\n' })?.reason).toBe('user namespaces are switched off')
})
