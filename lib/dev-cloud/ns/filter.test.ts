import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver, OpenWay } from '../driver.ts'
import { leftoversOf, machine, NETWORK, ssh, type TestCloud, testCloud, whyNoMachines } from './driver.fixture.ts'
import { filterScript, whyNoFilter } from './filter.ts'

const way = (protocol: string | null, first: number | null = null, last = first, from: string | null = null): OpenWay => ({
  protocol,
  first,
  last,
  from,
})

test('rules are said in numbers, and what is not here is left out', () => {
  const open = [
    way('tcp', 22),
    way('udp', 100, 200, '10.0.0.0/8'),
    way('icmp', 8, 0),
    way('112'),
    way('icmpv6'),
    way(null, null, null, '10.0.0.1'),
  ]
  expect(filterScript([{ address: '10.0.0.2', open }])).toContain(`chain to0 {
tcp dport 22-22 accept
ip saddr 10.0.0.0/8 udp dport 100-200 accept
icmp type 8 icmp code 0 accept
ip protocol 112 accept
ip saddr 10.0.0.1/32 accept
drop
}`)
})

test.each(['10.0.0.1; flush ruleset', '$(reboot)', '10.0.0.0/33', '1.2.3.4/8\nE\nreboot', '::1', ''])(
  '%j never reaches a script',
  (from) => {
    expect(() => filterScript([{ address: '10.0.0.2', open: [way('tcp', 22, 22, from)] }])).toThrow('is no address')
    expect(() => filterScript([{ address: from, open: [] }])).toThrow('is no address')
  },
)

test('what is missing is said with what helps', () => {
  expect(whyNoFilter(() => false)).toContain('apt-get install -y nftables')
  expect(whyNoFilter((path) => path.endsWith('/nft'))).toContain('modprobe br_netfilter')
  expect(whyNoFilter(() => true)).toBeNull()
})

const reason = (await whyNoMachines()) ?? whyNoFilter()
const suffix = reason === null ? '' : ` (skipped: ${reason})`

describe.skipIf(reason !== null)(`packets between machines, and from outside${suffix}`, () => {
  let cloud: TestCloud
  let driver: Driver
  const guarded = '10.20.0.11'

  beforeAll(async () => {
    cloud = testCloud()
    driver = cloud.driver
    await driver.start([])
    await driver.createSpace('a')
    await driver.createNetwork('a', NETWORK)
    await Promise.all([1, 2, 3].map((n) => driver.createServer(machine('a', n))))
    const serving =
      'cd /tmp; for port in 80 8000; do sudo nohup sh -c "while :; do echo hello | nc -lN -p $port; done" >/dev/null 2>&1 & done'
    await Promise.all([1, 2, 3].map((n) => ssh(driver, `a-${n}`, serving)))
  }, 60_000)
  afterAll(async () => {
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  })

  /** What a machine is told at a port of another. */
  const told = (n: number, address: string, port: number) => ssh(driver, `a-${n}`, `nc -w1 ${address} ${port} </dev/null`)
  const pings = (n: number, address: string) => ssh(driver, `a-${n}`, `ping -c1 -W1 ${address} >/dev/null && echo yes || echo no`)

  test('everything may come in until there are rules', async () => {
    expect(await told(2, guarded, 80)).toBe('hello')
  })

  test('then what the rules let in and nothing else, SSH from outside included; what the machine begins is answered', async () => {
    const open = [way('tcp', 22), way('tcp', 80, 90, '10.20.0.12'), way('icmp', null, null, '10.20.0.13/32')]
    await driver.filterSpace('a', [{ address: guarded, open }])
    expect(await ssh(driver, 'a-1', 'echo in')).toBe('in')
    expect(await Promise.all([told(2, guarded, 80), told(3, guarded, 80), told(2, guarded, 8000)])).toEqual(['hello', '', ''])
    expect(await Promise.all([pings(2, guarded), pings(3, guarded)])).toEqual(['no', 'yes'])
    expect(await told(1, '10.20.0.12', 8000)).toBe('hello')
    expect(await ssh(driver, 'a-1', 'curl -s http://169.254.169.254/')).toBe('space a')
    expect(await told(3, '10.20.0.12', 8000)).toBe('hello')
  }, 30_000)

  test('rules change while machines run, of many changes at once the last counts, and they are there after a restart', async () => {
    const sets = [[way('tcp', 1)], [way('tcp', 2)], [way('tcp', 22), way('tcp', 8000)]]
    await Promise.all(sets.map((open) => driver.filterSpace('a', [{ address: guarded, open }])))
    expect(await Promise.all([told(2, guarded, 80), told(2, guarded, 8000)])).toEqual(['', 'hello'])
    await driver.filterSpace('a', [{ address: guarded, open: [] }])
    await driver.close('stop')
    const again = testCloud({ folder: cloud.folder })
    driver = again.driver
    await driver.start([])
    await Promise.all([driver.startServer('a-1'), driver.startServer('a-2')])
    expect(await ssh(driver, 'a-2', `nc -w1 -z ${guarded} 22 && echo in || echo not`)).toBe('not')
    await driver.filterSpace('a', [])
    expect(await ssh(driver, 'a-1', 'echo in')).toBe('in')
  }, 60_000)
})
