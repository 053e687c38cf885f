import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SocksClient } from 'socks'
import ssh2, { type Client } from 'ssh2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeSshKeyPair } from '../../environments/key-pair.ts'
import { control, openTestCloud, type TestCloud, twoMachines } from '../dev-cloud.fixture.ts'
import type { KnownMachine, MetadataRequest, ServerSpec } from '../driver.ts'
import { createNullDriver, type NullTimes } from './null-driver.ts'
import { runCommands } from './null-shell.ts'
import { signalsIn } from './null-signals.ts'

const quick: NullTimes = { start: 1, suspend: 1, resume: 1, stop: 1, delete: 1 }
const person = makeSshKeyPair('somebody')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'null-driver-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

type ShownServer = { id: string; name: string; stack: string; state: string; floatingAddress: string }

const openNullCloud = (times: Partial<NullTimes> = {}) =>
  openTestCloud({
    folder,
    scale: 'thousands',
    driver: (events) => createNullDriver({ folder, times: { ...quick, ...times }, events, now: () => new Date() }),
  })

/** Signs in to a machine as the product does: through the door of the cloud, by its floating address. */
async function signIn(site: TestCloud, host: string): Promise<{ client: Client; hostKey: string }> {
  const door = new URL(site.cloud.socksUrl)
  const proxy = { host: door.hostname, port: Number(door.port), type: 5 as const, userId: door.username, password: door.password }
  const { socket } = await SocksClient.createConnection({ proxy, command: 'connect', destination: { host, port: 22 } })
  const client = new ssh2.Client()
  let hostKey = ''
  await new Promise<void>((done, failed) => {
    client.once('ready', done).on('error', failed)
    const hostVerifier = (key: Buffer) => {
      hostKey = `${key.subarray(4, 4 + key.readUInt32BE(0)).toString()} ${key.toString('base64')}`
      return true
    }
    client.connect({ sock: socket, username: 'debian', privateKey: person.privateKey, hostVerifier })
  })
  return { client, hostKey }
}

function run(client: Client, command: string): Promise<{ said: string; code: number }> {
  return new Promise((done, failed) => {
    client.exec(command, (error, channel) => {
      if (error) return failed(error)
      let said = ''
      let code = -1
      channel.on('data', (data: Buffer) => {
        said += data.toString()
      })
      channel.on('exit', (given: number) => {
        code = given
      })
      channel.once('close', () => done({ said, code }))
    })
  })
}

describe('a cloud whose machines are only played', () => {
  test('makes the lab of two machines: both signal their host key, answer SSH, and know what time it is', async () => {
    const site = await openNullCloud()
    const { template, more } = await twoMachines()
    const id = await site.createStack('two', template, more)
    const { outputs } = await site.until('two', id, 'CREATE_COMPLETE')
    const output = (key: string) => outputs.find((each: { output_key: string }) => each.output_key === key).output_value
    const keys = JSON.parse(output('host_keys'))
    expect(Object.keys(keys).toSorted()).toEqual(['node1', 'node2'])
    for (const name of ['node1', 'node2']) {
      const { client, hostKey } = await signIn(site, output(`${name}_address`))
      expect(hostKey).toBe(keys[name])
      expect(await run(client, 'true')).toEqual({ said: '', code: 0 })
      expect(await run(client, 'hostname')).toEqual({ said: `${name}\n`, code: 0 })
      const { said } = await run(client, 'date -u +%s.%N')
      expect(said).toMatch(/^\d{10}\.\d{9}\n$/)
      expect(Math.abs(Number(said) * 1000 - Date.now())).toBeLessThan(1000)
      expect(await run(client, 'frobnicate; exit 3')).toEqual({ said: 'sh: 1: frobnicate: not found\n', code: 3 })
      client.end()
    }
    await site.close()
  })

  test('a shell echoes what is typed; asleep it holds it back, and awake again it goes on in the same connection', async () => {
    const site = await openNullCloud()
    const { template, more } = await twoMachines()
    const id = await site.createStack('two', template, more)
    const { outputs } = await site.until('two', id, 'CREATE_COMPLETE')
    const address = outputs[0].output_value
    const { client } = await signIn(site, address)
    const shell = await new Promise<ssh2.ClientChannel>((done, failed) => {
      client.exec('exec /bin/sh -c "something long"', { pty: true }, (error, channel) => (error ? failed(error) : done(channel)))
    })
    let screen = ''
    shell.on('data', (data: Buffer) => {
      screen += data.toString()
    })
    shell.write('echo one two\r')
    await expect.poll(() => screen).toBe('debian@node1:~$ echo one two\r\none two\r\ndebian@node1:~$ ')
    const act = async (action: string, status: string) => {
      await site.call('POST', `/stacks/two/${id}/actions`, { [action]: null })
      await site.until('two', id, status)
    }
    await act('suspend', 'SUSPEND_COMPLETE')
    screen = ''
    shell.write('echo late\r')
    await expect(signIn(site, address)).rejects.toThrow()
    expect(screen).toBe('')
    await act('resume', 'RESUME_COMPLETE')
    await expect.poll(() => screen).toBe('echo late\r\nlate\r\ndebian@node1:~$ ')
    const ended = new Promise((done) => shell.once('close', done))
    shell.write('exit\r')
    await ended
    client.end()
    await site.close()
  })

  test.each(['keep', 'stop'] as const)('finds its machines again after a restart that was told to %s them', async (machines) => {
    const first = await openNullCloud()
    const { template, more } = await twoMachines()
    const ids = await Promise.all(['awake', 'asleep'].map((name) => first.createStack(name, template, more)))
    await Promise.all(ids.map((id, index) => first.until(index === 0 ? 'awake' : 'asleep', id, 'CREATE_COMPLETE')))
    await first.call('POST', `/stacks/asleep/${ids[1]}/actions`, { suspend: null })
    await first.until('asleep', ids[1] ?? '', 'SUSPEND_COMPLETE')
    const serversOf = async (cloud: TestCloud): Promise<ShownServer[]> =>
      (await control(cloud, 'GET', '/servers')).body.servers.toSorted((one: ShownServer, other: ShownServer) =>
        one.id.localeCompare(other.id),
      )
    const before = await serversOf(first)
    await first.cloud.close(machines)

    const site = await openNullCloud()
    const after = await serversOf(site)
    const cold = machines === 'stop' ? 'off' : 'frozen'
    expect(after).toEqual(before.map((each) => (each.state === 'frozen' ? { ...each, state: cold } : each)))
    expect(after.map(({ state }) => state).toSorted()).toEqual([cold, cold, 'on', 'on'].toSorted())
    const asleep = after.find(({ stack, name }) => stack === 'asleep' && name === 'node1')?.floatingAddress ?? ''
    await expect(signIn(site, asleep)).rejects.toThrow()
    await site.call('POST', `/stacks/asleep/${ids[1]}/actions`, { resume: null })
    const stack = await site.until('asleep', ids[1] ?? '', 'RESUME_COMPLETE')
    const { client, hostKey } = await signIn(site, asleep)
    const said = stack.outputs.find((each: { output_key: string }) => each.output_key === 'host_keys').output_value
    expect(hostKey).toBe(JSON.parse(said).node1)
    client.end()
    await site.close()
  })

  test('two hundred stacks fall asleep in the same second, in the time that one takes', async () => {
    const site = await openNullCloud({ suspend: 300 })
    const template = `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  one: {type: OS::Nova::Server, properties: {name: one, image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}]}}
`
    const names = Array.from({ length: 200 }, (_, at) => `lab-${at}`)
    const ids = await Promise.all(names.map((name) => site.createStack(name, template)))
    await Promise.all(names.map((name, at) => site.until(name, ids[at] ?? '', 'CREATE_COMPLETE')))
    const began = performance.now()
    await Promise.all(names.map((name, at) => site.call('POST', `/stacks/${name}/${ids[at]}/actions`, { suspend: null })))
    const asleep = async () => (await site.call('GET', '/stacks?status=SUSPEND_COMPLETE')).body.stacks.length
    await expect.poll(asleep, { timeout: 10_000 }).toBe(200)
    expect(performance.now() - began).toBeLessThan(4000)
    await site.close()
  })
})

describe('a played machine', () => {
  const spec: ServerSpec = {
    id: 'm',
    spaceId: 's',
    name: 'm',
    image: 'debian-12',
    flavor: { vcpus: 1, ramMiB: 384, diskGiB: 2 },
    nics: [],
    hosts: [],
    publicKeys: [],
    userData: '',
    metadata: {},
  }
  async function open(before: KnownMachine[] = [], times: Partial<NullTimes> = {}) {
    const requests: MetadataRequest[] = []
    const driver = createNullDriver({
      folder,
      times: { ...quick, ...times },
      now: () => new Date(),
      events: {
        onServerExit: () => undefined,
        onMetadataRequest: async (_space, request) => {
          requests.push(request)
          return { status: 200, headers: {}, body: '' }
        },
      },
    })
    await driver.start(before)
    return { driver, requests, states: async () => (await driver.inspect()).map(({ state }) => state) }
  }

  test('is refused what its state does not allow, and what is done again changes nothing', async () => {
    const { driver, states } = await open()
    await driver.createServer(spec)
    await driver.createServer(spec)
    expect(await driver.consoleLog('m', 1000)).toMatch(/-----BEGIN SSH HOST KEY KEYS-----\necdsa-sha2-nistp256 \S+\n/)
    await driver.freezeServer('m')
    await driver.freezeServer('m')
    await expect(driver.dial('m', 22)).rejects.toMatchObject({ code: 'machine.refused' })
    await driver.thawServer('m')
    await driver.stopServer('m')
    await expect(driver.thawServer('m')).rejects.toMatchObject({ code: 'machine.off' })
    await expect(driver.freezeServer('m')).rejects.toMatchObject({ code: 'machine.off' })
    await expect(driver.dial('m', 22)).rejects.toMatchObject({ code: 'machine.off' })
    await driver.startServer('m')
    await expect(driver.dial('m', 80)).rejects.toMatchObject({ code: 'machine.refused' })
    const stream = await driver.dial('m', 22)
    const gone = new Promise((done) => stream.once('close', done))
    await driver.deleteSpace('s')
    await gone
    expect(await states()).toEqual([])
    await expect(driver.dial('m', 22)).rejects.toMatchObject({ code: 'machine.missing' })
    await driver.deleteServer('m')
    await driver.close('stop')
  })

  test('signals when it first starts, and never again', async () => {
    const userData = `#cloud-config
runcmd: ["curl -i -X POST -H 'X-Auth-Token: gAAAAAtoken.x' -H 'Accept: application/json' http://169.254.169.254/v1/p/stacks/n/i/resources/r/signal --data-binary '{}'"]
`
    const { driver, requests } = await open([{ spec: { ...spec, id: 'old', userData }, state: 'off' }])
    await driver.createServer({ ...spec, userData })
    expect(requests).toMatchObject([
      { method: 'POST', path: '/v1/p/stacks/n/i/resources/r/signal', headers: { 'x-auth-token': 'gAAAAAtoken.x' } },
    ])
    await driver.stopServer('m')
    await driver.createServer({ ...spec, userData })
    await driver.createServer({ ...spec, id: 'old', userData })
    expect(requests).toHaveLength(1)
    await driver.close('stop')
  })
})

describe('the signals in user data', () => {
  const machine = { name: 'head', hostKey: 'ecdsa KEY' }
  const curl = (resource: string) =>
    `curl -i -X POST -H 'X-Auth-Token: T-${resource}' http://169.254.169.254/v1/p/stacks/n/i/resources/${resource}/signal`

  test('are found in scripts, in files and in archives, each once, and what a shell would compute is filled in', () => {
    const file = Buffer.from(`#!/bin/sh\n${curl('b')} --data-binary '{"status": "SUCCESS", "id": "$(hostname)", "data": {"n": 1}}'\n`)
    const config = `#cloud-config
write_files: [{path: /run/b.sh, encoding: b64, content: ${file.toString('base64')}}]
runcmd:
  - |
    ${curl('a')} --data-binary "{\\"status\\": \\"SUCCESS\\", \\"reason\\": \\"up\\", \\"id\\": \\"x\\", \\"data\\": \\"$key\\"}"
    ${curl('a')} --data-binary '{"status": "FAILURE", "reason": "it broke"}'
`
    const script = `#!/bin/bash\nnotify="${curl('c')}"\n$notify --data-binary "$body"\n`
    const archive = `Content-Type: multipart/mixed; boundary="xx"\nMIME-Version: 1.0\n\n--xx\nContent-Type: text/cloud-config\n\n${config}\n--xx\nContent-Type: text/x-shellscript\n\n${script}\n--xx--\n`
    const at = (resource: string) => ({ path: `/v1/p/stacks/n/i/resources/${resource}/signal`, token: `T-${resource}` })
    expect(signalsIn(archive, machine).toSorted((one, other) => one.path.localeCompare(other.path))).toEqual([
      { ...at('a'), body: { status: 'SUCCESS', reason: 'up', id: 'x', data: 'ecdsa KEY' } },
      { ...at('b'), body: { status: 'SUCCESS', reason: 'head is up', id: 'head', data: { n: 1 } } },
      { ...at('c'), body: { status: 'SUCCESS', reason: 'head is up', id: 'head', data: 'ecdsa KEY' } },
    ])
    expect(signalsIn('', machine)).toEqual([])
  })
})

test.each([
  ['true', '', 0],
  ['false || echo no && echo "yes; no"', 'no\nyes; no\n', 0],
  ['false && echo never', '', 1],
  ['date -u +%s%N', '1767312000250000000\n', 0],
  ['date +%F\ndate +%T', '2026-01-02\n00:00:00\n', 0],
  [`exec /bin/sh -c 'echo in; exit 3'`, 'in\n', 3],
  [`sudo -n date -u -s @1767312000.000`, '', 0],
  ['exit 4; echo never', '', 4],
  ['', '', 0],
])('a played shell answers %j', (script, output, code) => {
  expect(runCommands(script, { name: 'm', now: new Date('2026-01-02T00:00:00.250Z') })).toEqual({ output, code })
})
