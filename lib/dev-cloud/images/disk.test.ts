import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { diskScript, glanceCommand } from './disk-script.mjs'
import { whyNoDisk } from './write-disk.mjs'

test('the script of a disk is one that a shell can read, and fills the disk but for the loader’s room', () => {
  const script = diskScript({ gib: 4 })
  expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 })
  const [, offset, kib] = /offset=(\d+) .* (\d+)k$/m.exec(script) ?? []
  expect(Number(offset) + Number(kib) * 1024).toBe(4 * 2 ** 30)
  expect(script).toContain('start=2048,')
})

test.each([
  [{ id: 'debian', arch: 'x64', absent: [] }, null],
  [{ id: 'debian', arch: 'arm64', absent: [] }, /BIOS/],
  [{ id: 'ubuntu', arch: 'x64', absent: [] }, /on Debian only/],
  [{ id: 'debian', arch: 'x64', absent: ['fdisk', 'mmdebstrap'] }, /apt-get install -y fdisk mmdebstrap$/],
])('a computer on which no disk can be made says so at once: %j', (facts, says) => {
  const words = whyNoDisk(facts)
  if (says === null) expect(words).toBeNull()
  else expect(words).toMatch(says)
})

test('a disk says with which command a cloud gets it, and how large a server’s disk must be', () => {
  expect(glanceCommand({ name: 'debian-12-ceph', file: '/tmp/a.qcow2', format: 'qcow2', gib: 4 })).toBe(
    'openstack image create --disk-format qcow2 --container-format bare --min-disk 4 --property hw_disk_bus=virtio --file /tmp/a.qcow2 debian-12-ceph',
  )
})
