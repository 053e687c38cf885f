import { resolve } from 'node:path'
import { ensureOperatorInvitation } from './access/operators.ts'
import { connectCloud, heatClientFor } from './clouds.ts'
import { type Config, config } from './config.ts'
import { closeDatabase } from './db.ts'
import { ensureInstance } from './environments/instance.ts'
import { publishLabs } from './labs/publish.ts'
import { frameAncestorsOf } from './launches/frame-ancestors.ts'
import { ensureDemoPlatform } from './launches/registrations.ts'
import { attachLive } from './live.ts'
import { log } from './log.ts'
import { goFirst } from './priority.ts'
import { attachGateway } from './terminal/gateway.ts'
import { startWeb } from './web.ts'
import { startWorker } from './worker.ts'

/*
 * Starts the roles that ROLES names, in one process, and owns their end. Roles meet in Postgres only, so any of
 * them may run in a process of its own (docs/architecture.md).
 */

/** What a process tells its supervisor once it serves. */
type Ready = { origin?: string; course?: string; signIn?: string; cloudsYaml?: string; noMachines?: string | undefined } & Machines

/** What carries machines here, and what they lack, a sentence each. */
type Machines = { machines?: string; lacks?: string[] }

type Closable = { name: string; close(): Promise<void> }

async function startDevCloud(settings: Config): Promise<{ part: Closable; ready: Ready }> {
  const { runDevCloud } = await import('./dev-cloud/main.ts')
  const cloud = await runDevCloud({
    folder: resolve(settings.dataFolder, 'dev-cloud'),
    imageFolder: resolve(settings.cacheFolder, 'images'),
    driver: settings.devCloudDriver,
    nullTimes: settings.nullTimes,
    applicationCredentialTrusts: settings.applicationCredentialTrusts,
    abandon: settings.devCloudAbandon,
    cgroup: settings.devCloudCgroup,
    understood: settings.devCloudUnderstood,
    imagesAhead: settings.imagesAhead,
    lenient: settings.devCloudLenient,
    packageMirror: settings.devCloudPackageMirror,
    log: (line, fields) => log().info(fields ?? {}, line),
  })
  return {
    part: { name: 'embedded cloud', close: () => cloud.close('stop') },
    ready: { cloudsYaml: cloud.cloudsYamlPath, noMachines: cloud.noMachines, machines: cloud.machines, lacks: cloud.lacks },
  }
}

async function startCourse(settings: Config): Promise<{ part: Closable; origin: string }> {
  const { startDemoCourse } = await import('./demo-course/platform.ts')
  const course = await startDemoCourse({
    port: settings.course.port,
    toolOrigin: settings.origin,
    folder: resolve(settings.dataFolder, 'demo-course'),
    now: () => Date.now(),
    log: (line) => log().info(line),
  })
  await ensureDemoPlatform(course.registration)
  return { part: { name: 'demo course', close: () => course.close() }, origin: course.origin }
}

/**
 * Node lays small buffers together into pieces of 64 KB, and each is kept as long as anything in it: of every connection a few bytes stay,
 * among what has long been thrown away.
 */
function keepSmallThingsApart(): void {
  Buffer.poolSize = 8 * 1024
}

async function start(settings: Config, parts: Closable[]): Promise<Ready> {
  const has = (role: Config['roles'][number]) => settings.roles.includes(role)
  if ((has('dev-cloud') || has('course')) && !settings.demo) {
    const harmless = settings.roles.filter((role) => role !== 'dev-cloud' && role !== 'course')
    log().warn({ roles: harmless }, 'the embedded cloud and the demo course run in the demo only')
    return start({ ...settings, roles: harmless }, parts)
  }
  let ready: Ready = {}
  if (has('dev-cloud')) {
    const cloud = await startDevCloud(settings)
    parts.push(cloud.part)
    ready = cloud.ready
  }
  if (!has('web') && !has('worker') && !has('gateway') && !has('course')) return ready

  parts.push({ name: 'database', close: closeDatabase })
  await ensureInstance()
  const [cloudId] = await Promise.all([
    settings.cloud ? connectCloud(settings.cloud) : null,
    // A gateway has no use for labs, and people wait for it in the middle of a word.
    has('web') || has('worker') || has('course') ? publishLabs(settings.labsFolder) : null,
  ])
  if (has('worker') && cloudId) void signInEarly(cloudId)
  if (has('worker')) parts.push({ name: 'worker', ...(await startWorker()) })
  // Beside pages in one process it would be them that go first.
  if (has('gateway') && !has('web')) {
    goFirst()
    keepSmallThingsApart()
  }
  if (has('web') || has('gateway')) {
    const web = await startWeb(settings, has('web') ? { frameAncestorsOf } : null)
    parts.push({ name: 'web', close: () => web.close() })
    if (has('web')) parts.push({ name: 'live status', ...attachLive(web.sockets) })
    if (has('gateway')) parts.push({ name: 'terminals', ...attachGateway(web.sockets) })
    ready.origin = settings.origin
  }
  if (has('course')) {
    const course = await startCourse(settings)
    parts.push(course.part)
    ready.course = course.origin
    ready.signIn = settings.origin + (await ensureOperatorInvitation('Operator'))
  }
  return ready
}

/** The first learner should not wait for a login; one that fails is tried again, and told, when it is needed. */
async function signInEarly(cloudId: string): Promise<void> {
  await heatClientFor(cloudId)
    .then(({ heat }) => heat.whoami())
    .catch((error: unknown) => log().warn({ err: error }, 'the cloud does not let us in yet'))
}

/** Asks for the pages of a launch once, refused as they are: what they are made of is then loaded before somebody waits for it. */
async function warmPages(settings: Config): Promise<void> {
  const here = `http://${settings.host}:${settings.port}`
  const paths = ['/lti/jwks', '/l/00000000-0000-0000-0000-000000000000']
  await Promise.all(paths.map((path) => fetch(here + path, { redirect: 'manual' }).then((answer) => answer.arrayBuffer()))).catch(() => {})
}

async function main(): Promise<void> {
  const settings = config()
  const parts: Closable[] = []
  let stopping = false
  const stop = async () => {
    for (const part of parts.reverse()) {
      await part.close().catch((error: unknown) => log().error({ err: error, part: part.name }, 'could not close'))
    }
  }
  const end = (code: number) => {
    if (!stopping) void stop().then(() => process.exit(code))
    stopping = true
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0))
  // The supervisor is gone: whoever starts it again finds the ports free and the rows as they are.
  process.on('disconnect', () => end(0))
  const ready = await start(settings, parts)
  log().info({ roles: settings.roles, origin: ready.origin }, 'ready')
  process.send?.(ready)
  if (settings.roles.includes('web')) await warmPages(settings)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
})
