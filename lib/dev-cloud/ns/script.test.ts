import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  bridgeEndScript,
  bridgeScript,
  joinScript,
  keeperScript,
  machineScript,
  mountTables,
  routerScript,
  slotFor,
  spaceScript,
} from './script.ts'

const nic = { bridge: 'b1', port: 'v1', address: '10.20.3.11', prefixLength: 22, gateway: '10.20.0.1', mac: 'fa:16:3e:00:00:01' }
const start = (nics: Parameters<typeof machineScript>[0]['nics']) =>
  machineScript({ id: 'm', slot: '/mnt', keeperPid: 7, init: 'systemd', nics })

test('every script is one that a POSIX shell can read, folders with odd names included', () => {
  const scripts = [
    spaceScript({ slot: '/mnt', images: "/it's/a folder", machines: '/$(reboot)', volumes: '/$(id)' }),
    keeperScript,
    bridgeScript({ bridge: 'b1', gateway: '10.0.0.1', prefixLength: 24 }),
    routerScript([[{ bridge: 'b1', gateway: '10.0.0.1', prefixLength: 24 }]]),
    bridgeEndScript('b1'),
    joinScript,
    start([]),
    start([nic, { ...nic, gateway: null }]),
  ]
  for (const input of scripts) expect(spawnSync('sh', ['-n'], { input, encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 })
})

test('the subnet of an address is computed for any prefix', () => {
  expect(start([nic])).toContain('route add 10.20.0.0/22 dev eth0')
  expect(start([{ ...nic, address: '192.168.255.254', prefixLength: 25 }])).toContain('route add 192.168.255.128/25 dev eth0')
  expect(start([{ ...nic, address: '250.1.2.3', prefixLength: 1 }])).toContain('route add 128.0.0.0/1 dev eth0')
})

test('only the first card carries the way out; without a router it still leads to the metadata', () => {
  const two = start([nic, { ...nic, address: '10.30.0.5' }])
  expect(two.match(/route add default/g)).toHaveLength(1)
  expect(start([{ ...nic, gateway: null }])).toContain('route add 169.254.169.254/32 dev eth0')
})

test('a machine sees the harmless devices of this host and no disk', () => {
  const { 'devices.fstab': devices = '' } = mountTables({ id: 'm', slot: '/mnt', layers: ['i'], hasGroup: true })
  const bound = [...devices.matchAll(/^(\/dev\/\S+)/gm)].map((match) => match[1])
  expect(bound).toEqual(['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty'])
})

test('a machine’s disk lies over all layers of its image, the topmost first', () => {
  const { 'layers.fstab': table = '' } = mountTables({ id: 'm', slot: '/mnt', layers: ['top', 'base'], hasGroup: true })
  expect(table).toContain('lowerdir=/mnt/images/top/rootfs:/mnt/images/base/rootfs,')
})

test('the folder that is covered in a space is never one that holds the disks', () => {
  expect(slotFor(['/root/x'], () => true)).toBe('/mnt')
  expect(slotFor(['/mnt/disk/x', '/srv/images'], () => true)).toBe('/media')
  expect(slotFor(['/mnt'], (path) => ['/mnt', '/tmp'].includes(path))).toBe('/tmp')
  expect(() => slotFor(['/tmp/x'], (path) => path === '/tmp')).toThrow('none of')
})

test('a router has a way from each of its networks to each other one, and to nothing else', () => {
  const way = (n: number) => ({ bridge: `b${n}`, gateway: `10.${n}.0.1`, prefixLength: 16 })
  const ways = routerScript([[way(1), way(2)], [way(3)], []])
    .split('\n')
    .filter((line) => line.startsWith('rule'))
  expect(ways).toEqual(['rule add pref 100 iif b1 to 10.2.0.0/16 lookup main', 'rule add pref 100 iif b2 to 10.1.0.0/16 lookup main'])
})
