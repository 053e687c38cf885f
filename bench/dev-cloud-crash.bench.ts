import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isHeatError, type StackRef } from '../lib/openstack-heat-client/index.ts'
import { devCloud } from '../scripts/dev-cloud.mjs'
import { leftovers } from '../scripts/leftovers.mjs'
import { type CrashTerminals, openCrashTerminals } from './crash-terminals.ts'
import { cloudFolder, type DevCloudProcess, runOn, startCloud, template, untilGone, untilStack } from './dev-cloud-stage.ts'
import { atMost, type Figure, report } from './report.ts'
import { controlOf } from './stage.ts'

/*
 * Bar 7 of "The embedded cloud": it is killed with five stacks up, before and after every step of create and delete. The points are
 * recorded from an unbroken run. Each time the next process must have the five as they were - the same machines, their programs running,
 * whoever reconnects finds them - one machine that died meanwhile must be said to be off, and what was cut short must end whole or be
 * deletable. The terminals of two learners, whose connections it carries, must be back by themselves each time, in the same shells. Last,
 * it is killed with all of it up, and `dev-cloud prune` must leave this computer as it was. `--only=WORDS` for some points.
 */

const BYSTANDERS = 5
const LEARNERS = 2
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7) ?? ''
const before = computer()
const place = cloudFolder()
const crashFolder = join(place.folder, 'crash')
mkdirSync(crashFolder)
const logged = () => readFileSync(join(crashFolder, 'log'), 'utf8').split('\n').filter(Boolean)
const clearLog = () => writeFileSync(join(crashFolder, 'log'), '')
const dieAt = (point: string | null) => {
  if (point === null) rmSync(join(crashFolder, 'at'), { force: true })
  else writeFileSync(join(crashFolder, 'at'), point)
}

/** What a person sees of this computer that a cloud may have changed: mounts, control groups, disks that are files, a setting. */
function computer(): Record<string, string> {
  const read = (path: string) => readFileSync(path, 'utf8')
  const loops = readdirSync('/sys/block').filter((name) => name.startsWith('loop'))
  const backing = loops.flatMap((name) => {
    try {
      return [read(`/sys/block/${name}/loop/backing_file`)]
    } catch {
      return []
    }
  })
  return {
    mounts: read('/proc/self/mounts'),
    loops: String(backing.length),
    setting: read('/proc/sys/fs/inotify/max_user_instances'),
  }
}

type Bystander = { ref: StackRef; address: string; boot: string }

/** Which life of the machine this is, and how often its program has counted. */
const LOOK = 'cut -d" " -f22 /proc/1/stat; cat /tmp/count'
const COUNT = `nohup sh -c 'n=0; while :; do n=$((n+1)); echo $n > /tmp/count.new; mv /tmp/count.new /tmp/count; sleep 0.05; done' >/dev/null 2>&1 &`

let cloud: DevCloudProcess
let terminals: CrashTerminals | null = null
const bystanders: Bystander[] = []
const failures: string[] = []
let kills = 0
let neverPassed = 0
let longest = 0
let longestTerminal = 0

async function makeBystanders(): Promise<void> {
  for (let n = 0; n < BYSTANDERS; n++) {
    const ref = await cloud.heat.createStack({ name: `bystander-${n}`, template: template(1) })
    const [address = ''] = await untilStack(cloud.heat, ref, 'CREATE_COMPLETE')
    await runOn(cloud.socksUrl, address, COUNT)
    await delay(100)
    const [boot = ''] = (await runOn(cloud.socksUrl, address, LOOK)).split('\n')
    bystanders.push({ ref, address, boot })
  }
}

async function checkBystanders(what: string): Promise<void> {
  const looks = await Promise.all(bystanders.map(({ address }) => runOn(cloud.socksUrl, address, LOOK)))
  await delay(120)
  const again = await Promise.all(bystanders.map(({ address }) => runOn(cloud.socksUrl, address, LOOK)))
  for (const [index, { ref, boot }] of bystanders.entries()) {
    const [first = [], second = []] = [looks[index]?.split('\n'), again[index]?.split('\n')]
    if (second[0] !== boot) failures.push(`${what}: ${ref.name} was booted again`)
    else if (!(Number(second[1]) > Number(first[1]))) failures.push(`${what}: the program of ${ref.name} stands still`)
  }
}

async function dies(what: string): Promise<void> {
  await cloud.ended
  kills += 1
  dieAt(null)
  await delay(50)
  const than = (await terminals?.newest()) ?? []
  const began = performance.now()
  cloud = await startCloud(place.folder, crashFolder)
  longest = Math.max(longest, performance.now() - began)
  const seen = await terminals?.back(than)
  if (!seen) return
  longestTerminal = Math.max(longestTerminal, seen.longestMs)
  for (const failure of seen.failures) failures.push(`${what}: ${failure}`)
}

/** Volumes that the cloud knows, and their files: of the stacks that were tried none may stay. */
function checkVolumes(): void {
  const { volumes }: { volumes: object } = JSON.parse(readFileSync(join(place.folder, 'dev-cloud/project.json'), 'utf8'))
  const files = readdirSync(join(place.folder, 'dev-cloud/machines/volumes'))
  const stray = [...Object.keys(volumes), ...files]
  if (stray.length > 0) failures.push(`volumes that no stack has: ${stray.join(', ')}`)
}

async function tryPoint(action: 'create' | 'delete', point: string, name: string): Promise<void> {
  const what = `${action}: ${point}`
  let ref: StackRef | null = null
  const order = async () => {
    ref = await cloud.heat.createStack({ name, template: template(2, { volume: true }) })
  }
  if (action === 'delete') {
    await order()
    if (ref !== null) await untilStack(cloud.heat, ref, 'CREATE_COMPLETE')
  }
  dieAt(point)
  const asked = (action === 'create' ? order() : ref === null ? Promise.resolve() : cloud.heat.deleteStack(ref)).catch(() => undefined)
  const died = await Promise.race([cloud.ended.then(() => true), delay(8_000).then(() => false)])
  await asked
  if (!died) {
    dieAt(null)
    neverPassed += 1
    process.stdout.write(`       ${what}: not passed again\n`)
  } else await dies(what)
  const found = (await cloud.heat.listStacks()).find((stack) => stack.name === name)
  if (found === undefined && action === 'create' && ref !== null)
    failures.push(`${what}: Heat had taken the stack and does not know it any more`)
  if (found !== undefined) {
    if (action === 'create') {
      const addresses = await untilStack(cloud.heat, found, 'CREATE_COMPLETE').catch((error: unknown) => {
        failures.push(`${what}: ${String(error)}`)
        return []
      })
      await Promise.all(addresses.map((address) => runOn(cloud.socksUrl, address, 'true')))
    }
    const stack = await cloud.heat.showStack(found)
    if (stack.action !== 'DELETE') await cloud.heat.deleteStack(found)
    await untilGone(cloud.heat, found).catch((error: unknown) => failures.push(`${what}: ${String(error)}`))
  }
  await checkBystanders(what)
  const mine = failures.filter((each) => each.startsWith(what))
  process.stdout.write(mine.length > 0 ? `FAILED ${mine.join('\n       ')}\n` : `ok     ${what}\n`)
}

/** The points of an unbroken life of a stack. */
async function record(action: 'create' | 'delete', ref: StackRef | null): Promise<{ points: string[]; ref: StackRef }> {
  clearLog()
  const made = ref ?? (await cloud.heat.createStack({ name: 'unbroken', template: template(2, { volume: true }) }))
  if (action === 'create') await untilStack(cloud.heat, made, 'CREATE_COMPLETE')
  else {
    await cloud.heat.deleteStack(made)
    await untilGone(cloud.heat, made)
  }
  await delay(300)
  return { points: [...new Set(logged())], ref: made }
}

/** A machine that ends while nobody looks: Nova says that it is off. */
async function checkDeath(): Promise<void> {
  const [victim] = bystanders
  if (!victim) return
  await runOn(cloud.socksUrl, victim.address, 'nohup sh -c "sleep 1; sudo poweroff -f" >/dev/null 2>&1 &')
  cloud.child.kill('SIGKILL')
  await delay(2_000)
  await dies('after a machine died')
  const { servers } = await controlOf(place.folder)<{ servers: { status: string }[] }>('/servers')
  const off = servers.filter(({ status }) => status === 'SHUTOFF')
  if (off.length !== 1) failures.push(`a machine died, and machines are said to be ${servers.map(({ status }) => status).join(', ')}`)
  bystanders.shift()
  await checkBystanders('after a machine died')
}

const figures: Record<string, Figure> = {}
let changed = 'not looked at'
let left: string[] = []
try {
  clearLog()
  cloud = await startCloud(place.folder, crashFolder)
  await makeBystanders()
  terminals = await openCrashTerminals(place.folder, cloud.cloudsYaml, LEARNERS)
  const made = await record('create', null)
  const gone = await record('delete', made.ref)
  const points = [...made.points.map((point) => ['create', point] as const), ...gone.points.map((point) => ['delete', point] as const)]
  for (const [index, [action, point]] of points.entries())
    if (`${action}: ${point}`.includes(only)) await tryPoint(action, point, `broken-${index}`)
  checkVolumes()
  await checkDeath()
  const told = await terminals.end()
  failures.push(...told.failures)
  figures['cloud.7 terminals, back by themselves in the same shell after each kill'] = { value: terminals.count, unit: 'of them' }
  figures['cloud.7 from when the next process serves until a terminal shows another line, longest'] = {
    value: Math.round(longestTerminal),
    unit: 'ms',
  }
  figures['cloud.7 lines and keys in them'] = { value: told.lines + told.keys, unit: 'of them' }
  figures['cloud.7 lines printed while they were cut off, and not shown'] = { value: told.linesUnseen, unit: 'lines' }
  await terminals.close()
  terminals = null
  const half = await cloud.heat.createStack({ name: 'half', template: template(2, { volume: true }) })
  dieAt('machine is booted, after')
  await Promise.race([cloud.ended, untilStack(cloud.heat, half, 'CREATE_COMPLETE').catch(() => undefined)])
  if (cloud.child.exitCode === null && cloud.child.signalCode === null) cloud.child.kill('SIGKILL')
  await cloud.ended
  const said: string[] = []
  const status = await devCloud(['prune', '--yes'], { data: place.folder, print: (line: string) => said.push(line) })
  if (status !== 0) failures.push(said.slice(-10).join('\n'))
  left = leftovers(place.folder)
  await delay(500)
  const after = computer()
  changed = Object.keys(before)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}: ${after[key]}`)
    .join('\n')
  figures['cloud.7 points recorded'] = { value: points.length, unit: 'points' }
  figures['cloud.7 kills'] = { value: kills, unit: 'kills' }
  figures['cloud.7 points not passed again'] = { value: neverPassed, unit: 'points' }
  figures['cloud.7 from the start of the next process until it serves, longest'] = { value: Math.round(longest), unit: 'ms' }
  figures['cloud.7 stacks not as they should be'] = atMost(failures.length, 'failures', 0)
  figures['cloud.7 left over after prune'] = atMost(left.length, 'things', 0)
  figures['cloud.7 changed on this computer'] = atMost(changed === '' ? 0 : 1, 'things', 0)
} catch (error) {
  process.stdout.write(isHeatError(error) ? `${error.code} ${error.message}\n` : '')
  throw error
} finally {
  await terminals?.close()
  await devCloud(['prune', '--yes'], { data: place.folder, print: () => undefined })
  place.remove()
}
for (const failure of [...failures, ...left, ...(changed === '' ? [] : [changed])]) process.stdout.write(`${failure}\n`)
report('dev-cloud-crash', figures)
