import { expect } from 'vitest'
import { mapOf, wordOf } from './apart.ts'
import { type Case, get, post, type Scene } from './case.ts'
import { hot } from './lab.ts'
import { settled } from './partner.fixture.ts'

const template = hot(`resources:
  net: {type: OS::Neutron::Net}
  subnet: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  server:
    type: OS::Nova::Server
    depends_on: subnet
    properties: {image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}]}
`)

/** Before all: a stack of one server. */
export async function beginRecovery({ partner, kept }: Scene): Promise<void> {
  const name = partner.stackName()
  const { body } = await partner.call(post('/stacks', { stack_name: name, template }))
  kept.recovering = `${name}/${wordOf(mapOf(mapOf(body).stack).id)}`
}

async function ready({ partner, kept }: Scene): Promise<void> {
  await settled(partner, wordOf(kept.recovering), 'CREATE')
  const { body } = await partner.call(get(`/stacks/${kept.recovering}/resources/server`))
  kept.recoveringServer = wordOf(mapOf(mapOf(body).resource).physical_resource_id)
}

/** Nova does it, behind Heat's back. */
const nova = (action: string, status: string) => async (scene: Scene) => {
  const { partner, kept } = scene
  const path = `/servers/${kept.recoveringServer}`
  await partner.call({ method: 'POST', service: 'compute', path: `${path}/action`, body: { [action]: null } })
  const deadline = performance.now() + partner.patienceMs
  for (;;) {
    const { body } = await partner.call({ method: 'GET', service: 'compute', path })
    const server = mapOf(mapOf(body).server)
    if (server.status === status && server['OS-EXT-STS:task_state'] === null) return
    if (performance.now() > deadline) throw new Error(`the server is ${wordOf(server.status)}`)
    await new Promise((resolve) => setTimeout(resolve, partner.pollMs))
  }
}

/** Asks for the action and waits until it is over; it is taken up a moment after the answer. */
async function heat({ partner, kept }: Scene, action: string): Promise<void> {
  const ref = wordOf(kept.recovering)
  const before = await eventCount({ partner, kept })
  await partner.call(post(`/stacks/${ref}/actions`, { [action]: null }))
  const deadline = performance.now() + partner.patienceMs
  while ((await eventCount({ partner, kept })) === before) {
    if (performance.now() > deadline) throw new Error(`${action} is never taken up`)
    await new Promise((resolve) => setTimeout(resolve, partner.pollMs))
  }
  await settled(partner, ref, action.toUpperCase())
}

async function eventCount({ partner, kept }: Scene): Promise<number> {
  const { body } = await partner.call(get(`/stacks/${kept.recovering}/events`))
  const { events } = mapOf(body)
  return Array.isArray(events) ? events.length : 0
}

const good = (action: string) => [`${action}_COMPLETE`, `Stack ${action} completed successfully`]
const checked = ['CHECK_COMPLETE', "Stack CHECK completed successfully. 'CHECK' not fully supported (see resources)"]
const steps: [number: string, action: string, title: string, state: unknown[], before?: (scene: Scene) => Promise<void>][] = [
  ['00', 'suspend', 'a stack is suspended', good('SUSPEND'), ready],
  [
    '01',
    'check',
    'checked while it sleeps, it fails',
    [
      'CHECK_FAILED',
      `Resource CHECK failed: ["Error: resources.server: 'status': expected 'ACTIVE', got 'SUSPENDED'"]. 'CHECK' not fully supported (see resources)`,
    ],
  ],
  [
    '02',
    'resume',
    'then it cannot be resumed',
    ['RESUME_FAILED', "Resource RESUME failed: Error: resources.net: State ('CHECK', 'COMPLETE') invalid for resume"],
  ],
  [
    '03',
    'suspend',
    'nor suspended',
    ['SUSPEND_FAILED', "Resource SUSPEND failed: Error: resources.server: State ('CHECK', 'FAILED') invalid for suspend"],
  ],
  ['05', 'check', 'once Nova has woken its server, a check finds all well', checked, nova('resume', 'ACTIVE')],
  ['06', 'suspend', 'then it is suspended as before', good('SUSPEND')],
  ['07', 'resume', 'and resumed', good('RESUME')],
  ['10', 'suspend', 'a server that its user has suspended does no harm', good('SUSPEND'), nova('suspend', 'SUSPENDED')],
  ['09', 'resume', 'nor does one that its user has woken', good('RESUME'), nova('resume', 'ACTIVE')],
  [
    '12',
    'suspend',
    'one that its user has stopped makes suspending fail',
    [
      'SUSPEND_FAILED',
      "Resource SUSPEND failed: Conflict: resources.server: Cannot 'suspend' instance <id> while it is in vm_state stopped (HTTP 409) (Request-ID: req-<id>)",
    ],
    nova('os-stop', 'SHUTOFF'),
  ],
  [
    '13',
    'resume',
    'after that it cannot be resumed',
    ['RESUME_FAILED', "Resource RESUME failed: Error: resources.server: State ('SUSPEND', 'FAILED') invalid for resume"],
  ],
  ['14', 'suspend', 'once the server is started, it is suspended', good('SUSPEND'), nova('os-start', 'ACTIVE')],
  ['15', 'resume', 'and resumed, back to normal', good('RESUME')],
]

/** What is lost and how it is found again (openstack/README.md, facts 4 and 5). */
export const recoveryCases: Case[] = steps.map(([number, action, title, [status, reason], before]) => ({
  title,
  recorded: [`heat-show-sequence-${number}-${action}-200`],
  first: async (scene) => {
    await before?.(scene)
    await heat(scene, action)
  },
  call: ({ kept }) => get(`/stacks/${kept.recovering}`),
  status: 200,
  has: { stack: { stack_name: '<stack>', stack_status: status, stack_status_reason: reason, updated_time: null, tags: expect.any(Array) } },
}))
