import { expect } from 'vitest'
import type { Json } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, get, post, type Scene } from './case.ts'
import { waiting } from './lab.ts'
import type { Call } from './partner.fixture.ts'

const template = (seconds: number) => waiting(seconds, '  v: {type: OS::Heat::RandomString}\n')
const kinds = ['suspend', 'resume', 'check', 'update'] as const
type Kind = (typeof kinds)[number]

/** A stack that fails for want of a signal, a few seconds later. */
async function begin(kind: Kind, { partner, kept }: Scene): Promise<void> {
  const name = partner.stackName()
  const { body } = await partner.call(post('/stacks', { stack_name: name, template: template(6) }))
  kept[`early ${kind}`] = `${name}/${wordOf(mapOf(mapOf(body).stack).id)}`
}

const address = (kind: Kind, { kept }: Scene, path = '') => `/stacks/${kept[`early ${kind}`]}${path}`
const asked = (kind: Kind, scene: Scene): Call =>
  kind === 'update'
    ? { method: 'PATCH', path: address(kind, scene), body: { template: template(7), tags: 'x' } }
    : post(address(kind, scene, '/actions'), { [kind]: null })

/** The wait is begun, so that nothing else is on its way. */
const begun = (kind: Kind) => async (scene: Scene) => {
  await begin(kind, scene)
  await until(kind, '/resources/wait', (body) => mapOf(mapOf(body).resource).resource_status === 'CREATE_IN_PROGRESS')(scene)
}
const ended = (kind: Kind, status: string) =>
  until(kind, '', (body) => {
    const { stack_status: now, stack_status_reason: reason } = mapOf(mapOf(body).stack)
    return now === status && wordOf(reason).includes('WaitConditionTimeout')
  })

function until(kind: Kind, path: string, good: (body: Json) => boolean): (scene: Scene) => Promise<void> {
  return async (scene) => {
    const { partner } = scene
    const deadline = performance.now() + partner.patienceMs
    for (;;) {
      const { body } = await partner.call(get(address(kind, scene, path)))
      if (good(body)) return
      if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(body)}`)
      await new Promise((resolve) => setTimeout(resolve, partner.pollMs))
    }
  }
}

const accepted = { message: 'The request is accepted for processing.<br /><br />\n\n\n', code: '202 Accepted', title: 'Accepted' }
const late = 'Resource CREATE failed: WaitConditionTimeout: resources.wait: 0 of 1 received'

/** A stack that is being created is not protected from other actions (openstack/README.md, fact 2). */
export const earlyCases: Case[] = kinds.map(
  (kind): Case => ({
    title: `while a stack is created, ${kind === 'update' ? 'a change' : `to ${kind} it`} is accepted`,
    recorded: [`heat-${kind}-while-creating-${kind === 'update' ? 202 : 200}`],
    first: begun(kind),
    call: (scene) => asked(kind, scene),
    status: kind === 'update' ? 202 : 200,
    is: kind === 'update' ? accepted : null,
  }),
)

/** What becomes of them, a little later. */
export const lateCases: Case[] = [
  ...kinds.map((kind): Case => {
    const status = kind === 'update' ? 'UPDATE_FAILED' : 'CREATE_FAILED'
    return {
      title: `in the end ${kind === 'update' ? 'the change' : 'the creation'} fails all the same (${kind})`,
      recorded: [`heat-show-after-${kind}-while-creating-200`],
      first: ended(kind, status),
      call: (scene) => get(address(kind, scene)),
      status: 200,
      has: { stack: { stack_name: '<stack>', stack_status: status, stack_status_reason: late } },
    }
  }),
  ...kinds.map(
    (kind): Case => ({
      title: `its events tell of both (${kind})`,
      recorded: [`heat-events-after-${kind}-while-creating-200`],
      call: (scene) => get(address(kind, scene, '/events')),
      status: 200,
      has: {
        events: expect.arrayContaining([
          expect.objectContaining({
            resource_name: '<stack>',
            resource_status: 'CREATE_IN_PROGRESS',
            resource_status_reason: 'Stack CREATE started',
          }),
          expect.objectContaining({ resource_name: '<stack>', resource_status: `${kind.toUpperCase()}_IN_PROGRESS` }),
        ]),
      },
    }),
  ),
]
