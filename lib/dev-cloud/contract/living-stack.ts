import { expect } from 'vitest'
import { type Json, type JsonMap, maps } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, get, post, type Scene } from './case.ts'
import { type Call, settled } from './partner.fixture.ts'

export const own = ({ kept }: Scene, path = '') => `/stacks/${kept.name}/${kept.id}${path}`
export const look =
  (path = '') =>
  (scene: Scene): Call =>
    get(own(scene, path))
export const act =
  (body: JsonMap) =>
  (scene: Scene): Call =>
    post(own(scene, '/actions'), body)
export const patch =
  (body: JsonMap, path = '') =>
  (scene: Scene): Call => ({ method: 'PATCH', path: own(scene, path), body })
export const over =
  (action: string) =>
  async ({ partner, kept }: Scene) => {
    const stack = await settled(partner, `${kept.name}/${kept.id}`, action)
    if (!wordOf(stack.stack_status).endsWith('COMPLETE'))
      throw new Error(`${wordOf(stack.stack_status)}: ${wordOf(stack.stack_status_reason)}`)
  }
/** Waits until the stack is in such a state; an action is taken up a moment after its answer. */
export const when =
  (status: string) =>
  ({ partner, kept }: Scene) =>
    waitFor({ partner, kept }, '', (body) => mapOf(mapOf(body).stack).stack_status === status)

export async function waitFor(scene: Scene, path: string, good: (body: Json) => boolean): Promise<void> {
  const { partner } = scene
  const deadline = performance.now() + partner.patienceMs
  for (;;) {
    const { status, body } = await partner.call(get(own(scene, path)))
    if (status >= 400) throw new Error(JSON.stringify(body))
    if (good(body)) return
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(body)}`)
    await new Promise((resolve) => setTimeout(resolve, Math.min(partner.pollMs, 50)))
  }
}

/** Everything is there but the signal. */
export const built = (scene: Scene) =>
  waitFor(scene, '/resources', (body) => {
    const waiting = maps(mapOf(body).resources).filter(({ resource_status: status }) => status !== 'CREATE_COMPLETE')
    return waiting.map(({ resource_name: name }) => wordOf(name)).join() === 'wait'
  })

export const shown = (more: JsonMap) => ({
  stack: {
    stack_name: '<stack>',
    id: '<id>',
    links: [{ href: '<orchestration>/stacks/<stack>/<id>', rel: 'self' }],
    creation_time: '<time>',
    deletion_time: null,
    capabilities: [],
    disable_rollback: true,
    stack_owner: 'labs',
    parent: null,
    ...more,
  },
})
export const state = (status: string, words: string, more: JsonMap = {}) =>
  shown({ stack_status: status, stack_status_reason: words, ...more })
export const resource = (name: string, type: string, more: Record<string, unknown> = {}) =>
  expect.objectContaining({
    resource_name: name,
    logical_resource_id: name,
    resource_type: type,
    creation_time: '<time>',
    updated_time: '<time>',
    resource_status: 'CREATE_COMPLETE',
    resource_status_reason: 'state changed',
    links: expect.arrayContaining([
      { href: `<orchestration>/stacks/<stack>/<id>/resources/${name}`, rel: 'self' },
      { href: '<orchestration>/stacks/<stack>/<id>', rel: 'stack' },
    ]),
    ...more,
  })
export const stackEvent = (status: string, reason: string) =>
  expect.objectContaining({
    id: '<id>',
    event_time: '<time>',
    resource_name: '<stack>',
    logical_resource_id: '<stack>',
    physical_resource_id: '<id>',
    resource_status: status,
    resource_status_reason: reason,
  })
export const server = (status: string, vm: string, power: unknown = expect.any(Number)) => ({
  id: '<id>',
  name: '<stack>-head',
  status,
  tenant_id: '<hex>',
  user_id: '<hex>',
  metadata: { role: 'head' },
  image: { id: '<id>' },
  flavor: { id: '<id>' },
  accessIPv4: '',
  accessIPv6: '',
  links: [{ rel: 'self', href: '<compute>/servers/<id>' }, { rel: 'bookmark' }],
  'OS-DCF:diskConfig': 'MANUAL',
  'OS-EXT-AZ:availability_zone': 'nova',
  config_drive: expect.any(String),
  'OS-EXT-STS:task_state': null,
  'OS-EXT-STS:vm_state': vm,
  'OS-EXT-STS:power_state': power,
  'OS-SRV-USG:terminated_at': null,
  'os-extended-volumes:volumes_attached': [],
})
export const nova =
  (path: string, more: Partial<Call> = {}) =>
  ({ kept }: Scene): Call => ({ method: 'GET', service: 'compute', path: path.replace('HEAD', wordOf(kept.head)), ...more })
export const accepted = { message: 'The request is accepted for processing.<br /><br />\n\n\n', code: '202 Accepted', title: 'Accepted' }
export const found = {
  message: expect.stringContaining('The resource was found at <a href="<orchestration>/stacks/<stack>/<id>">'),
  code: '302 Found',
  title: 'Found',
}
export const signal = { status: 'SUCCESS', reason: 'ready', id: 'head', data: 'up' }
export const busy = 'Stack <stack> already has an action (SUSPEND) in progress.'
export const asleep = 'Updating a stack when it is suspended is not supported.'
export const yes = (title: string, recorded: string[], call: Case['call'], first?: Case['first']): Case => ({
  title,
  recorded,
  call,
  status: 200,
  is: null,
  ...(first ? { first } : {}),
})
export const sees = (title: string, recorded: string[], call: Case['call'], has: unknown, first?: Case['first']): Case => ({
  title,
  recorded,
  call,
  status: 200,
  has,
  ...(first ? { first } : {}),
})
