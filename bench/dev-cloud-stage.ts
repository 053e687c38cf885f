import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'ssh2'
import { makeSshKeyPair } from '../lib/environments/key-pair.ts'
import { createHeatClient, type HeatClient, isHeatError, readCloudsYaml, type StackRef } from '../lib/openstack-heat-client/index.ts'
import { connectHost, execOnHost } from '../lib/reach.ts'

export type DevCloudProcess = {
  child: ChildProcess
  cloudsYaml: string
  socksUrl: string
  heat: HeatClient
  said: () => string
  ended: Promise<void>
}

export const key = makeSshKeyPair('bench')

/** A folder for an embedded cloud. */
export function cloudFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-cloud-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts the embedded cloud of a folder; resolves when it serves and what ran before is back. */
export async function startCloud(folder: string, crashFolder?: string): Promise<DevCloudProcess> {
  const words = [
    '--import',
    'tsx',
    join(import.meta.dirname, '../lib/dev-cloud/dev-cloud-process.fixture.ts'),
    folder,
    ...(crashFolder ? [crashFolder] : []),
  ]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let output = ''
  child.stderr?.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-20_000)))
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const ready = await new Promise<{ cloudsYaml: string; socksUrl: string; noMachines?: string }>((done, failed) => {
    child.once('message', (message) => done(message as { cloudsYaml: string; socksUrl: string }))
    child.once('exit', (code, signal) => failed(new Error(`the cloud ended (${signal ?? code}):\n${output}`)))
  })
  if (ready.noMachines !== undefined) throw new Error(ready.noMachines)
  const settings = readCloudsYaml(readFileSync(ready.cloudsYaml, 'utf8'), 'dev')
  const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 20_000, userAgent: 'astrolabe-bench' })
  return { child, cloudsYaml: ready.cloudsYaml, socksUrl: ready.socksUrl, heat, said: () => output, ended }
}

function volumeOf(server: string): [string, object][] {
  const properties = { volume_id: { get_resource: 'volume' }, instance_uuid: { get_resource: server } }
  return [
    ['volume', { type: 'OS::Cinder::Volume', properties: { size: 1 } }],
    ['plug', { type: 'OS::Cinder::VolumeAttachment', properties }],
  ]
}

/** A network behind a router and so many servers, each with an address from outside. `volume`: the first has one. */
export function template(servers: number, { volume = false } = {}): string {
  const each = Array.from({ length: servers }, (_, n) => n + 1)
  const resources: [string, object][] = [
    ['key', { type: 'OS::Nova::KeyPair', properties: { name: { get_param: 'OS::stack_name' }, public_key: key.publicKey } }],
    ['net', { type: 'OS::Neutron::Net' }],
    ['subnet', { type: 'OS::Neutron::Subnet', properties: { network: { get_resource: 'net' }, cidr: '10.30.0.0/24' } }],
    ['router', { type: 'OS::Neutron::Router', properties: { external_gateway_info: { network: 'public' } } }],
    [
      'way',
      { type: 'OS::Neutron::RouterInterface', properties: { router: { get_resource: 'router' }, subnet: { get_resource: 'subnet' } } },
    ],
    ...(volume ? volumeOf('node1') : []),
    ...each.flatMap((n): [string, object][] => [
      [
        `port${n}`,
        {
          type: 'OS::Neutron::Port',
          properties: { network: { get_resource: 'net' }, fixed_ips: [{ subnet: { get_resource: 'subnet' } }] },
        },
      ],
      [
        `address${n}`,
        {
          type: 'OS::Neutron::FloatingIP',
          depends_on: 'way',
          properties: { floating_network: 'public', port_id: { get_resource: `port${n}` } },
        },
      ],
      [
        `node${n}`,
        {
          type: 'OS::Nova::Server',
          properties: {
            name: `node${n}`,
            image: 'debian-12',
            flavor: 'lab.tiny',
            key_name: { get_resource: 'key' },
            networks: [{ port: { get_resource: `port${n}` } }],
          },
        },
      ],
    ]),
  ]
  const outputs = each.map((n) => [`address${n}`, { value: { get_attr: [`address${n}`, 'floating_ip_address'] } }])
  return JSON.stringify({
    heat_template_version: '2021-04-16',
    resources: Object.fromEntries(resources),
    outputs: Object.fromEntries(outputs),
  })
}

/** Asks often until the stack has this status, and gives the values of its outputs; throws when it has failed, or after a minute. */
export async function untilStack(heat: HeatClient, ref: StackRef, status: string): Promise<string[]> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; ) {
    const stack = await heat.showStack(ref)
    const now = `${stack.action}_${stack.status}`
    if (now === status) return (stack.outputs ?? []).map(({ value }) => String(value))
    if (stack.status === 'FAILED') throw new Error(`${ref.name}: ${now}: ${stack.statusReason}`)
    await delay(20)
  }
  throw new Error(`${ref.name} did not become ${status} in a minute`)
}

export async function untilGone(heat: HeatClient, ref: StackRef): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await delay(10)) {
    const stack = await heat.showStack(ref).catch((error: unknown) => {
      if (isHeatError(error) && error.code === 'not_found') return null
      throw error
    })
    if (stack === null || (stack.action === 'DELETE' && stack.status === 'COMPLETE')) return
    if (stack.status === 'FAILED') throw new Error(`${ref.name}: ${stack.statusReason}`)
  }
  throw new Error(`${ref.name} is not gone after a minute`)
}

/** A shell of the default user; asks again until somebody answers. */
export async function openShell(proxyUrl: string, address: string): Promise<Client> {
  const options = { proxyUrl, address, port: 22, timeoutMs: 3_000, user: 'debian', privateKey: key.privateKey, hostKey: null }
  for (const deadline = performance.now() + 60_000; ; await delay(15)) {
    try {
      return await connectHost({ ...options, onFirstUse: (found) => found })
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

/** Signs in and runs something; what it printed. */
export async function runOn(proxyUrl: string, address: string, command: string): Promise<string> {
  const client = await openShell(proxyUrl, address)
  try {
    const { stdout } = await execOnHost(client, command, { timeoutMs: 20_000, mostBytes: 65_536 })
    return stdout.trim()
  } finally {
    client.end()
  }
}
