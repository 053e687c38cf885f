import { expect, test } from 'vitest'
import { resolveHosts, resolveOutput } from './outputs.ts'

const outputs = {
  address: '172.24.4.20',
  addresses: ['10.0.0.1', '10.0.0.2'],
  host_keys: '{"node1": "ssh-ed25519 AAAA", "list": [{"a": 1}]}',
  port: 22,
  waiting: null,
  blank: ' ',
}

const cases: [reference: string, text: string | null][] = [
  ['{{outputs.address}}', '172.24.4.20'],
  ['{{ outputs.addresses.1 }}', '10.0.0.2'],
  ['{{outputs.addresses.2}}', null],
  ['{{outputs.addresses.length}}', null],
  ['{{outputs.host_keys.node1}}', 'ssh-ed25519 AAAA'],
  ['{{outputs.host_keys.list.0.a}}', '1'],
  ['{{outputs.host_keys.node2}}', null],
  ['{{outputs.host_keys.constructor}}', null],
  ['{{outputs.__proto__}}', null],
  ['{{outputs.port}}', '22'],
  ['{{outputs.waiting}}', null],
  ['{{outputs.waiting.node1}}', null],
  ['{{outputs.blank}}', null],
  ['{{outputs.address.deeper}}', null],
  ['address', null],
]

test.each(cases)('%s is %j', (reference, text) => {
  expect(resolveOutput(reference, outputs)).toBe(text)
})

const key = `ssh-ed25519 ${'A'.repeat(68)}`
const host = { id: 'node1', label: 'First', user: 'debian', address: '{{outputs.address}}', hostKey: '{{outputs.keys.node1}}' }
const withKey = (value: string, address = '172.24.4.20') => ({ address, keys: JSON.stringify({ node1: value }) })

test('a host is complete with its address and the key it signalled, without the comment', () => {
  expect(resolveHosts([host], withKey(`${key} root@node1`))).toEqual({
    hosts: [{ id: 'node1', label: 'First', user: 'debian', address: '172.24.4.20', hostKey: key }],
    missing: [],
  })
})

test('what a machine signalled instead of a key, or an output that is no address, leaves the host missing', () => {
  const nonsense: Record<string, unknown>[] = [
    withKey('hello'),
    withKey(`${key}\nssh-rsa ${'B'.repeat(68)}`),
    withKey(key, '-oProxyCommand=evil'),
    withKey(key, 'a b'),
    { address: '172.24.4.20', keys: null },
    {},
  ]
  for (const seen of nonsense) expect(resolveHosts([host], seen)).toEqual({ hosts: [], missing: ['node1'] })
})

test('a host whose lab names no key has none', () => {
  expect(resolveHosts([{ ...host, hostKey: null }], { address: 'fe80::1' }).hosts).toMatchObject([{ address: 'fe80::1', hostKey: null }])
})
