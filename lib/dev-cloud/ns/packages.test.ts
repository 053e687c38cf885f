import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver } from '../driver.ts'
import { type OwnMirror, openOwnMirror } from '../packages/own-mirror.fixture.ts'
import { leftoversOf, machine, NETWORK, ssh, type TestCloud, testCloud, whyNoMachines } from './driver.fixture.ts'
import { type LabMirror, openLabMirror, whyNoLabMirror } from './lab-mirror.fixture.ts'

const reason = (await whyNoMachines()) ?? whyNoLabMirror()
const suffix = reason === null ? '' : ` (skipped: ${reason})`
const patienceMs = 90_000

describe.skipIf(reason !== null)(`machines may read one mirror${suffix}`, () => {
  let mirror: LabMirror
  let own: OwnMirror
  let other: OwnMirror
  let cloud: TestCloud
  let driver: Driver

  beforeAll(async () => {
    mirror = await openLabMirror()
    own = mirror.own
    other = await openOwnMirror({ '/x': 'secret' })
    const { packages } = mirror
    cloud = testCloud({ packageSources: packages.sourcesList, answer: (spaceId, request) => packages.answer(spaceId, request) })
    driver = cloud.driver
    await driver.start([])
    await driver.createSpace('a')
    await driver.createNetwork('a', NETWORK)
    const userData = '#cloud-config\npackage_update: true\npackages: [lab-greeter]\nruncmd: [lab-greeter]\n'
    await driver.createServer(machine('a', 1, { userData }))
    const absent = '#cloud-config\npackages: [there-is-none]\nruncmd: [echo still here]\n'
    await driver.createServer(machine('a', 2, { userData: absent }))
  }, patienceMs)
  afterAll(async () => {
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    await Promise.all([mirror.close(), other.close()])
    cloud.remove()
    expect(cloud.log).toEqual([])
  })

  test(
    'what cloud-config asks for is there before its commands run, and what cannot be had is told and stops nothing',
    async () => {
      expect(await ssh(driver, 'a-1', 'cloud-init status --wait')).toBe('status: done')
      expect(await driver.consoleLog('a-1', 20_000)).toMatch(/Setting up lab-greeter[\s\S]*I am lab-greeter\n/)
      expect(await ssh(driver, 'a-2', 'cloud-init status --wait')).toBe('status: error')
      const said = await driver.consoleLog('a-2', 20_000)
      expect(said).toMatch(
        /Unable to locate package there-is-none[\s\S]*these packages could not be installed: there-is-none[\s\S]*still here\n/,
      )
    },
    patienceMs,
  )

  test(
    'a learner installs what the mirror has',
    async () => {
      expect(
        await ssh(driver, 'a-2', 'sudo apt-get update >/dev/null && sudo apt-get -qy install lab-greeter >/dev/null && lab-greeter'),
      ).toContain('I am lab-greeter')
      expect(own.asked.filter((line) => line.endsWith('.deb'))).toHaveLength(1)
    },
    patienceMs,
  )

  test('root finds no way through it to anything else', async () => {
    const place = `http://169.254.169.254/packages/${own.host}`
    const asRoot = (script: string) => ssh(driver, 'a-1', `echo ${Buffer.from(script).toString('base64')} | base64 -d | sudo bash`)
    const before = own.asked.length
    const raw = (line: string) =>
      `printf '${line} HTTP/1.1\\r\\nHost: 169.254.169.254\\r\\nConnection: close\\r\\n\\r\\n' | nc -q2 169.254.169.254 80`
    const said = await asRoot(
      [
        `curl -s --path-as-is ${place}/own/../secret`,
        `curl -s --path-as-is ${place}/own/%2e%2e/secret`,
        `curl -s ${place}/secret`,
        `curl -s http://169.254.169.254/packages/${other.host}/x`,
        `curl -s -m2 http://${other.host}/x`,
        `curl -s -m2 -x http://169.254.169.254:80 http://${other.host}/x`,
        `curl -s -m2 -p -x http://169.254.169.254:80 http://${other.host}/x`,
        raw(`CONNECT ${other.host}`),
        raw(`GET http://${other.host}/x`),
        raw(`GET http://${own.host}/secret`),
        raw(`GET //${other.host}/x`),
        `curl -s -X POST -d x ${place}/own/dists/lab/Release -o /dev/null`,
        'curl -s -m2 http://10.20.0.1/x',
        `curl -s -m2 http://10.20.0.1:${own.host.split(':')[1]}/secret`,
        'wait',
      ].join(' &\n'),
    )
    expect(said).not.toMatch(/^secret$|secret\n/m)
    expect([own.asked.length, other.asked]).toEqual([before, []])
    expect(await asRoot(`curl -s ${place}/own/dists/lab/Release | head -1`)).toBe('Suite: lab')
    const flood = `for n in $(seq 100); do curl -s -m5 -H "Range: bytes=$(printf '0-0,%.0s' $(seq 400))1-1" ${place}/own/pool/main/lab-greeter_1.0_all.deb -o /dev/null & done; wait; echo over`
    expect(await asRoot(flood)).toBe('over')
    expect(await asRoot(`curl -s ${place}/own/dists/lab/Release | head -1`)).toBe('Suite: lab')
  }, 60_000)
})
