import { expect } from 'vitest'
import type { JsonMap } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, get, heatRefuses, post, type Scene } from './case.ts'
import { hot, waiting } from './lab.ts'
import { settled } from './partner.fixture.ts'

/** Begins the stacks that take their time to fail, side by side. */
async function beginAll(scene: Scene): Promise<void> {
  const { partner, kept } = scene
  const begin = async (word: string, template: string, more: JsonMap = {}) => {
    const name = partner.stackName()
    const { body } = await partner.call(post('/stacks', { stack_name: name, template, ...more }))
    kept[word] = `${name}/${wordOf(mapOf(mapOf(body).stack).id)}`
  }
  await begin('late', waiting(2))
  await begin('rolled', waiting(2), { disable_rollback: false })
  await begin('told', waiting(120))
  await begin('early', waiting(300, '  v: {type: OS::Heat::RandomString}\n'))
  await begin(
    'port',
    hot(
      'resources:\n  net: {type: OS::Neutron::Net}\n  subnet: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}\n',
    ),
  )
}

const of =
  (word: string, path = '') =>
  ({ kept }: Scene) =>
    get(`/stacks/${kept[word]}${path}`)
const act =
  (word: string, body: JsonMap) =>
  ({ kept }: Scene) =>
    post(`/stacks/${kept[word]}/actions`, body)
const over =
  (word: string, action?: string) =>
  async ({ partner, kept }: Scene) => {
    await settled(partner, wordOf(kept[word]), action)
  }
const state = (status: string, reason: unknown) => ({ stack: { stack_name: '<stack>', stack_status: status, stack_status_reason: reason } })
const shows = (title: string, recorded: string[], call: Case['call'], has: unknown, first?: Case['first']): Case => ({
  title,
  recorded,
  call,
  status: 200,
  has,
  ...(first ? { first } : {}),
})
const late = 'Resource CREATE failed: WaitConditionTimeout: resources.wait: 0 of 1 received'
const failed = (reason: string) =>
  expect.objectContaining({ resource_name: 'wait', resource_status: 'CREATE_FAILED', resource_status_reason: reason })

/** What is in progress and what has failed. */
export const failureCases: Case[] = [
  heatRefuses(
    'while a stack is created, a change of it is not cancelled',
    ['heat-cancel-update-while-creating-400'],
    act('early', { cancel_update: null }),
    [400, 'NotSupported', 'Cancelling update when stack is CREATE_IN_PROGRESS is not supported.'],
  ),
  heatRefuses(
    'nor is a snapshot taken',
    ['heat-snapshot-while-creating-409'],
    ({ kept }) => post(`/stacks/${kept.early}/snapshots`, { name: 's' }),
    [409, 'ActionInProgress', 'Stack <stack> already has an action (CREATE) in progress.'],
  ),
  {
    title: 'it can be deleted',
    recorded: ['heat-delete-while-creating-204'],
    call: ({ kept }) => ({ method: 'DELETE', path: `/stacks/${kept.early}` }),
    status: 204,
    is: '',
  },
  shows(
    'a signal that nobody sent fails the creation',
    ['heat-show-failed-wait-condition-timeout-200'],
    of('late'),
    state('CREATE_FAILED', late),
    over('late', 'CREATE'),
  ),
  shows('and the resource says so', ['heat-resources-failed-wait-condition-timeout-200'], of('late', '/resources?nested_depth=3'), {
    resources: expect.arrayContaining([failed('WaitConditionTimeout: resources.wait: 0 of 1 received')]),
  }),
  shows('so do its events', ['heat-events-failed-wait-condition-timeout-200'], of('late', '/events?nested_depth=3'), {
    events: expect.arrayContaining([
      failed('WaitConditionTimeout: resources.wait: 0 of 1 received'),
      expect.objectContaining({ resource_name: '<stack>', resource_status: 'CREATE_FAILED', resource_status_reason: late }),
    ]),
  }),
  shows(
    'what failed is undone where that was wanted',
    ['heat-show-failed-rollback-200'],
    of('rolled'),
    state('ROLLBACK_COMPLETE', 'Stack ROLLBACK completed successfully'),
    over('rolled', 'ROLLBACK'),
  ),
  shows('then no resources are left', ['heat-resources-failed-rollback-200'], of('rolled', '/resources?nested_depth=3'), { resources: [] }),
  {
    title: 'a signal of failure is taken',
    recorded: ['heat-signal-failure-200'],
    first: findHandle,
    call: ({ kept }) => ({
      method: 'POST',
      path: wordOf(kept.toldEndpoint),
      token: wordOf(kept.toldToken),
      body: { status: 'FAILURE', reason: 'installation failed', id: 'head', data: '' },
    }),
    status: 200,
    is: null,
  },
  shows(
    'it fails the creation in its own words',
    ['heat-show-failed-signal-failure-200'],
    of('told'),
    state('CREATE_FAILED', 'Resource CREATE failed: WaitConditionFailure: resources.wait: installation failed'),
    over('told', 'CREATE'),
  ),
  {
    title: 'what has failed is suspended',
    recorded: ['heat-suspend-failed-stack-200'],
    call: act('told', { suspend: null }),
    status: 200,
    is: null,
  },
  heatRefuses(
    'what has failed and was suspended is not changed',
    ['heat-update-failed-stack-400'],
    ({ kept }) => ({
      method: 'PATCH',
      path: `/stacks/${kept.told}`,
      body: { template: hot('resources: {a: {type: OS::Heat::RandomString}}') },
    }),
    [400, 'NotSupported', 'Updating a stack when it is suspended is not supported.'],
  ),
]

/** Before all: what fails takes its time. */
export const beginFailures = beginAll

async function findHandle({ partner, kept }: Scene): Promise<void> {
  const deadline = performance.now() + partner.patienceMs
  for (;;) {
    const { body } = await partner.call(get(`/stacks/${kept.told}/resources/handle`))
    const { attributes, resource_status: status } = mapOf(mapOf(body).resource)
    if (status === 'CREATE_COMPLETE') {
      const { endpoint, token } = mapOf(attributes)
      Object.assign(kept, { toldEndpoint: endpoint, toldToken: token })
      return
    }
    if (performance.now() > deadline) throw new Error(`the handle is ${wordOf(status)}`)
    await new Promise((resolve) => setTimeout(resolve, partner.pollMs))
  }
}
