import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeSshKeyPair } from '../../environments/key-pair.ts'
import type { Driver, ServerSpec } from '../driver.ts'
import { createLocalDriver, whyNotLocal } from './local-driver.ts'

const ada = makeSshKeyPair('ada')
const stranger = makeSshKeyPair('stranger')
const isLinux = process.platform === 'linux'

let folder: string
let driver: Driver
const clients: Client[] = []

const server = (id: string): ServerSpec => ({
  id,
  spaceId: 'a',
  name: id,
  image: 'debian-12',
  flavor: { vcpus: 1, ramMiB: 512, diskGiB: 1 },
  nics: [],
  hosts: [],
  publicKeys: [ada.publicKey],
  userData: '',
  metadata: {},
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'local-driver-'))
  const events = { onServerExit() {}, onMetadataRequest: async () => ({ status: 200, headers: {}, body: '' }) }
  driver = createLocalDriver({ folder, events, now: () => new Date() })
  await driver.start([])
  await Promise.all([driver.createServer(server('one')), driver.createServer(server('two'))])
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.end()
  await driver.close('stop')
  rmSync(folder, { recursive: true, force: true })
})

async function signIn(id: string, privateKey = ada.privateKey): Promise<Client> {
  const client = new ssh2.Client()
  clients.push(client)
  const sock = await driver.dial(id, 22)
  await new Promise<void>((done, failed) => {
    client.once('ready', done).on('error', failed)
    client.connect({ sock, username: 'debian', privateKey })
  })
  return client
}

const exec = (client: Client, command: string): Promise<string> =>
  new Promise((done, failed) => {
    client.exec(command, (error, channel) => {
      if (error) return failed(error)
      let said = ''
      channel.on('data', (bytes: Buffer) => (said += bytes.toString())).once('close', () => done(said.trim()))
    })
  })

/** What a terminal shows until something is on it. */
function until(channel: ClientChannel, wanted: RegExp): Promise<string> {
  return new Promise((done) => {
    let shown = ''
    channel.on('data', (bytes: Buffer) => {
      shown += bytes.toString()
      if (wanted.test(shown)) done(shown)
    })
  })
}

test.runIf(isLinux)('each machine has a home of its own, and who has no key of it is turned away', async () => {
  const [one, two] = [await signIn('one'), await signIn('two')]
  expect(await exec(one, 'echo kept > file; pwd; echo $HOME')).toBe(`${folder}/homes/one\n${folder}/homes/one`)
  expect(await exec(two, 'pwd; ls')).toBe(`${folder}/homes/two`)
  await expect(signIn('one', stranger.privateKey)).rejects.toThrow('authentication methods failed')
  expect(await driver.consoleLog('one', 10_000)).toContain('NO ISOLATION')
})

test.runIf(isLinux)('a shell has a terminal of the size of the window, and says first that nothing is isolated', async () => {
  const client = await signIn('one')
  const channel = await new Promise<ClientChannel>((done, failed) => {
    client.shell({ rows: 30, cols: 90, term: 'xterm' }, (error, opened) => (error ? failed(error) : done(opened)))
  })
  expect(await until(channel, /one \(not isolated\)/)).toContain('NO ISOLATION')
  channel.write('tty; stty size\n')
  expect(await until(channel, /30 90/)).toContain('/dev/pts/')
  channel.setWindow(40, 100, 0, 0)
  channel.write('until stty size | grep 40.100; do sleep 0.05; done; echo as-wide-as-$((50*2))\n')
  await until(channel, /as-wide-as-100/)
})

test.runIf(isLinux)(
  'asleep all its programs stand still, also those that were left behind; deleted they are gone, and its home',
  async () => {
    const file = join(folder, 'homes/one/tick')
    await exec(await signIn('one'), `setsid sh -c 'while :; do date +%s%N > ${file}; sleep 0.01; done' >/dev/null 2>&1 &`)
    const moved = async (from: string) => {
      while (!existsSync(file) || readFileSync(file, 'utf8') === from) await delay(5)
    }
    await moved('')
    await driver.freezeServer('one')
    const first = readFileSync(file, 'utf8')
    await expect(driver.dial('one', 22)).rejects.toMatchObject({ code: 'machine.refused' })
    await exec(await signIn('two'), 'sleep 0.2')
    expect(readFileSync(file, 'utf8')).toBe(first)
    await driver.thawServer('one')
    await moved(first)
    await driver.deleteServer('one')
    expect(existsSync(join(folder, 'homes/one'))).toBe(false)
    await exec(await signIn('two'), 'sleep 0.1')
    expect(existsSync(file)).toBe(false)
  },
)

test('it is not started by mistake, nor by root', () => {
  const fine = { understood: true, uid: 1000, platform: 'linux' as const }
  expect(whyNotLocal(fine)).toBeNull()
  expect(whyNotLocal({ ...fine, understood: false })?.remedy).toContain('DEV_CLOUD_I_UNDERSTAND=1')
  expect(whyNotLocal({ ...fine, uid: 0 })?.remedy).toBe('Start it as an ordinary user.')
  expect(whyNotLocal({ ...fine, platform: 'darwin' })?.reason).toContain('needs Linux')
})
