import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseDocument, stringify } from 'yaml'
import { labFolder } from '../e2e/lab-folder.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { launchFromCourse } from '../lib/demo-course/launch-drive.ts'
import type { PlainBrowser } from '../lib/demo-course/plain-browser.ts'
import { makeSshKeyPair } from '../lib/environments/key-pair.ts'
import {
  createHeatClient,
  type HeatClient,
  isHeatError,
  readCloudsYaml,
  type Server,
  type Stack,
} from '../lib/openstack-heat-client/index.ts'
import { playMachine, playSocks } from '../lib/reach.fixture.ts'
import { type EnvironmentRow, openRows, type Rows } from './environment-row.ts'

/*
 * The product beside a real Heat whose servers do not boot (control profile): only clouds.yaml and one time-out of the lab are changed.
 * This plays the guests and the browsers - it signals the wait condition and answers SSH behind the cloud's proxy - and watches Heat by itself.
 */

/** Somebody in the course, with their launch and the environment it led to. */
export type Learner = { person: string; browser: PlainBrowser; address: string; environmentId: string }

export type Stage = {
  product: Product
  heat: HeatClient
  rows: Rows
  /** When each stack was first seen complete by somebody who asks every 100 ms, by name. */
  completedAt: ReadonlyMap<string, number>
  /** From now on guests keep silent, and stacks stay in the making; or speak again. */
  muteGuests: (mute: boolean) => void
  /** The click in the course, in a browser of its own, or in theirs. */
  launch: (person: string, browser?: PlainBrowser) => Promise<Learner>
  /** What a button of the lab's page sends. */
  press: (learner: Learner, verb: 'sleep' | 'wake' | 'reset' | 'start', body?: unknown) => Promise<void>
  row: (id: string) => Promise<EnvironmentRow>
  until: (id: string, wanted: (row: EnvironmentRow) => boolean, limitMs: number) => Promise<EnvironmentRow>
  /** The stacks of an environment that Heat still lists, newest last. */
  stacksOf: (id: string) => Promise<Stack[]>
  serversOf: (id: string) => Promise<Server[]>
  close: () => Promise<void>
}

const { OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: name } = process.env

/** How long the lab lets a stack be in the making. A real lab waits for machines that boot; these do not. */
export const CREATE_TIMEOUT_MS = 120_000

export async function openStage(): Promise<Stage> {
  if (!file || !name) throw new Error('Set OS_CLIENT_CONFIG_FILE and OS_CLOUD to a real Heat.')
  const settings = readCloudsYaml(readFileSync(file, 'utf8'), name)
  const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 10_000, userAgent: 'astrolabe-bench' })
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-heat-'))
  const labs = labFolder({ idle: { after: '4h' } }, { 'environment.ready.timeout': `${CREATE_TIMEOUT_MS / 1000}s` })
  const guestKey = makeSshKeyPair('guest')
  const machine = await playMachine({ hostKey: guestKey.privateKey, admits: () => true })
  const socks = await playSocks({ route: () => ({ host: machine.address, port: machine.port }) })
  const clouds = cloudsFileWithProxy({ file, name, folder, proxyUrl: socks.url })
  const product = await startProduct({ env: { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: name, ASTROLABE_LABS: labs } })
  const rows = await openRows(product.databaseUrl, () => product.output().slice(-4000))
  const over = new AbortController()
  const world = playWorld(heat, machine.hostKey, over.signal)

  const row = async (id: string) => {
    const [found] = await rows.query<EnvironmentRow>(
      `select id, phase::text, intent::text, generation, reason_code, reason_detail, failures, sleep_how::text from environment where id = $1`,
      [id],
    )
    if (!found) throw new Error(`no environment ${id}`)
    return found
  }
  const stacksOf = async (id: string) => {
    const names = await rows.query<{ name: string }>('select name from stack where environment_id = $1', [id])
    return (await heat.listStacks()).filter((stack) => names.some((each) => each.name === stack.name))
  }
  return {
    product,
    heat,
    rows,
    completedAt: world.completedAt,
    muteGuests: (mute) => world.mute(mute),
    async launch(person, browser) {
      const run = await launchFromCourse({ courseOrigin: product.course, person, lab: 'two-machines', ...(browser ? { browser } : {}) })
      if (run.final.status !== 200) throw new Error(`the launch of ${person} ended with ${run.final.status}`)
      const launch = new URL(run.final.url).pathname.split('/')[2]
      const [found] = await rows.query<{ id: string }>(
        `select environment.id from launch join environment on environment.resource_link_id = launch.resource_link_id
           join environment_member member on member.environment_id = environment.id and member.user_id = launch.user_id
         where launch.id = $1 and environment.deleted_at is null`,
        [launch],
      )
      if (!found) throw new Error(`the launch of ${person} led to no environment`)
      return { person, browser: run.browser, address: run.final.url, environmentId: found.id }
    },
    async press({ browser, address }, verb, body = {}) {
      const sending = { method: 'POST', text: JSON.stringify(body), contentType: 'application/json', from: product.origin }
      const { status, body: said } = await browser.send(`${address}/${verb}`, sending)
      if (status !== 202) throw new Error(`${verb} was answered with ${status}: ${said.slice(0, 200)}`)
    },
    row,
    async until(id, wanted, limitMs) {
      const late = performance.now() + limitMs
      for (;;) {
        const now = await row(id)
        if (wanted(now)) return now
        if (performance.now() > late) throw new Error(`not within ${limitMs} ms: ${JSON.stringify(now)}\n${product.output().slice(-4000)}`)
        await delay(50)
      }
    },
    stacksOf,
    async serversOf(id) {
      return (await Promise.all((await stacksOf(id)).map((stack) => heat.serversOf(stack)))).flat()
    },
    async close() {
      over.abort()
      await world.ended
      await rows.close()
      await product.stop()
      await socks.close()
      await machine.close()
      for (const each of [folder, labs]) rmSync(each, { recursive: true, force: true })
    },
  }
}

/** The file as it is, with one more key: where its machines are reached. */
function cloudsFileWithProxy(given: { file: string; name: string; folder: string; proxyUrl: string }): string {
  const document = parseDocument(readFileSync(given.file, 'utf8'))
  document.setIn(['clouds', given.name, 'ssh_proxy'], given.proxyUrl)
  const path = join(given.folder, 'clouds.yaml')
  writeFileSync(path, stringify(document.toJS()), { mode: 0o600 })
  return path
}

/** Posts both machines' signals for every stack that waits, once each, and notes when a stack is complete. An outage is waited out. */
function playWorld(heat: HeatClient, hostKey: string, until: AbortSignal) {
  const completedAt = new Map<string, number>()
  const signalled = new Set<string>()
  let muted = false

  async function look(): Promise<void> {
    for (const stack of await heat.listStacks({ signal: until })) {
      if (stack.action !== 'CREATE') continue
      if (stack.status === 'COMPLETE' && !completedAt.has(stack.name)) completedAt.set(stack.name, Date.now())
      if (stack.status === 'IN_PROGRESS' && !signalled.has(stack.id) && !muted) await signal(stack)
    }
  }

  async function signal(stack: Stack): Promise<void> {
    const handle = await heat.showResource(stack, { name: 'signal', signal: until })
    const { endpoint, token } = handle.attributes ?? {}
    if (typeof endpoint !== 'string' || typeof token !== 'string') return
    signalled.add(stack.id)
    for (const machine of ['node1', 'node2']) {
      const body = JSON.stringify({ status: 'SUCCESS', reason: `${machine} is up`, id: machine, data: hostKey })
      await fetch(endpoint, { method: 'POST', headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' }, body, signal: until })
    }
  }

  async function live(): Promise<void> {
    while (!until.aborted) {
      await look().catch((error: unknown) => {
        if (!until.aborted && !isHeatError(error)) throw error
      })
      await delay(100)
    }
  }
  return {
    completedAt,
    mute(mute: boolean) {
      muted = mute
    },
    ended: live(),
  }
}
