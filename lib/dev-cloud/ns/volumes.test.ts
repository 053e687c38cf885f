import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver } from '../driver.ts'
import { leftoversOf, machine, NETWORK, ssh, type TestCloud, testCloud, until, whyNoMachines } from './driver.fixture.ts'

const reason = await whyNoMachines()
const suffix = reason === null ? '' : ` (skipped: ${reason})`
const GIB = 2 ** 30

describe.skipIf(reason !== null)(`a volume and three machines in two spaces${suffix}`, () => {
  let cloud: TestCloud
  let driver: Driver
  const volume = { id: 'v1', sizeGiB: 1, device: 'vdb' }

  beforeAll(async () => {
    cloud = testCloud()
    driver = cloud.driver
    await driver.start([])
    await Promise.all(['a', 'b'].map((space) => driver.createSpace(space)))
    await Promise.all(['a', 'b'].map((space) => driver.createNetwork(space, NETWORK)))
    await driver.createVolume(volume)
    await driver.createVolume({ id: 'v2', sizeGiB: 2 })
    await Promise.all([
      driver.createServer(machine('a', 1)),
      driver.createServer(machine('a', 2, { volumes: [{ id: 'v2', sizeGiB: 2, device: 'vdc' }] })),
      driver.createServer(machine('b', 1)),
    ])
  })
  afterAll(async () => {
    await driver.close('stop')
    cloud.remove()
  })

  const shown = 'stat -c "%F %s %U:%G %a" /dev/vdb'

  test('a machine that runs has it as a file of its size at the name of its device, and can make a file system on it', async () => {
    await driver.attachVolume('a-1', volume)
    await driver.attachVolume('a-1', volume)
    expect(await ssh(driver, 'a-1', shown)).toBe(`regular file ${GIB} root:disk 660`)
    expect(
      await ssh(
        driver,
        'a-1',
        'sudo mkfs.ext4 -q -F /dev/vdb && sudo debugfs -w -R "write /etc/hostname name" /dev/vdb 2>&1 | tail -1; sudo e2fsck -fn /dev/vdb >/dev/null; echo $?',
      ),
    ).toMatch(/\n0$/)
    expect(await ssh(driver, 'a-1', 'grep -c " /dev/vdb " /proc/self/mountinfo')).toBe('1')
  })

  test('one that starts with it has it from its first moment', async () => {
    expect(await ssh(driver, 'a-2', 'stat -c "%F %s" /dev/vdc')).toBe(`regular file ${2 * GIB}`)
  })

  test('what was written is there after sleep, after a boot, and on a machine of another space', async () => {
    const read = 'sudo debugfs -R "cat name" /dev/vdb 2>/dev/null'
    await driver.freezeServer('a-1')
    await driver.thawServer('a-1')
    expect(await ssh(driver, 'a-1', read)).toBe('node1')
    await driver.stopServer('a-1')
    await driver.startServer('a-1')
    expect(await ssh(driver, 'a-1', read)).toBe('node1')
    await driver.detachVolume('a-1', 'v1')
    await driver.detachVolume('a-1', 'v1')
    expect(await ssh(driver, 'a-1', 'ls /dev/vdb 2>&1; grep -c /dev/vdb /proc/self/mountinfo')).toBe(
      "ls: cannot access '/dev/vdb': No such file or directory\n0",
    )
    await driver.freezeServer('b-1')
    await driver.attachVolume('b-1', volume)
    await driver.thawServer('b-1')
    expect(await ssh(driver, 'b-1', read)).toBe('node1')
  })

  test('a program that cuts it or makes it longer gets its length back, and it is never more than its size', async () => {
    await ssh(driver, 'b-1', 'sudo truncate -s 5T /dev/vdb')
    await until(async () => ((await ssh(driver, 'b-1', 'stat -c %s /dev/vdb')) === String(GIB) ? true : null))
    await ssh(driver, 'b-1', 'sudo sh -c ": > /dev/vdb"')
    await until(async () => ((await ssh(driver, 'b-1', 'stat -c %s /dev/vdb')) === String(GIB) ? true : null))
    expect(await ssh(driver, 'b-1', 'sudo fallocate -l 3G /dev/vdb 2>&1')).toContain('No space left on device')
  })

  test('it grows while no machine has it, and keeps what is in it', async () => {
    await ssh(driver, 'b-1', 'echo kept | sudo dd of=/dev/vdb conv=notrunc status=none')
    await driver.detachVolume('b-1', 'v1')
    await driver.createVolume({ id: 'v1', sizeGiB: 2 })
    await driver.attachVolume('b-1', { ...volume, sizeGiB: 2 })
    expect(await ssh(driver, 'b-1', 'sudo head -c4 /dev/vdb; sudo fallocate -l 2G /dev/vdb && stat -c %s /dev/vdb')).toBe(`kept${2 * GIB}`)
  })

  test('a volume that is still held open by a program does not grow, and says so', async () => {
    await ssh(driver, 'b-1', 'sudo sh -c "exec 3<>/dev/vdb; sleep 1000 >/dev/null 2>&1 &"')
    await driver.detachVolume('b-1', 'v1')
    await expect(driver.createVolume({ id: 'v1', sizeGiB: 3 })).rejects.toMatchObject({ code: 'volume.busy' })
    await driver.attachVolume('b-1', { ...volume, sizeGiB: 2 })
    expect(await ssh(driver, 'b-1', 'sudo head -c4 /dev/vdb')).toBe('kept')
  })

  test('a new process of the cloud finds machines with their volumes, and a deleted volume is gone', async () => {
    await driver.close('keep')
    const next = testCloud({ folder: cloud.folder })
    driver = next.driver
    await driver.start([])
    expect(await ssh(driver, 'b-1', 'sudo head -c4 /dev/vdb')).toBe('kept')
    await driver.deleteServer('b-1')
    await driver.deleteVolume('v1')
    await until(() => (readdirSync(join(next.folder, 'volumes')).join() === 'v2' ? true : null))
    await expect(driver.attachVolume('a-1', volume)).rejects.toMatchObject({ code: 'volume.missing' })
    expect([...cloud.log, ...next.log]).toEqual([])
  })

  test('nothing of it is left when everything is switched off', async () => {
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    expect(existsSync(join(cloud.folder, 'volumes/v2'))).toBe(true)
  })
})
