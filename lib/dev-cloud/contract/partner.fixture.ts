import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readCloudsYaml } from '#lib/openstack-heat-client/clouds-yaml.ts'
import { type DevCloudOptions, startDevCloud } from '../dev-cloud.ts'
import { isMap, type Json, type JsonMap, maps } from '../json.ts'
import { createMemoryDriver, memoryHost } from '../played/memory-driver.ts'
import { apart, mapOf, wordOf } from './apart.ts'

export type ServiceType = 'identity' | 'orchestration' | 'compute' | 'network' | 'image'
export type Call = {
  method: string
  /** `orchestration` unless it is said. */
  service?: ServiceType
  /** Below the service's address in the catalog; with `root`, below its host alone. */
  path: string
  root?: true
  body?: Json | undefined
  /** Not JSON, sent as it is. */
  text?: string
  /** Instead of the partner's own; null: none. */
  token?: string | null
  headers?: Record<string, string>
}
export type Answer = { status: number; headers: Record<string, string>; body: Json }

/** A cloud that lives and can be asked. */
export type Partner = {
  name: string
  kind: 'embedded' | 'real'
  cloudsFile: string
  cloudName: string
  authUrl: string
  user: { name: string; id: string; password: string }
  project: { name: string; id: string }
  token: string
  call(call: Call): Promise<Answer>
  /** The whole address of a call. */
  address(call: Call): string
  /** An answer of this cloud with everything apart that is only this cloud's. */
  apart(value: Json): Json
  /** How the names of this run's stacks begin; nothing else is ever deleted. */
  own: string
  /** A name for a stack that nobody else has. */
  stackName(): string
  /** How long to wait between two looks, milliseconds. */
  pollMs: number
  /** How long something may take at most, milliseconds. */
  patienceMs: number
  close(): Promise<void>
}

const { OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: cloudName } = process.env
/** Every stack of these tests is called so; nothing else is ever deleted. */
const prefix = process.env.CONTRACT_PREFIX ?? 'contract'

/** The clouds that can be asked here: the embedded one always, and a real one where OS_CLIENT_CONFIG_FILE and OS_CLOUD name it. */
export const partners: [name: string, open: () => Promise<Partner>][] = [['the embedded cloud', () => openEmbedded()]]
if (cloudsFile && cloudName) partners.push([`the real cloud "${cloudName}"`, () => openReal(cloudsFile, cloudName)])

export async function openEmbedded(options: Partial<DevCloudOptions> = {}): Promise<Partner> {
  const folder = await mkdtemp(join(tmpdir(), 'dev-cloud-contract-'))
  const noise: string[] = []
  const cloud = await startDevCloud({
    folder,
    driver: (events) => createMemoryDriver(events, memoryHost(), { startMs: () => 30, acting: () => delay(250) }),
    now: () => new Date(),
    ...options,
    log: (line) => noise.push(line),
  })
  const partner = await open({ kind: 'embedded', name: 'the embedded cloud', file: cloud.cloudsYamlPath, cloudName: 'dev' })
  return {
    ...partner,
    async close() {
      await cloud.close('stop')
      await rm(folder, { recursive: true })
      if (noise.length > 0) throw new Error(`The embedded cloud said:\n${noise.join('\n')}`)
    },
  }
}

export async function openReal(file: string, name: string): Promise<Partner> {
  const partner = await open({ kind: 'real', name: `the real cloud "${name}"`, file, cloudName: name })
  return { ...partner, close: () => removeStacks(partner) }
}

async function open(place: { kind: Partner['kind']; name: string; file: string; cloudName: string }): Promise<Partner> {
  const { authUrl, auth } = readCloudsYaml(await readFile(place.file, 'utf8'), place.cloudName)
  if (auth.method !== 'password' || !('name' in auth.user) || !('name' in auth.project)) {
    throw new Error(`${place.cloudName} is to be entered with a name and a password, for a project with a name`)
  }
  const user = { name: auth.user.name, password: auth.password }
  const project = auth.project.name
  const body = loginBody({ user: user.name, password: user.password, project })
  const response = await fetch(`${authUrl}/auth/tokens`, { method: 'POST', headers: json, body: JSON.stringify(body) })
  if (response.status !== 201) throw new Error(`${place.cloudName} does not let us in: ${response.status} ${await response.text()}`)
  const said = mapOf(mapOf((await response.json()) as Json).token)
  const urls = endpointsOf(said)
  const own = prefix + randomBytes(4).toString('hex')
  const words: [string | RegExp, string][] = [[user.password, '<password>'], ...wordsOf(urls)]
  let made = 0
  const token = response.headers.get('x-subject-token') ?? ''
  return {
    name: place.name,
    kind: place.kind,
    cloudsFile: place.file,
    cloudName: place.cloudName,
    authUrl,
    user: { ...user, id: wordOf(mapOf(said.user).id) },
    project: { name: project, id: wordOf(mapOf(said.project).id) },
    token,
    call: (call) => send(addressOf(urls, call), token, call),
    address: (call) => addressOf(urls, call),
    apart: (value) => apart(value, words),
    own: `${own}n`,
    stackName: () => `${own}n${(made++).toString(36)}`,
    pollMs: place.kind === 'real' ? 400 : 15,
    patienceMs: place.kind === 'real' ? 120_000 : 10_000,
    close: async () => {},
  }
}

const json = { 'content-type': 'application/json', accept: 'application/json' }

export function loginBody({ user, password, project }: { user: string; password: string; project?: string }): JsonMap {
  const domain = { name: 'Default' }
  const identity = { methods: ['password'], password: { user: { name: user, domain, password } } }
  return { auth: { identity, ...(project === undefined ? {} : { scope: { project: { name: project, domain } } }) } }
}

function endpointsOf(token: JsonMap): Record<string, string> {
  const found = maps(token.catalog).map(({ type, endpoints }) => {
    const url = maps(endpoints).find((endpoint) => endpoint.interface === 'public')?.url
    return [wordOf(type), wordOf(url).replace(/\/$/, '')]
  })
  return Object.fromEntries(found)
}

/** Longest first: a service's address may begin with another's. */
function wordsOf(urls: Record<string, string>): [string | RegExp, string][] {
  const addresses = Object.entries(urls).map(([type, url]): [string, string] => [url, `<${type}>`])
  const compute = urls.compute?.replace(/\/v2\.1$/, '')
  if (compute !== undefined) addresses.push([compute, '<compute root>'])
  addresses.sort(([one], [other]) => other.length - one.length)
  return [...addresses, [new RegExp(`${prefix}[0-9a-f]{8}n[0-9a-z]+`, 'g'), '<stack>']]
}

function addressOf(urls: Record<string, string>, call: Call): string {
  if (/^https?:/.test(call.path)) return call.path
  const url = urls[call.service ?? 'orchestration']
  if (url === undefined) throw new Error(`no ${call.service} in the catalog`)
  return (call.root || call.service === 'identity' ? new URL(url).origin : url) + call.path
}

async function send(address: string, own: string, call: Call): Promise<Answer> {
  const token = call.token === undefined ? own : call.token
  const content = call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body))
  const headers = { ...json, ...(token === null ? {} : { 'x-auth-token': token }), ...call.headers }
  const response = await fetch(address, {
    method: call.method,
    headers,
    redirect: 'manual',
    ...(content === undefined ? {} : { body: content }),
  })
  const text = await response.text()
  return { status: response.status, headers: Object.fromEntries(response.headers), body: readAnswer(text) }
}

function readAnswer(text: string): Json {
  if (text === '') return ''
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** Resolves with the stack once its action is over; throws when it takes longer than the partner's patience. */
export async function settled(partner: Partner, ref: string, action?: string): Promise<JsonMap> {
  const deadline = performance.now() + partner.patienceMs
  for (;;) {
    const { status: answered, body } = await partner.call({ method: 'GET', path: `/stacks/${ref}` })
    if (answered >= 400) throw new Error(JSON.stringify(body))
    const stack = mapOf(isMap(body) ? body.stack : undefined)
    const status = wordOf(stack.stack_status)
    if (action !== undefined && action !== 'DELETE' && status === 'DELETE_COMPLETE') throw new Error(`${ref} is gone`)
    if ((action === undefined || status.startsWith(`${action}_`)) && /_(COMPLETE|FAILED)$/.test(status)) return stack
    if (performance.now() > deadline) throw new Error(`${ref} is ${status}: ${wordOf(stack.stack_status_reason)}`)
    await delay(partner.pollMs)
  }
}

/** Deletes every stack of this run of tests, and waits until they are gone. */
async function removeStacks(partner: Partner): Promise<void> {
  const { own } = partner
  const deadline = performance.now() + partner.patienceMs
  for (const asked = new Set<string>(); ; ) {
    const { body } = await partner.call({ method: 'GET', path: '/stacks' })
    const left = maps(mapOf(body).stacks).filter((stack) => wordOf(stack.stack_name).startsWith(own))
    if (left.length === 0) return
    for (const { stack_name: name, id, stack_status: status } of left) {
      if (asked.has(wordOf(id)) && status !== 'DELETE_FAILED') continue
      asked.add(wordOf(id))
      await partner.call({ method: 'DELETE', path: `/stacks/${wordOf(name)}/${wordOf(id)}` })
    }
    if (performance.now() > deadline) throw new Error(`still there: ${left.map((stack) => wordOf(stack.stack_name)).join(', ')}`)
    await delay(partner.pollMs)
  }
}
