import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createDriver } from '../lib/dev-cloud/create-driver.ts'
import type { ServerSpec } from '../lib/dev-cloud/driver.ts'
import { imageFolder } from '../scripts/machines.mjs'
import { cloudFolder, key, openShell, runOn, startCloud, template, untilGone, untilStack } from './dev-cloud-stage.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { controlOf } from './stage.ts'

/*
 * Bar 5 of "The embedded cloud": how long until machines of a stack can be signed in to, from the POST to Heat on; how long a stack takes
 * to go; what an idle machine weighs. The baseline, in turn with it: the same machines from the driver alone, without Heat, its
 * addresses and its door. `--runs=N` for fewer than 20.
 */

const runs = Number(process.argv.find((word) => word.startsWith('--runs='))?.slice(7) ?? 20)
const place = cloudFolder()
const cloud = await startCloud(place.folder)
const { heat, socksUrl } = cloud
const bare = cloudFolder()
mkdirSync(join(bare.folder, 'driver'))
const driver = createDriver({
  kind: 'ns',
  folder: join(bare.folder, 'driver'),
  imageFolder: imageFolder(),
  log: () => undefined,
  now: () => new Date(),
  events: { onServerExit: () => undefined, onMetadataRequest: async () => ({ status: 404, headers: {}, body: '' }) },
})

type Times = { ready: number; gone: number }

async function stackOf(servers: number, name: string): Promise<Times> {
  const began = performance.now()
  const ref = await heat.createStack({ name, template: template(servers) })
  const addresses = await untilStack(heat, ref, 'CREATE_COMPLETE')
  await Promise.all(addresses.map((address) => runOn(socksUrl, address, 'true')))
  const ready = performance.now() - began
  const left = performance.now()
  await heat.deleteStack(ref)
  await untilGone(heat, ref)
  return { ready, gone: performance.now() - left }
}

function spec(space: string, n: number): ServerSpec {
  return {
    id: `${space}-${n}`,
    spaceId: space,
    name: `node${n}`,
    image: 'debian-12',
    flavor: { vcpus: 1, ramMiB: 384, diskGiB: 2 },
    nics: [{ networkId: 'net', address: `10.30.0.1${n}`, prefixLength: 24, gateway: '10.30.0.1', mac: `fa:16:3e:00:00:0${n}` }],
    hosts: [],
    publicKeys: [key.publicKey],
    userData: '',
    metadata: {},
  }
}

async function driverAlone(servers: number, space: string): Promise<Times> {
  const began = performance.now()
  const ids = Array.from({ length: servers }, (_, index) => index + 1)
  await driver.createSpace(space)
  await driver.createNetwork(space, { id: 'net', cidr: '10.30.0.0/24', gateway: '10.30.0.1' })
  await Promise.all(
    ids.map(async (n) => {
      await driver.createServer(spec(space, n))
      await firstWord(`${space}-${n}`)
    }),
  )
  const ready = performance.now() - began
  const left = performance.now()
  await driver.deleteSpace(space)
  return { ready, gone: performance.now() - left }
}

/** What SSH says first, before anybody has signed in. */
async function firstWord(id: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await delay(10)) {
    const connection = await driver.dial(id, 22).catch(() => null)
    if (connection === null) continue
    const word = await new Promise<string>((done) => {
      connection.once('data', (data: Buffer) => done(data.toString()))
      connection.once('close', () => done(''))
    })
    connection.destroy()
    if (word.startsWith('SSH-')) return
  }
  throw new Error(`${id} does not answer`)
}

/** The proportional share of memory (proc(5), smaps_rollup) of all that is in a control group. */
function weightOf(cgroup: string): number {
  const pids = new Set<string>()
  const groups = [cgroup]
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n')) if (pid !== '') pids.add(pid)
    groups.push(...foldersIn(group))
  }
  const kilobytes = [...pids].map((pid) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? '0')
  return kilobytes.reduce((sum, each) => sum + Number(each), 0) / 1024
}

function foldersIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(path, entry.name))
}

const figures: Record<string, Figure> = {}
const p50 = (times: number[]) => percentile(times, 0.5)
try {
  await driver.start([])
  await stackOf(2, 'warm')
  await driverAlone(2, 'warm')
  const two: Times[] = []
  const alone: Times[] = []
  for (let run = 0; run < runs; run++) {
    two.push(await stackOf(2, `two-${run}`))
    alone.push(await driverAlone(2, `two-${run}`))
    process.stdout.write(`run ${run + 1}: stack ${two.at(-1)?.ready.toFixed(0)} ms, driver alone ${alone.at(-1)?.ready.toFixed(0)} ms\n`)
  }
  const ten = [await stackOf(10, 'ten-0'), await stackOf(10, 'ten-1'), await stackOf(10, 'ten-2')]
  const idle = await heat.createStack({ name: 'idle', template: template(4) })
  const addresses = await untilStack(heat, idle, 'CREATE_COMPLETE')
  const shells = await Promise.all(addresses.map((address) => openShell(socksUrl, address)))
  for (const shell of shells) shell.end()
  await delay(5_000)
  const { servers } = await controlOf(place.folder)<{ servers: { cgroup: string | null }[] }>('/servers')
  const weights = servers.flatMap(({ cgroup }) => (cgroup === null ? [] : [weightOf(cgroup)]))
  await heat.deleteStack(idle)
  await untilGone(heat, idle)
  figures['cloud.5 stack of 2, POST to both signed in to, p50'] = atMost(p50(two.map(({ ready }) => ready)), 'ms', 1200)
  figures['cloud.5 the same, longest'] = { value: Math.round(Math.max(...two.map(({ ready }) => ready))), unit: 'ms' }
  figures['cloud.5 driver alone, 2 machines to the first word of SSH, p50 (baseline)'] = {
    value: Math.round(p50(alone.map(({ ready }) => ready))),
    unit: 'ms',
  }
  figures['cloud.5 stack of 10, longest of 3'] = atMost(Math.max(...ten.map(({ ready }) => ready)), 'ms', 6000)
  figures['cloud.5 delete of a stack of 2, longest'] = atMost(Math.max(...two.map(({ gone }) => gone)), 'ms', 4000)
  figures['cloud.5 delete of a stack of 2, p50'] = { value: Math.round(p50(two.map(({ gone }) => gone))), unit: 'ms' }
  figures['cloud.5 driver alone, delete of 2, p50 (baseline)'] = { value: Math.round(p50(alone.map(({ gone }) => gone))), unit: 'ms' }
  figures['cloud.5 idle machine, proportional share of memory, largest of 4'] = atMost(Math.max(...weights), 'MB', 20)
} finally {
  await driver.close('stop')
  cloud.child.kill('SIGTERM')
  await cloud.ended
  place.remove()
  bare.remove()
}
report('dev-cloud', figures)
