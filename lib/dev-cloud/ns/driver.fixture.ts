import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import ssh2 from 'ssh2'
import { BASE_IMAGE, imageFolder } from '../../../scripts/machines.mjs'
import { makeSshKeyPair } from '../../environments/key-pair.ts'
import { createDriver } from '../create-driver.ts'
import type { Driver, DriverEvents, MetadataRequest, ServerSpec } from '../driver.ts'
import { DriverFailure } from '../driver.ts'
import { hasImage } from '../images/ensure.mjs'
import { probe } from './probe.ts'
import type { Standing } from './standing.ts'

/** Why there are no machines here, or null. */
export async function whyNoMachines(): Promise<string | null> {
  const able = await probe()
  if (!able.ok) return able.reason
  return hasImage(imageFolder(), BASE_IMAGE) ? null : 'the base image is not built: npm start builds it'
}

const pair = makeSshKeyPair('test')
export const key = { public: pair.publicKey, private: pair.privateKey }
export { imageFolder }

export type TestCloud = {
  driver: Driver
  folder: string
  requests: (MetadataRequest & { spaceId: string })[]
  exits: string[]
  /** All that the driver said, but for the one setting of this computer: which of several clouds raises it is chance. */
  log: string[]
  remove(): void
}

type TestOptions = {
  folder?: string
  standing?: Standing
  packageSources?: string
  /** What the metadata address says; absent: in which space it was asked. */
  answer?: DriverEvents['onMetadataRequest']
}

/** A driver with a folder of its own, under a folder that only root may enter: a checkout in /root is like that. */
export function testCloud({ folder: given, standing, packageSources, answer }: TestOptions = {}): TestCloud {
  const parent = given === undefined ? mkdtempSync(join(tmpdir(), 'astrolabe-ns-')) : join(given, '..')
  const folder = given ?? join(parent, 'cloud with a blank')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const cloud = { folder, requests: [] as TestCloud['requests'], exits: [] as string[], log: [] as string[] }
  const events: DriverEvents = {
    onServerExit: (id) => cloud.exits.push(id),
    onMetadataRequest: async (spaceId, request) => {
      cloud.requests.push({ ...request, spaceId })
      if (answer !== undefined) return answer(spaceId, request)
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: `space ${spaceId}\n` }
    },
  }
  const driver = createDriver({
    kind: 'ns',
    ...(standing === undefined ? {} : { standing }),
    folder,
    imageFolder: imageFolder(),
    packageSources,
    log: (line) => {
      if (!line.includes('fs.inotify.')) cloud.log.push(line)
    },
    events,
    now: () => new Date(),
  })
  return { ...cloud, driver, remove: () => rmSync(parent, { recursive: true, force: true }) }
}

export const NETWORK = { id: 'net', cidr: '10.20.0.0/24', gateway: '10.20.0.1' }

/** A machine `node<n>` at 10.20.0.1<n> of a space; the network's id is the space's own. */
export function machine(spaceId: string, n: number, more: Partial<ServerSpec> = {}): ServerSpec {
  const hosts = [1, 2].map((other) => ({ address: `10.20.0.1${other}`, names: [`node${other}`] }))
  return {
    id: `${spaceId}-${n}`,
    spaceId,
    name: `node${n}`,
    image: 'debian-12',
    flavor: { vcpus: 1, ramMiB: 512, diskGiB: 5 },
    nics: [{ networkId: 'net', address: `10.20.0.1${n}`, prefixLength: 24, gateway: '10.20.0.1', mac: `fa:16:3e:00:00:0${n}` }],
    hosts,
    publicKeys: [key.public],
    userData: '',
    metadata: {},
    ...more,
  }
}

/** Asks until it answers: the time limit is the test's. */
export async function until<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    await delay(10)
  }
}

/** Runs a command over SSH as `debian`, as soon as the machine answers. */
export async function ssh(driver: Driver, serverId: string, command: string): Promise<string> {
  const sock = await until(() =>
    driver
      .dial(serverId, 22)
      .catch((error: unknown) => (error instanceof DriverFailure && error.code === 'machine.refused' ? null : Promise.reject(error))),
  )
  const client = new ssh2.Client()
  return new Promise((done, reject) => {
    let said = ''
    client.on('error', reject)
    client.once('close', () => done(said.trim()))
    client.once('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error)
        const add = (data: Buffer) => {
          said += data.toString()
        }
        channel.on('data', add)
        channel.stderr.on('data', add)
        channel.once('close', () => client.end())
      })
    })
    // A machine that goes down in the middle of a word says no goodbye: its silence has to be noticed.
    client.connect({ sock, username: 'debian', privateKey: key.private, readyTimeout: 5_000, keepaliveInterval: 500, keepaliveCountMax: 4 })
  })
}

/** What `scripts/leftovers.mjs` prints for a folder. */
export async function leftoversOf(folder: string): Promise<string> {
  const script = join(import.meta.dirname, '../../../scripts/leftovers.mjs')
  return promisify(execFile)(process.execPath, [script, folder]).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)),
  )
}
