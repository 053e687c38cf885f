import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MetadataRequest, MetadataResponse } from '../driver.ts'
import { key, leftoversOf, machine, NETWORK, ssh, testCloud, until } from './driver.fixture.ts'
import { openLabMirror } from './lab-mirror.fixture.ts'
import { findStanding, nameOf } from './standing.ts'

/*
 * Two machines' life, told by the root of an ordinary user's namespace: `begin` makes them and is killed; `go-on` takes them over, and
 * prints what it found.
 */

const [parent = '', part] = process.argv.slice(2)
const folder = join(parent, 'machines')
const standing = findStanding(process.env.DEV_CLOUD_CGROUP)
const mirror = await openLabMirror(parent)
const answer = async (spaceId: string, request: MetadataRequest): Promise<MetadataResponse> =>
  request.path.startsWith('/packages/')
    ? mirror.packages.answer(spaceId, request)
    : { status: 200, headers: { 'content-type': 'text/plain' }, body: `space ${spaceId}\n` }
const cloud = testCloud({ folder, standing, packageSources: mirror.packages.sourcesList, answer })
const { driver } = cloud
const volume = { id: 'v', sizeGiB: 1, device: 'vdb' }
const keyFile = join(folder, 'key.json')

/** All that a learner could see of it, by the name of what is done. */
export type Story = {
  name: string
  lacks: string[]
  machine: string
  neighbour: string
  once: string
  installed: string
  filtered: string
  suspended: { state: string | undefined; stoodStill: boolean; refused: string; back: string; jobs: string }
  volume: string[]
  memory: string
  restarted: string
  rebooted: string
  exits: string[]
  left: string
  log: string[]
}

async function begin(): Promise<void> {
  writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 })
  const userData = `#cloud-config
runcmd:
  - echo once >> /var/tmp/runs
  - curl -s http://169.254.169.254/told --data-binary "$(hostname)" >> /var/tmp/runs
`
  await driver.start([])
  await driver.createSpace('a')
  await driver.createNetwork('a', NETWORK)
  await Promise.all([machine('a', 1, { userData }), machine('a', 2)].map((spec) => driver.createServer(spec)))
  await driver.createVolume(volume)
  await driver.attachVolume('a-1', volume)
  await ssh(driver, 'a-1', 'cloud-init status --wait; hostname | sudo dd of=/dev/vdb conv=notrunc status=none')
}

/** What a volume says on the machine that has it, on the next one, and after a program has tried to have more of this computer by it. */
async function moveVolume(): Promise<string[]> {
  const said = [await ssh(driver, 'a-1', 'stat -c "%F %U:%G %s" /dev/vdb; sudo head -c5 /dev/vdb')]
  await driver.detachVolume('a-1', volume.id)
  await driver.attachVolume('a-2', volume)
  said.push(await ssh(driver, 'a-2', 'sudo head -c5 /dev/vdb; sudo truncate -s 1T /dev/vdb'))
  said.push(await until(async () => ((await ssh(driver, 'a-2', 'stat -c %s /dev/vdb')) === String(2 ** 30) ? 'as long as it was' : null)))
  return said
}

async function suspendAndResume(id: string): Promise<Story['suspended']> {
  const ticking = 'while :; do date +%s%N > /tmp/tick; sleep 0.01; done'
  // One that somebody has stopped by hand stays stopped.
  await ssh(driver, id, `nohup sh -c '${ticking}' >/dev/null 2>&1 & sh -c 'kill -STOP $$' >/dev/null 2>&1 & sleep 0.1`)
  const file = join(folder, `machines/${id}/upper/tmp/tick`)
  await until(() => existsSync(file) || null)
  await driver.freezeServer(id)
  const first = readFileSync(file, 'utf8')
  const state = (await driver.inspect()).find((each) => each.id === id)?.state
  const refused = await driver.dial(id, 22).then(
    () => 'dialled',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  )
  const stoodStill = readFileSync(file, 'utf8') === first
  await driver.thawServer(id)
  await until(() => (readFileSync(file, 'utf8') === first ? null : true))
  const jobs = await ssh(driver, id, "ps -eo stat,args | grep -c '^T.*STOP'")
  return { state, stoodStill, refused, back: await ssh(driver, id, 'echo here'), jobs }
}

async function goOn(): Promise<Story> {
  Object.assign(key, JSON.parse(readFileSync(keyFile, 'utf8')))
  await driver.start([])
  chapter = 'taken over'
  const first = await ssh(driver, 'a-1', 'hostname; cat /proc/1/comm; curl -s http://169.254.169.254/; tr -s " " < /proc/self/uid_map')
  const neighbour = await ssh(driver, 'a-1', 'ping -c1 -W2 node2 >/dev/null && echo | timeout 2 nc node2 22 | head -c 7')
  chapter = 'packages'
  await driver.createServer(machine('a', 3, { userData: '#cloud-config\npackages: [lab-greeter]\n' }))
  const installed = await ssh(driver, 'a-3', 'cloud-init status --wait; lab-greeter')
  chapter = 'a volume'
  const volumes = await moveVolume()
  chapter = 'filtered'
  const open = [{ protocol: 'tcp', first: 22, last: 22, from: '10.20.0.11' }]
  await driver.filterSpace('a', [{ address: '10.20.0.12', open }])
  const comesIn = (n: number) => ssh(driver, `a-${n}`, 'nc -w1 -z 10.20.0.12 22 && echo in || echo not')
  const filtered = (await Promise.all([comesIn(1), comesIn(3)])).join(', ')
  await driver.filterSpace('a', [])
  chapter = 'suspended'
  const suspended = await suspendAndResume('a-2')
  const memory = standing.trees === null ? '' : await ssh(driver, 'a-2', 'sudo sh -c "head -c 700M /dev/zero | tail -c 700M | wc -c"')
  await ssh(driver, 'a-1', 'echo kept > kept')
  chapter = 'stopped'
  await driver.stopServer('a-1')
  await driver.startServer('a-1')
  const restarted = await ssh(driver, 'a-1', 'cat kept; cloud-init status --wait; cat /proc/1/comm')
  const once = await ssh(driver, 'a-1', 'cat /var/tmp/runs')
  const started = () => ssh(driver, 'a-1', 'cut -d" " -f22 /proc/1/stat').catch(() => '')
  const before = await started()
  chapter = 'rebooted'
  await ssh(driver, 'a-1', 'sudo reboot').catch(() => undefined)
  const rebooted = await until(async () => {
    const now = await started()
    return now !== before && /^\d+$/.test(now) ? 'another life' : null
  })
  chapter = 'powered off'
  await until(async () => {
    await ssh(driver, 'a-2', 'sudo poweroff').catch(() => undefined)
    return cloud.exits[0] ?? null
  })
  chapter = 'closed'
  await driver.close('stop')
  const left = await leftoversOf(folder)
  await mirror.close()
  const { exits, log } = cloud
  return {
    name: nameOf(standing),
    lacks: standing.lacks,
    machine: first,
    neighbour,
    once,
    installed,
    filtered,
    suspended,
    volume: volumes,
    memory,
    restarted,
    rebooted,
    exits,
    left,
    log,
  }
}

let chapter = ''
// Whoever waits for us would not learn for what we wait.
setTimeout(async () => {
  console.error(`stuck: ${chapter}; ${cloud.log.join('; ')}; ${JSON.stringify(await driver.inspect())}`)
  process.exit(1)
}, 45_000).unref()

if (part === 'begin') {
  await begin()
  process.kill(process.pid, 'SIGKILL')
}
if (part === 'go-on') console.log(JSON.stringify(await goOn()))
