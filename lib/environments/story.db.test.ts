import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkCloud, connectCloud, heatClientFor } from '#lib/clouds.ts'
import { config, setConfig } from '#lib/config.ts'
import { ownDatabase } from '#lib/database.fixture.ts'
import { inTransaction, listen, notify, prisma } from '#lib/db.ts'
import { type DevCloud, startDevCloud } from '#lib/dev-cloud/dev-cloud.ts'
import type { ServerSpec } from '#lib/dev-cloud/driver.ts'
import { createMemoryDriver, memoryHost } from '#lib/dev-cloud/played/memory-driver.ts'
import { type PlayedMachine, playMachine } from '#lib/reach.fixture.ts'
import { connectHost } from '#lib/reach.ts'
import { startWorker, type Worker } from '#lib/worker.ts'
import { makeCourse } from './course.fixture.ts'
import { deleteEnvironment } from './delete.ts'
import { hostForTerminal } from './hosts.ts'
import { ensureInstance } from './instance.ts'
import { makeSshKeyPair } from './key-pair.ts'
import type { Phase } from './phase.ts'
import { resetEnvironment } from './reset.ts'
import { startEnvironment } from './start.ts'
import { environmentView } from './view.ts'

ownDatabase()

/** What is gone is looked for twice, ten seconds apart, before it counts as lost. */
const PATIENCE_MS = 60_000

/*
 * The product's whole way to a prompt against a real cloud's APIs: Keystone, Heat and SOCKS over their sockets, SSH into machines that
 * ssh2 plays. Only what a machine does when it boots is written here: it reads its user data and posts its signal.
 */
const machines = new Map<string, PlayedMachine>()
const hostKeys = new Map<string, string>()
/** Machines that do not start, by name. */
const broken = new Set<string>()
let folder = ''
let cloud: DevCloud
let worker: Worker
let cloudId = ''
let tag = ''
/** The most stacks of ours that the cloud ever had while we looked. */
let most = 0

async function boot(spec: ServerSpec): Promise<PlayedMachine> {
  const admitted = spec.publicKeys.map((line) => line.split(' ')[1])
  const key = makeSshKeyPair('test')
  const machine = await playMachine({
    hostKey: key.privateKey,
    admits: ({ user, publicKey }) => user === 'debian' && admitted.includes(publicKey.toString('base64')),
  })
  machines.set(spec.id, machine)
  return machine
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astrolabe-story-'))
  cloud = await startDevCloud({
    folder,
    now: () => new Date(),
    log: () => {},
    driver: (events) => {
      const played = createMemoryDriver(events, memoryHost(), {
        startMs: () => 100,
        refuses: ({ name }) => (broken.has(name) ? 'No valid host was found.' : undefined),
        plays: (spec, call) => {
          const token = /X-Auth-Token: ([^'"\s]+)/i.exec(spec.userData)?.[1]
          const path = /https?:\/\/[^/\s'"]+(\/[^\s'"]+)/.exec(spec.userData)?.[1]
          if (token === undefined || path === undefined) throw new Error('the user data has no signal to post')
          void boot(spec).then(({ hostKey }) => {
            hostKeys.set(`${spec.id}`, hostKey)
            const signal = { status: 'SUCCESS', reason: `${spec.name} is up`, id: spec.name, data: hostKey }
            return call(path, { method: 'POST', token, body: JSON.stringify(signal) })
          })
        },
      })
      const dial = (serverId: string) =>
        new Promise<ReturnType<typeof connect>>((resolve, reject) => {
          const machine = machines.get(serverId)
          if (!machine) return reject(new Error('nobody answers'))
          const socket = connect(machine.port, machine.address)
          socket.once('connect', () => resolve(socket))
          socket.once('error', reject)
        })
      return { ...played, dial }
    },
  })
  setConfig({ ...config(), cloud: { file: cloud.cloudsYamlPath, name: 'dev' } })
  tag = await ensureInstance()
  cloudId = await connectCloud({ file: cloud.cloudsYamlPath, name: 'dev' })
  worker = await startWorker()
})

afterAll(async () => {
  await worker.close()
  await cloud.close('stop')
  for (const machine of machines.values()) await machine.close()
  await rm(folder, { recursive: true, force: true })
})

/** Follows the hints that pages follow. */
async function until(environmentId: string, phase: Phase): Promise<Phase[]> {
  const seen: Phase[] = []
  const reached = Promise.withResolvers<void>()
  const look = async () => {
    most = Math.max(most, (await stacksInCloud()).length)
    const now = (await environmentView(environmentId))?.phase
    if (now !== undefined && seen.at(-1) !== now) seen.push(now)
    if (now === phase) reached.resolve()
  }
  const stop = await listen('environment_changed', () => void look())
  await look()
  await reached.promise
  stop()
  return seen
}

async function stacksInCloud(): Promise<string[]> {
  const { heat } = await heatClientFor(cloudId)
  return (await heat.listStacks({ tags: [tag] })).map(({ name }) => name)
}

test('a launch ends at machines that let the learner in, a reset at other machines, a deletion at none; never two stacks', {
  timeout: PATIENCE_MS,
}, async () => {
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const id = await course.ensure(ada)
  await until(id, 'ready')
  const [first] = await stacksInCloud()
  expect(first).toMatch(new RegExp(`^astrolabe-${tag}-[0-9a-f]{12}-g1-a1$`))
  const view = await environmentView(id)
  expect(view?.hosts).toEqual([
    { name: 'node1', label: 'node1' },
    { name: 'node2', label: 'node2' },
  ])
  expect(view?.parts.every(({ state }) => state === 'done')).toBe(true)
  expect(view?.reason).toBeNull()

  const host = await hostForTerminal({ environmentId: id, generation: 1, name: 'node2' })
  expect([...hostKeys.values()]).toContain(host.hostKey)
  const shell = await connectHost({ ...host, timeoutMs: 5_000, onFirstUse: () => Promise.reject(new Error('the key was signalled')) })
  shell.end()
  await resetEnvironment(ada, { generation: 1 })
  await resetEnvironment(ada, { generation: 1 })
  await until(id, 'ready')
  const after = await stacksInCloud()
  expect(after).toHaveLength(1)
  expect(after[0]).toBe(first?.replace('-g1-', '-g2-'))
  await expect(hostForTerminal({ environmentId: id, generation: 1, name: 'node2' })).rejects.toMatchObject({
    code: 'environment.not_found',
  })

  await deleteEnvironment({ kind: 'command_line' }, id, { reason: 'the test is over' })
  await until(id, 'deleted')
  expect(await stacksInCloud()).toEqual([])
  expect(most).toBe(1)
  const usage = await prisma().usageEntry.groupBy({
    by: ['resource'],
    where: { environmentId: id },
    orderBy: { resource: 'asc' },
    _sum: { amount: true },
    _count: true,
  })
  expect(usage.map(({ resource, _sum, _count }) => [resource, _sum.amount, _count])).toEqual([
    ['floating_ip', 0, 4],
    ['server', 0, 4],
  ])
  const kinds = await prisma().auditEntry.findMany({ where: { subjectId: id }, orderBy: { at: 'asc' }, select: { action: true } })
  expect(kinds.map(({ action }) => action)).toEqual(['environment.reset', 'environment.delete'])
})

test('machines that cannot be built end in a reason and a button, and the button builds them', { timeout: PATIENCE_MS }, async () => {
  const course = await makeCourse()
  const lin = await course.join('Lin')
  broken.add('node2')
  const id = await course.ensure(lin)
  await until(id, 'failed')
  const view = await environmentView(id)
  expect(view?.reason?.code).toBe('cloud.quota_exceeded')
  expect(view?.reason?.detail).toMatch(/No valid host/)
  expect(view?.actions).toContain('start')
  broken.clear()
  await startEnvironment(lin)
  await until(id, 'ready')
  const attempts = await prisma().stack.findMany({ where: { environmentId: id }, orderBy: { attempt: 'asc' } })
  expect(attempts.map(({ attempt, goneAt }) => [attempt, goneAt !== null])).toEqual([
    [1, true],
    [2, true],
    [3, false],
  ])

  // Somebody removes the stack behind our back: that is said, and never quietly mended.
  const { heat } = await heatClientFor(cloudId)
  const name = attempts[2]?.name ?? ''
  await heat.deleteStack(await heat.findStack(name))
  await prisma().environment.update({ where: { id }, data: { nextCheckAt: new Date() } })
  await inTransaction((transaction) => notify(transaction, 'environment_work', id))
  await until(id, 'lost')
  expect((await environmentView(id))?.reason?.code).toBe('environment.lost')
  expect(await stacksInCloud()).toEqual([])
  await deleteEnvironment({ kind: 'command_line' }, id, { reason: 'the test is over' })
  await until(id, 'deleted')
})

test('a worker that ends in the middle is followed by another, and the learner’s machines come up once', {
  timeout: PATIENCE_MS,
}, async () => {
  const course = await makeCourse()
  const eve = await course.join('Eve')
  const id = await course.ensure(eve)
  await until(id, 'building')
  await worker.close()
  await worker.close()
  worker = await startWorker()
  await until(id, 'ready')
  expect(await prisma().stack.count({ where: { environmentId: id } })).toBe(1)
  expect(most).toBe(1)
  await deleteEnvironment({ kind: 'command_line' }, id, { reason: 'the test is over' })
  await until(id, 'deleted')
})

test('what a cloud can do is found out step by step', async () => {
  const source = { file: cloud.cloudsYamlPath, name: 'dev' }
  expect((await checkCloud(source)).map(({ ok }) => ok)).toEqual([true, true, true, true, true])
  expect(await checkCloud({ ...source, name: 'other' })).toMatchObject([{ ok: false }])
})
