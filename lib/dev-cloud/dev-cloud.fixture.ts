import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type DevCloud, type DevCloudOptions, startDevCloud } from './dev-cloud.ts'
import type { JsonMap } from './json.ts'
import { createMemoryDriver, type MemoryHost, type MemoryOptions, memoryHost } from './played/memory-driver.ts'

/** An answer as a client sees it. `body` is for looking into, whatever it is. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
export type Answer = { status: number; headers: Headers; body: any }
export type TestCloud = {
  cloud: DevCloud
  host: MemoryHost
  folder: string
  password: string
  projectId: string
  token: string
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
  createStack(name: string, template: string, more?: JsonMap): Promise<string>
  /** Asks until the stack has such a status; fails after five seconds. */
  until(name: string, id: string, status: string): Promise<Answer['body']>
  close(): Promise<void>
}

/** A cloud with played machines in a folder of its own (or in that of an earlier one), with a token for it. */
export async function openTestCloud(
  options: Partial<Omit<DevCloudOptions, 'log'>> & { machines?: MemoryOptions; kept?: MemoryHost; noise?: string[] } = {},
): Promise<TestCloud> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'dev-cloud-')))
  const host = options.kept ?? memoryHost()
  const noise = options.noise ?? []
  const cloud = await startDevCloud({
    now: () => new Date(),
    driver: (events) => createMemoryDriver(events, host, options.machines),
    ...options,
    folder,
    log: (line) => noise.push(line),
  })
  const identity = JSON.parse(await readFile(join(folder, 'cloud.json'), 'utf8'))
  const { token } = await logIn(cloud, identity.user.password)
  const heat = `${cloud.heatUrl}/v1/${identity.project.id}`
  const call: TestCloud['call'] = async (method, path, body, other) => {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const headers = { 'X-Auth-Token': other ?? token, 'Content-Type': 'application/json' }
    const response = await fetch(path.startsWith('http') ? path : heat + path, { method, headers, redirect: 'manual', ...init })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  return {
    cloud,
    host,
    folder,
    password: identity.user.password,
    projectId: identity.project.id,
    token,
    call,
    async createStack(name, template, more = {}) {
      const { status, body } = await call('POST', '/stacks', { stack_name: name, template, ...more })
      expect({ status, body }).toMatchObject({ status: 201 })
      return body.stack.id
    },
    async until(name, id, status) {
      const deadline = performance.now() + 5000
      for (;;) {
        const { body } = await call('GET', `/stacks/${name}/${id}`)
        if (body.stack.stack_status === status) return body.stack
        if (performance.now() > deadline) throw new Error(`${name} is ${body.stack.stack_status}: ${body.stack.stack_status_reason}`)
      }
    },
    async close() {
      await cloud.close('stop')
      await rm(folder, { recursive: true, force: true })
      expect(noise).toEqual(options.noise ? noise : [])
    },
  }
}

/** Asks the cloud's control address. */
export async function control(
  { cloud }: Pick<TestCloud, 'cloud'>,
  method: string,
  path: string,
  body?: object,
): Promise<Omit<Answer, 'headers'>> {
  const { url, token } = cloud.control
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url + path, { method, headers: { Authorization: `Bearer ${token}` }, ...init })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Logs in with the password, for the project. */
export async function logIn(cloud: DevCloud, password: string): Promise<{ token: string; answer: Answer }> {
  const user = { name: 'labs', domain: { name: 'Default' }, password }
  const scope = { project: { name: 'labs', domain: { name: 'Default' } } }
  const body = JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } })
  const response = await fetch(`${cloud.authUrl}/auth/tokens`, { method: 'POST', body })
  const answer = { status: response.status, headers: response.headers, body: await response.json() }
  return { token: response.headers.get('X-Subject-Token') ?? '', answer }
}

/** A clock that stands still until it is moved; timers fire when it passes them. */
export function testClock(start = Date.UTC(2026, 0, 1)) {
  let time = start
  const timers = new Set<{ at: number; what: () => void }>()
  return {
    now: () => new Date(time),
    setTimer: (afterMs: number, what: () => void) => {
      const timer = { at: time + afterMs, what }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    advance(ms: number) {
      time += ms
      for (const timer of [...timers].filter(({ at }) => at <= time)) {
        timers.delete(timer)
        timer.what()
      }
    },
  }
}

const folder = new URL('../../heat-templates/two-machines/', import.meta.url)

export const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9b9wQvTt8w1kC7Y0gP2h6K2Qm7uT8u8xK4c1x7X7yQ test'

/** The product's own lab, as its client sends it. */
export async function twoMachines(): Promise<{ template: string; more: JsonMap }> {
  const template = await readFile(new URL('two-machines.yaml', folder), 'utf8')
  const files = { 'node.yaml': await readFile(new URL('node.yaml', folder), 'utf8') }
  const parameters = { ssh_public_key: publicKey, inside_public_key: publicKey, inside_private_key: 'c2VjcmV0' }
  return { template, more: { files, parameters, timeout_mins: 30 } }
}
