import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { parseDocument, stringify } from 'yaml'
import { startProduct } from '../e2e/product.ts'
import { launchFromCourse } from '../lib/demo-course/launch-drive.ts'
import { makeSshKeyPair } from '../lib/environments/key-pair.ts'
import { createHeatClient, type HeatClient, readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { playMachine, playSocks } from '../lib/reach.fixture.ts'
import { atMost, type Figure, report } from './report.ts'

/*
 * Bar 7 of "The thread": the launch against a real Heat whose servers do not boot (control profile), only clouds.yaml changed. This
 * script plays the guests and the browser - it signals the wait condition and answers SSH behind the cloud's proxy - and watches Heat on its own.
 */

const file = process.env.OS_CLIENT_CONFIG_FILE
const name = process.env.OS_CLOUD
if (!file || !name) throw new Error('Set OS_CLIENT_CONFIG_FILE and OS_CLOUD to a real Heat.')

/** The file as it is, with one more key: where its machines are reached. */
function cloudsFileWithProxy(folder: string, proxyUrl: string): string {
  const document = parseDocument(readFileSync(file as string, 'utf8'))
  document.setIn(['clouds', name, 'ssh_proxy'], proxyUrl)
  const path = join(folder, 'clouds.yaml')
  writeFileSync(path, stringify(document.toJS()), { mode: 0o600 })
  return path
}

/** Posts both machines' signals for every stack that waits, once each. */
async function playGuests(heat: HeatClient, hostKey: string, until: AbortSignal): Promise<void> {
  const signalled = new Set<string>()
  while (!until.aborted) {
    for (const stack of await heat.listStacks({})) {
      if (stack.action !== 'CREATE' || stack.status !== 'IN_PROGRESS' || signalled.has(stack.id)) continue
      const reference = { name: stack.name, id: stack.id }
      const handle = await heat.showResource(reference, { name: 'signal' }).catch(() => null)
      const { endpoint, token } = (handle?.attributes ?? {}) as { endpoint?: string; token?: string }
      if (!endpoint || !token) continue
      signalled.add(stack.id)
      for (const machine of ['node1', 'node2']) {
        const body = JSON.stringify({ status: 'SUCCESS', reason: `${machine} is up`, id: machine, data: hostKey })
        await fetch(endpoint, { method: 'POST', headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' }, body })
      }
    }
    await delay(100)
  }
}

/** When each stack was first seen complete by somebody who asks every 100 ms. */
async function watch(heat: HeatClient, seen: Map<string, number>, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    for (const stack of await heat.listStacks({})) {
      const key = stack.name
      if (stack.action === 'CREATE' && stack.status === 'COMPLETE' && !seen.has(key)) seen.set(key, Date.now())
    }
    await delay(100)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'astrolabe-heat-'))
const settings = readCloudsYaml(readFileSync(file, 'utf8'), name)
const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 30_000, userAgent: 'astrolabe-bench' })
const hostKey = makeSshKeyPair('guest')
const machine = await playMachine({ hostKey: hostKey.privateKey, admits: () => true })
const socks = await playSocks({ route: () => ({ host: machine.address, port: machine.port }) })
const over = new AbortController()
const seen = new Map<string, number>()
const clouds = cloudsFileWithProxy(folder, socks.url)
const product = await startProduct({ env: { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: name } })
const background = Promise.all([playGuests(heat, machine.hostKey, over.signal), watch(heat, seen, over.signal)])
const database = new pg.Client({ connectionString: product.databaseUrl })
await database.connect()

type Row = {
  id: string
  phase: string
  generation: number
  ready_at: Date | null
  reason_code: string | null
  reason_detail: string | null
}
async function environmentWhen(met: (row: Row) => boolean, limitSeconds: number): Promise<Row> {
  const late = Date.now() + limitSeconds * 1000
  for (;;) {
    const { rows } = await database.query<Row>(
      'select id, phase::text, generation, ready_at, reason_code, reason_detail from environment order by created_at desc limit 1',
    )
    const [row] = rows
    if (row && met(row)) return row
    if (Date.now() > late) throw new Error(`not within ${limitSeconds} s: ${JSON.stringify(row)}\n${product.output().slice(-4000)}`)
    await delay(50)
  }
}

const figures: Record<string, Figure> = {}
try {
  const before = (await heat.listStacks({})).length
  const clickedAt = Date.now()
  const { browser, final } = await launchFromCourse({ courseOrigin: product.course, person: 'ada', lab: 'two-machines' })
  if (final.status !== 200) throw new Error(`the launch ended with ${final.status}`)
  const ready = await environmentWhen((row) => row.phase === 'ready', 240)
  const readyAt = ready.ready_at?.getTime() ?? Date.now()
  const { rows } = await database.query<{ name: string; requested_at: Date }>(
    'select name, requested_at from stack where environment_id = $1 and generation = 1',
    [ready.id],
  )
  const [stack] = rows
  const completeAt = stack && seen.get(stack.name)
  if (!stack || !completeAt) throw new Error('the observer never saw the stack complete')
  const heatsOwn = completeAt - stack.requested_at.getTime()
  const total = readyAt - clickedAt
  const moments = await database.query<{ launched: Date; starting: Date }>(
    `select (select min(created_at) from launch) as launched,
            (select min(at) from environment_event where environment_id = $1 and phase = 'starting' and at > $2) as starting`,
    [ready.id, new Date(completeAt - 500)],
  )
  const [moment] = moments.rows
  if (moment) {
    figures['thread.7 click to launch'] = { value: moment.launched.getTime() - clickedAt, unit: 'ms' }
    figures['thread.7 launch to our POST'] = { value: stack.requested_at.getTime() - moment.launched.getTime(), unit: 'ms' }
    figures['thread.7 complete to hosts known'] = { value: (moment.starting?.getTime() ?? readyAt) - completeAt, unit: 'ms' }
    figures['thread.7 hosts known to ready'] = { value: readyAt - (moment.starting?.getTime() ?? readyAt), unit: 'ms' }
  }
  figures['thread.7 Heat itself'] = { value: heatsOwn, unit: 'ms' }
  figures['thread.7 click to ready'] = { value: total, unit: 'ms' }
  figures['thread.7 our time beyond Heat'] = atMost(total - heatsOwn, 'ms', 1000)

  const reset = await browser.send(`${final.url}/reset`, {
    method: 'POST',
    text: JSON.stringify({ generation: 1 }),
    contentType: 'application/json',
    from: product.origin,
  })
  if (reset.status >= 400) throw new Error(`reset answered ${reset.status}: ${reset.body.slice(0, 200)}`)
  await environmentWhen((row) => row.phase === 'ready' && row.generation === 2, 240)
  execFileSync(process.execPath, ['scripts/astrolabe.mjs', 'environment', 'delete', ready.id, '--reason', 'end of the measurement'], {
    env: { ...process.env, ASTROLABE_DATA: product.data },
    stdio: 'inherit',
  })
  await environmentWhen((row) => row.phase === 'deleted', 240)
  // Heat lists a stack for a moment after it has said that it is gone.
  let left = 1
  for (let look = 0; look < 50 && left > 0; look += 1) {
    left = (await heat.listStacks({})).length - before
    if (left > 0) await delay(100)
  }
  figures['thread.7 stacks left'] = atMost(left, 'stacks', 0)
} finally {
  over.abort()
  await background.catch(() => {})
  await database.end()
  await product.stop()
  await socks.close()
  await machine.close()
  rmSync(folder, { recursive: true, force: true })
}
report('heat', figures)
