import { readFile } from 'node:fs/promises'
import { config } from './config.ts'
import { inTransaction, notify, prisma } from './db.ts'
import { type Failure, type FailureCode, fail } from './errors.ts'
import { log } from './log.ts'
import {
  type CloudSettings,
  CloudsYamlError,
  createHeatClient,
  type HeatAuth,
  type HeatClient,
  type HeatErrorCode,
  heatAuthSchema,
  isHeatError,
  readCloudsYaml,
} from './openstack-heat-client/index.ts'
import { open, seal } from './secrets.ts'

/*
 * The clouds that are connected: rows with sealed credentials, a Heat client for each, and the one place where the client's errors
 * become the product's.
 */

const AUTH_PURPOSE = 'cloud.auth'
const PROXY_PURPOSE = 'cloud.ssh_proxy'
const USER_AGENT = 'astrolabe'

/** Where a cloud is described: a clouds.yaml file and the entry in it. */
export type CloudSource = { file: string; name: string }

/**
 * Connects a cloud, or brings what is known of it up to date, and wakes what waited for one.
 * @returns its id
 * @throws Failure cloud.not_configured (the file or its entry cannot be used)
 */
export async function connectCloud(source: CloudSource): Promise<string> {
  const settings = await readSource(source)
  const data = {
    authUrl: settings.authUrl,
    region: settings.region ?? null,
    endpointInterface: settings.endpointInterface,
    sealedAuth: seal(JSON.stringify(settings.auth), AUTH_PURPOSE),
    sealedSshProxy: settings.sshProxy === undefined ? null : seal(settings.sshProxy, PROXY_PURPOSE),
    disabledAt: null,
  }
  return inTransaction(async (transaction) => {
    const { id } = await transaction.cloud.upsert({ where: { name: source.name }, update: data, create: { name: source.name, ...data } })
    const waiting = { cloudId: null, deletedAt: null, phase: 'queued' } as const
    const { count } = await transaction.environment.updateMany({ where: waiting, data: { nextCheckAt: new Date() } })
    if (count > 0) await notify(transaction, 'environment_work', id)
    return id
  })
}

async function readSource({ file, name }: CloudSource): Promise<CloudSettings> {
  try {
    return readCloudsYaml(await readFile(file, 'utf8'), name)
  } catch (cause) {
    // The message of a CloudsYamlError names keys, never values.
    const detail = cause instanceof Error && cause.name === CloudsYamlError.name ? cause.message : `${file} cannot be read`
    throw fail('cloud.not_configured', { detail, internal: detail, cause })
  }
}

type CloudRow = {
  id: string
  name: string
  authUrl: string
  region: string | null
  endpointInterface: string
  sealedAuth: Uint8Array
  sealedSshProxy: Uint8Array | null
  updatedAt: Date
}

/** A cloud as the reconciler uses it. */
export type OpenCloud = { id: string; name: string; heat: HeatClient; proxyUrl: string | null }

const cache = new Map<string, { version: number; cloud: OpenCloud }>()

/** The cloud of this id with its client, which keeps its token between calls. @throws Failure cloud.not_configured */
export async function heatClientFor(cloudId: string): Promise<OpenCloud> {
  const row = await prisma().cloud.findUnique({ where: { id: cloudId } })
  if (!row) throw fail('cloud.not_configured', { internal: `no cloud ${cloudId}` })
  const version = row.updatedAt.getTime()
  const known = cache.get(cloudId)
  if (known?.version === version) return known.cloud
  const cloud = { id: row.id, name: row.name, heat: clientOf(row), proxyUrl: openSshProxy(row) }
  cache.set(cloudId, { version, cloud })
  return cloud
}

/** The proxy through which a cloud's machines are reached; null: they are reached directly. */
export function openSshProxy({ sealedSshProxy }: Pick<CloudRow, 'sealedSshProxy'>): string | null {
  return sealedSshProxy === null ? null : open(sealedSshProxy, PROXY_PURPOSE)
}

function clientOf(row: CloudRow): HeatClient {
  const { endpointInterface } = row
  return makeClient(row.name, {
    authUrl: row.authUrl,
    region: row.region ?? undefined,
    endpointInterface: endpointInterface === 'internal' || endpointInterface === 'admin' ? endpointInterface : 'public',
    auth: heatAuthSchema.parse(JSON.parse(open(row.sealedAuth, AUTH_PURPOSE))),
  })
}

type ClientSettings = Pick<CloudSettings, 'authUrl' | 'region' | 'endpointInterface'> & { auth: HeatAuth }

function makeClient(cloudName: string, { authUrl, region, endpointInterface, auth }: ClientSettings): HeatClient {
  return createHeatClient({
    authUrl,
    auth,
    ...(region === undefined ? {} : { region }),
    endpointInterface,
    fetch: globalThis.fetch,
    now: () => new Date(),
    timeoutMs: CALL_TIMEOUT_MS,
    userAgent: USER_AGENT,
    onRequest: (exchange) => log().debug({ cloud: cloudName, ...exchange }, 'cloud request'),
  })
}

/** Well below the 60 s after which a Heat without engine says so (fact 16). */
const CALL_TIMEOUT_MS = 20_000

/**
 * Where a new environment goes. Placing by quota and cost comes with a second cloud.
 * @returns the id of a connected cloud, or why there is none
 */
export async function cloudForNewEnvironment(): Promise<{ cloudId: string } | { code: FailureCode; detail: string | null }> {
  const { cloud, noMachines } = config()
  // An environment of an earlier connection keeps its cloud; a new one goes to the one this process was told of.
  const named = cloud === null ? {} : { name: cloud.name }
  const row = await prisma().cloud.findFirst({ where: { disabledAt: null, ...named }, orderBy: { createdAt: 'asc' }, select: { id: true } })
  if (noMachines !== null) return { code: 'cloud.no_machines', detail: noMachines }
  return row ? { cloudId: row.id } : { code: 'cloud.not_configured', detail: null }
}

const failureOf = {
  auth_failed: 'cloud.auth_failed',
  forbidden: 'cloud.auth_failed',
  not_found: 'cloud.conflict',
  conflict: 'cloud.conflict',
  in_progress: 'cloud.conflict',
  invalid: 'cloud.refused',
  limit: 'cloud.quota_exceeded',
  outage: 'cloud.unavailable',
  timeout: 'cloud.unavailable',
  protocol: 'cloud.unavailable',
} as const satisfies Record<HeatErrorCode, FailureCode>

/** A failed call as the product knows failures. What is no error of the client is a fault of ours and stays what it is. */
export function cloudFailure(error: unknown): Failure | null {
  if (!isHeatError(error)) return null
  const words = [error.title, error.explanation].filter((part) => part !== '').join(': ')
  return fail(failureOf[error.code], { detail: words, internal: error.message, cause: error })
}

/** One thing that was tried, and what came of it. */
export type Finding = { ok: boolean; says: string }

const TINY_TEMPLATE = `heat_template_version: 2021-04-16
resources:
  nothing:
    type: OS::Heat::RandomString
`

/** Signs in to a cloud and asks it, step by step, for what the product needs; makes nothing there. Stops at the first step that fails. */
export async function checkCloud(source: CloudSource): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    const settings = await readSource(source)
    findings.push({ ok: true, says: `${source.file} has the cloud "${source.name}" at ${settings.authUrl}` })
    const heat = makeClient(source.name, settings)
    const { projectId, expiresAt } = await heat.whoami()
    findings.push({ ok: true, says: `signed in to project ${projectId}; the token lasts until ${expiresAt.toISOString()}` })
    const stacks = await heat.listStacks()
    findings.push({ ok: true, says: `Heat answers; the project has ${stacks.length} stacks` })
    await heat.validateTemplate({ template: TINY_TEMPLATE })
    findings.push({ ok: true, says: 'Heat accepts a template' })
    const reached = settings.sshProxy === undefined ? 'directly' : 'through its ssh_proxy'
    findings.push({ ok: true, says: `machines will be reached ${reached}` })
  } catch (error) {
    findings.push({ ok: false, says: explain(error) })
  }
  return findings
}

function explain(error: unknown): string {
  const failure = cloudFailure(error)
  if (failure) return failure.detail ?? failure.code
  return error instanceof Error ? error.message : String(error)
}
