import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { devCloud } from '../../../scripts/dev-cloud.mjs'
import { loopDevices } from '../../../scripts/leftovers.mjs'
import { imageFolder, leftoversOf, machine, NETWORK, ssh, testCloud, whyNoMachines } from './driver.fixture.ts'

const reason = await whyNoMachines()
const suffix = reason === null ? '' : ` (skipped: ${reason})`

/** Runs a driver of that folder in a process of its own until it dies at a point, or is killed at the end of `work`. */
function dies(folder: string, at: string | null, work: string): Promise<void> {
  const notes = join(folder, '..', 'notes')
  mkdirSync(notes, { recursive: true })
  writeFileSync(join(notes, 'at'), at ?? 'never')
  const module = (path: string) => JSON.stringify(join(import.meta.dirname, path))
  const program = `
    const { createDriver } = await import(${module('../create-driver.ts')})
    const { noteCrashPoints } = await import(${module('../crash-points.ts')})
    noteCrashPoints(${JSON.stringify(notes)})
    const events = { onServerExit() {}, async onMetadataRequest() { return { status: 200, headers: {}, body: '' } } }
    const driver = createDriver({ kind: 'ns', ...${JSON.stringify({ folder, imageFolder: imageFolder() })}, log() {}, now: () => new Date(), events })
    await driver.start([])
    ${work}
    process.kill(process.pid, 'SIGKILL')`
  return new Promise((done) => execFile(process.execPath, ['--input-type=module', '-e', program], () => done()))
}

const make = (n: number) => `await driver.createSpace('a')
await driver.createNetwork('a', ${JSON.stringify(NETWORK)})
await driver.createServer(${JSON.stringify(machine('a', n))})`

describe.skipIf(reason !== null)(`a cloud that is killed${suffix}`, () => {
  test('in the middle of making a machine leaves its neighbour as it was, and nothing of what was half made', async () => {
    const cloud = testCloud()
    await dies(cloud.folder, null, make(1))
    for (const point of ['disk is made, after', 'disk is written, before', 'machine is booted, after'])
      await dies(cloud.folder, point, make(2))
    const { driver } = cloud
    await driver.start([])
    expect((await driver.inspect()).map(({ id, state }) => `${id} ${state}`)).toEqual(['a-1 on'])
    expect(await ssh(driver, 'a-1', 'hostname')).toBe('node1')
    expect(loopDevices(cloud.folder)).toHaveLength(1)
    await driver.createServer(machine('a', 2))
    expect(await ssh(driver, 'a-2', 'hostname')).toBe('node2')
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  }, 60_000)

  test('in the middle of giving a volume, taking it back or removing it loses nothing of it, and leaves nothing of it', async () => {
    const cloud = testCloud()
    const volume = { id: 'v', sizeGiB: 1, device: 'vdb' }
    const [give, take] = [`await driver.attachVolume('a-1', ${JSON.stringify(volume)})`, "await driver.detachVolume('a-1', 'v')"]
    await dies(cloud.folder, null, `${make(1)}\nawait driver.createVolume(${JSON.stringify(volume)})\n${give}`)
    await dies(cloud.folder, 'volume is out of the machine, after', take)
    await dies(cloud.folder, 'volume is taken out, after', take)
    await dies(cloud.folder, 'volume is plugged in, after', give)
    await dies(cloud.folder, 'volume is in the machine, after', give)
    const { driver } = cloud
    await driver.start([])
    await driver.attachVolume('a-1', volume)
    expect(
      await ssh(driver, 'a-1', 'echo here | sudo dd of=/dev/vdb conv=notrunc status=none; grep -c " /dev/vdb " /proc/self/mountinfo'),
    ).toBe('1')
    await driver.detachVolume('a-1', 'v')
    await driver.attachVolume('a-1', volume)
    expect(await ssh(driver, 'a-1', 'sudo head -c4 /dev/vdb')).toBe('here')
    await driver.deleteServer('a-1')
    await driver.close('stop')
    await dies(cloud.folder, 'volume is removed, before', "await driver.deleteVolume('v')")
    await dies(cloud.folder, null, 'await driver.close("stop")')
    expect(readdirSync(join(cloud.folder, 'volumes'))).toEqual([])
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  }, 60_000)

  test('in the middle of removing one goes on with it; a space that nobody knows any more goes too', async () => {
    const cloud = testCloud()
    await dies(cloud.folder, null, make(1))
    await dies(cloud.folder, 'disk is set aside, before', "await driver.deleteServer('a-1')")
    const { driver } = cloud
    await driver.start([])
    // It had ended, but its record says that it runs: whoever asked will ask again.
    expect((await driver.inspect()).map(({ id, state }) => `${id} ${state}`)).toEqual(['a-1 off'])
    expect(cloud.exits).toEqual(['a-1'])
    await driver.deleteServer('a-1')
    await driver.close('keep')
    const next = testCloud({ folder: cloud.folder })
    await next.driver.start([], [])
    expect(await leftoversOf(cloud.folder)).not.toContain('process')
    await next.driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  }, 60_000)

  test('with machines running can be removed to the last trace, which says first what will go', async () => {
    const cloud = testCloud()
    const data = join(cloud.folder, '..', 'data')
    const setting = '/proc/sys/fs/inotify/max_user_instances'
    const folder = join(data, 'dev-cloud', 'machines')
    mkdirSync(folder, { recursive: true })
    await dies(folder, 'machine is on, after', make(1))
    const said: string[] = []
    const print = (line: string) => said.push(line)
    expect(await devCloud(['status'], { data, print })).toBe(0)
    expect(said.join('\n')).toMatch(/not running[\s\S]*node1 {2}a-1 {2}- {2}\S+ {2}memory \d+ of 512 MB {2}disk \d+ of 5120 MB/)
    expect(await devCloud(['console', 'node1'], { data, print })).toBe(0)
    said.length = 0
    expect(await devCloud(['prune'], { data, print })).toBe(0)
    expect(said.join('\n')).toMatch(/process \d+[\s\S]*control group[\s\S]*mount [\s\S]*loop device [\s\S]*Nothing was done/)
    expect(existsSync(folder)).toBe(true)
    expect(await devCloud(['prune', '--yes'], { data, print })).toBe(0)
    expect(said.at(-1)).toBe('All of it is gone.')
    expect(existsSync(join(data, 'dev-cloud'))).toBe(false)
    expect(await leftoversOf(folder)).toBe('')
    expect(loopDevices(folder)).toEqual([])
    expect(Number(readFileSync(setting, 'utf8'))).toBeGreaterThan(0)
    cloud.remove()
  }, 60_000)
})
