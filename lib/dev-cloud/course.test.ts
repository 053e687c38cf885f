import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { SocksClient } from 'socks'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { devCloud } from '../../scripts/dev-cloud.mjs'
import { createDriver } from './create-driver.ts'
import { openTestCloud, type TestCloud } from './dev-cloud.fixture.ts'
import { imageFolder, until, whyNoMachines } from './ns/driver.fixture.ts'

const reason = await whyNoMachines()
const suffix = reason === null ? '' : ` (skipped: ${reason})`
const patienceMs = 60_000

/** Runs a command as the image's own user, by the address and the key that a stack tells. */
async function shell(site: TestCloud, { address, key }: { address: string; key: string }, command: string): Promise<string> {
  const door = new URL(site.cloud.socksUrl)
  const { socket } = await SocksClient.createConnection({
    command: 'connect',
    proxy: { host: door.hostname, port: Number(door.port), type: 5, userId: door.username, password: door.password },
    destination: { host: address, port: 22 },
  })
  return ran({ sock: socket, key }, command)
}

async function ran({ sock, key }: { sock: Duplex; key: string }, command: string): Promise<string> {
  const client = new ssh2.Client()
  return new Promise((done, reject) => {
    let said = ''
    client.on('error', reject)
    client.once('close', () => done(said.trim()))
    client.once('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error)
        channel.on('data', (data: Buffer) => {
          said += data.toString()
        })
        channel.once('close', () => client.end())
      })
    })
    client.connect({ sock, username: 'debian', privateKey: key, readyTimeout: 20_000 })
  })
}

describe.skipIf(reason !== null)(`a course of four machines, two networks and a key that is made${suffix}`, () => {
  let site: TestCloud
  let data: string
  const outputs: Record<string, string> = {}

  beforeAll(async () => {
    const log: string[] = []
    data = await mkdtemp(join(tmpdir(), 'dev-cloud-course-'))
    const folder = join(data, 'dev-cloud')
    await mkdir(folder)
    site = await openTestCloud({
      folder,
      noise: log,
      driver: (events) =>
        createDriver({
          kind: 'ns',
          folder: join(folder, 'machines'),
          imageFolder: imageFolder(),
          log: (line) => log.push(line),
          events,
          now: () => new Date(),
        }),
    })
    const template = await readFile(new URL('contract/course.yaml', import.meta.url), 'utf8')
    const id = await site.createStack('course', template)
    const stack = await until(async () => {
      const { body } = await site.call('GET', `/stacks/course/${id}`)
      return body.stack.stack_status === 'CREATE_IN_PROGRESS' ? null : body.stack
    })
    expect(`${stack.stack_status} ${stack.stack_status_reason}`).toBe('CREATE_COMPLETE Stack CREATE completed successfully')
    for (const { output_key: key, output_value: value } of stack.outputs) outputs[key] = value
  }, patienceMs)
  afterAll(async () => {
    await site.close()
    await rm(data, { recursive: true, force: true })
  })

  test('both conditions are signalled by the machines themselves', () => {
    expect(JSON.parse(outputs.nodes ?? '')).toEqual({
      alice: '192.168.122.111 10.10.10.11',
      bob: '192.168.122.112 10.10.10.12',
      charlie: '192.168.122.113 10.10.10.13',
    })
    expect(outputs.data_address).toBe('10.10.10.11')
  })

  test('the learner comes in by the address and the key that the stack tells, and from there to every node', async () => {
    const door = { address: outputs.public_ip ?? '', key: outputs.private_key ?? '' }
    expect(await shell(site, door, 'hostname; whoami; ssh bob hostname')).toBe('deploy\ndebian\nbob')
    expect(await shell(site, door, 'ssh alice ping -c1 -W5 10.10.10.13 | grep -c "1 received"')).toBe('1')
  })

  test('a developer comes in from this computer, by the name of the machine, with an SSH client of their own', async () => {
    const script = fileURLToPath(new URL('../../scripts/astrolabe.mjs', import.meta.url))
    const way = spawn(process.execPath, [script, 'dev-cloud', 'connect', 'deploy'], { env: { ...process.env, ASTROLABE_DATA: data } })
    const ended = once(way, 'exit')
    const sock = Duplex.from({ readable: way.stdout, writable: way.stdin })
    expect(await ran({ sock, key: outputs.private_key ?? '' }, 'hostname')).toBe('deploy')
    expect(await ended).toEqual([0, null])
  })

  test('who asks for a machine that is not there is told so', async () => {
    const said: string[] = []
    expect(await devCloud(['connect', 'nobody'], { data, complain: (line) => said.push(line) })).toBe(1)
    expect(said).toEqual(['There is no machine nobody.'])
  })
})
