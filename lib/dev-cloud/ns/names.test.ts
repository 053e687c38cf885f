import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver } from '../driver.ts'
import { machine, NETWORK, ssh, type TestCloud, testCloud, until, whyNoMachines } from './driver.fixture.ts'

const reason = await whyNoMachines()
const suffix = reason === null ? '' : ` (skipped: ${reason})`

describe.skipIf(reason !== null)(`a machine whose neighbours change${suffix}`, () => {
  let cloud: TestCloud
  let driver: Driver
  const entry = (n: number, address = `10.20.0.1${n}`) => ({ address, names: [`node${n}`] })

  beforeAll(async () => {
    cloud = testCloud()
    driver = cloud.driver
    await driver.start([])
    await driver.createSpace('a')
    await driver.createNetwork('a', NETWORK)
    await Promise.all([1, 2].map((n) => driver.createServer(machine('a', n))))
  })
  afterAll(async () => {
    await driver.close('stop')
    cloud.remove()
    expect(cloud.log).toEqual([])
  })

  const names = (id: string) =>
    ssh(driver, id, 'grep -c . /etc/hosts; getent ahostsv4 node2 node3 | cut -d" " -f1 | sort -u; stat -c "%a %U" /etc/hosts')

  test('knows a new one by name at once, and what somebody has written beside stays', async () => {
    await ssh(driver, 'a-1', "echo '192.0.2.7 mine' | sudo tee -a /etc/hosts")
    await driver.tellHosts('a-1', [entry(1), entry(2), entry(3)])
    expect(await names('a-1')).toBe('6\n10.20.0.12\n10.20.0.13\n644 root')
    expect(await ssh(driver, 'a-1', 'getent hosts mine')).toContain('192.0.2.7')
  })

  test('forgets one that is gone, and follows one that has moved, also where it was off meanwhile', async () => {
    await driver.tellHosts('a-1', [entry(1), entry(2, '10.20.0.99')])
    expect(await names('a-1')).toBe('5\n10.20.0.99\n644 root')
    await driver.stopServer('a-2')
    await driver.tellHosts('a-2', [entry(2), entry(3)])
    await driver.tellHosts('a-2', [entry(2), entry(3, '10.20.0.98')])
    await driver.startServer('a-2')
    await until(async () => ((await names('a-2')) === '4\n10.20.0.12\n10.20.0.98\n644 root' ? true : null))
  })

  test('keeps a file that is none of ours as it is, wherever it leads', async () => {
    await ssh(driver, 'a-1', 'sudo sh -c "cp /etc/hosts /root/hosts; ln -sf /root/hosts /etc/hosts"')
    await driver.tellHosts('a-1', [entry(1), entry(2), entry(3)])
    expect(await ssh(driver, 'a-1', 'readlink /etc/hosts; sudo grep -c node3 /root/hosts')).toBe('/root/hosts\n0')
  })
})
