import { type Cloud, record } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, type Route, type Service } from '../http.ts'
import type { Stack } from '../state.ts'
import { abandonRoutes, adopt } from './abandon.ts'
import { act, actionName } from './act.ts'
import { belowShort, guarded, type Heat, ok, redirect, refuse, refuseWithoutTrust, stackOf } from './api.ts'
import { eventRoutes } from './events.ts'
import { listStacks } from './list.ts'
import { planOf, planStack } from './plan.ts'
import { preview } from './preview.ts'
import { refuseDuplicate } from './request.ts'
import { resourceTypeRoutes } from './resource-types.ts'
import { resourceRoutes } from './resources.ts'
import { snapshotRoutes } from './snapshots.ts'
import { softwareConfigRoutes } from './software-configs.ts'
import { languageRoutes } from './template-versions.ts'
import { previewUpdate, updateStack } from './update.ts'
import { validate } from './validate.ts'
import { outputsOf, shownEnvironment, stackBody, stackUrl } from './views.ts'

/** Heat v1, "Orchestration Service API v1". */
export function heatService(heat: Heat): Service {
  const at: At = (method, path, handle, verb) => ({ method, pattern: `/v1/:project${path}`, handle: guarded(heat, handle), verb })
  const routes: Route[] = [
    { method: 'GET', pattern: '/', handle: () => versions(heat.cloud), verb: 'versions' },
    at('GET', '/stacks', (request) => listStacks(heat, request), 'list'),
    at('POST', '/stacks', (request) => create(heat, request), 'create'),
    at('GET', '/stacks/detail', (request) => listStacks(heat, request), 'list'),
    at('POST', '/stacks/preview', (request) => preview(heat, request), 'preview'),
    at('POST', '/validate', (request) => validate(heat.cloud, request), 'validate'),
    at('GET', '/build_info', () => ok({ api: { revision: 'unknown' }, engine: { revision: 'unknown' } })),
    ...resourceTypeRoutes(at),
    ...languageRoutes(at),
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => at(method, '/stacks/:name', (request) => redirect(heat, request), 'find')),
    ...['actions', 'resources', 'events', 'template'].map((path) =>
      at('POST', `/stacks/:name/${path}`, (request) => redirect(heat, request, `/${path}`), 'find'),
    ),
    at('GET', '/stacks/:name/:id', (request) => show(heat, request), 'show'),
    at('DELETE', '/stacks/:name/:id', (request) => remove(heat, request), 'delete'),
    ...['PUT', 'PATCH'].flatMap((method) => [
      at(method, '/stacks/:name/:id', (request) => updateStack(heat, request), 'update'),
      at(method, '/stacks/:name/:id/preview', (request) => previewUpdate(heat, request), 'preview'),
    ]),
    at('POST', '/stacks/:name/:id/actions', (request) => act(heat, request), actionName),
    at('GET', '/stacks/:name/:id/template', (request) => ok(stackOf(heat, request).template), 'template'),
    at('GET', '/stacks/:name/:id/environment', (request) => ok(shownEnvironment(stackOf(heat, request).environment))),
    at('GET', '/stacks/:name/:id/files', (request) => ok({ ...stackOf(heat, request).files })),
    at('GET', '/stacks/:name/:id/outputs', (request) => outputs(heat, request), 'outputs'),
    at('GET', '/stacks/:name/:id/outputs/:key', (request) => outputs(heat, request), 'outputs'),
    ...abandonRoutes(heat, at),
    ...snapshotRoutes(heat, at),
    ...resourceRoutes(heat, at),
    ...softwareConfigRoutes(heat, at),
    ...eventRoutes(heat, at),
  ]
  return { name: 'heat', routes, refuse: (fault, request) => refuse(heat, fault, request), maxBodyBytes: maxJsonBytes, tooLarge }
}

/** heat.conf max_json_body_size: the whole request counts, not only the template (heat/common/wsgi.py, JSONRequestDeserializer). */
const maxJsonBytes = 1_048_576
const tooLarge = (size: number) =>
  new Fault(
    400,
    'RequestLimitExceeded',
    `Request limit exceeded: JSON body size (${size} bytes) exceeds maximum allowed size (${maxJsonBytes} bytes).`,
  )

function versions(cloud: Cloud): HttpReply {
  return { status: 300, body: { versions: [{ id: 'v1.0', status: 'CURRENT', links: [{ rel: 'self', href: `${cloud.heatUrl()}/v1/` }] }] } }
}

/** A lenient cloud tells what stands for what, as an event of the stack itself. */
function noteOn(cloud: Cloud, stack: Stack, reason: string): void {
  const event = { resource: stack.name, type: 'OS::Heat::Stack', physicalId: stack.id, status: 'CREATE_IN_PROGRESS' }
  record(cloud, stack, { ...event, reason: `Warning: ${reason}` })
}

async function create(heat: Heat, request: HttpRequest): Promise<HttpReply> {
  const { cloud } = heat
  const body = bodyOf(request)
  if (body.adopt_stack_data !== undefined) return adopt(heat, request)
  cloud.content.standIns?.notes()
  const plan = planStack(cloud, body)
  const notes = cloud.content.standIns?.notes() ?? []
  refuseDuplicate(cloud, plan.stack.name)
  refuseWithoutTrust(heat, request)
  if (cloud.rules.take('mute', { service: 'heat', verb: 'create', stack: plan.stack.name })) plan.stack.muted = true
  cloud.state.stacks.set(plan.stack.id, plan.stack)
  heat.engine.create(plan)
  for (const reason of notes) noteOn(cloud, plan.stack, reason)
  // Whoever has been told of a stack will ask for it: it must not be lost with this process (Heat's API waits for its database as well).
  await cloud.state.flush()
  const url = stackUrl(cloud, plan.stack)
  return { status: 201, headers: { Location: url }, body: { stack: { id: plan.stack.id, links: [{ href: url, rel: 'self' }] } } }
}

function show(heat: Heat, request: HttpRequest): HttpReply {
  const { id = '' } = request.params
  if (belowShort.includes(id)) return redirect(heat, request, `/${id}`)
  const stack = stackOf(heat, request)
  const wanted = request.query.get('resolve_outputs')?.toLowerCase() !== 'false'
  return ok({ stack: stackBody(heat.cloud, planOf(stack), wanted) })
}

function remove(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  if (stack.action === 'DELETE' && stack.status === 'COMPLETE')
    throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
  heat.engine.remove(stack)
  return { status: 204 }
}

function outputs(heat: Heat, request: HttpRequest): HttpReply {
  const plan = planOf(stackOf(heat, request))
  const all = outputsOf(heat.cloud, plan)
  const { key } = request.params
  if (key === undefined)
    return ok({ outputs: all.map(({ output_key, description }) => ({ output_key: output_key ?? '', description: description ?? '' })) })
  const output = all.find((each) => each.output_key === key)
  if (!output) throw new Fault(404, 'NotFound', `Specified output key ${key} not found.`)
  return ok({ output })
}
