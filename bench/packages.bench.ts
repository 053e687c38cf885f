import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptSources, distribution } from '../lib/dev-cloud/images/host-apt.mjs'
import { machine, NETWORK, ssh, testCloud } from '../lib/dev-cloud/ns/driver.fixture.ts'
import { openPackageMirror } from '../lib/dev-cloud/packages/mirror.ts'
import { readSources } from '../lib/dev-cloud/packages/sources.ts'
import { atMost, type Figure, report } from './report.ts'

/*
 * Packages through the mirrors of this computer's own apt, which has to reach one: `DEV_CLOUD_PACKAGE_MIRROR=host`. Times are of this
 * run and its network, no bars; the baseline is the same machine without packages.
 */

const PACKAGE = 'cowsay'
const MANY = 10
const folder = mkdtempSync(join(tmpdir(), 'astrolabe-packages-'))
const { codename } = distribution()
const sources = readSources('host', { codename, hostEntries: () => aptSources(codename) })
const packages = openPackageMirror(sources, { folder: join(folder, 'kept') })
const cloud = testCloud({ packageSources: packages.sourcesList, answer: (spaceId, request) => packages.answer(spaceId, request) })
const { driver } = cloud
const figures: Record<string, Figure> = {}
let failures = 0

/** From its creation to the end of its user data. @returns ms */
async function make(space: string, userData: string): Promise<number> {
  const began = performance.now()
  await driver.createSpace(space)
  await driver.createNetwork(space, NETWORK)
  await driver.createServer(machine(space, 1, { userData }))
  const said = await ssh(
    driver,
    `${space}-1`,
    `cloud-init status --wait; ${userData === '' ? 'true' : `/usr/games/${PACKAGE} moo | head -2`}`,
  )
  if (!said.startsWith('status: done') || (userData !== '' && !said.includes('< moo >'))) failures += 1
  return Math.round(performance.now() - began)
}

const wanted = `#cloud-config\npackages: [${PACKAGE}]\n`
try {
  await driver.start([])
  figures['packages: a machine without any, to the end of its user data'] = { value: await make('none', ''), unit: 'ms' }
  figures['packages: the first machine that wants one'] = { value: await make('first', wanted), unit: 'ms' }
  figures['packages: the second'] = { value: await make('second', wanted), unit: 'ms' }
  const many = await Promise.all(Array.from({ length: MANY }, (_, n) => make(`many${n}`, wanted)))
  figures[`packages: the last of ${MANY} machines at once`] = { value: Math.max(...many), unit: 'ms' }
  const began = performance.now()
  const said = await ssh(
    driver,
    'none-1',
    `sudo apt-get update >/dev/null && sudo apt-get install -y ${PACKAGE} >/dev/null && /usr/games/${PACKAGE} moo | head -2`,
  )
  if (!said.includes('< moo >')) failures += 1
  figures['packages: typed, update and install'] = { value: Math.round(performance.now() - began), unit: 'ms' }
  figures['packages: machines that have it not'] = atMost(failures, 'machines', 0)
} finally {
  await driver.close('stop')
  await packages.close()
  cloud.remove()
  rmSync(folder, { recursive: true, force: true })
}
report('packages', figures)
