import type { Cloud } from '../cloud.ts'
import { badRequest, Fault } from '../fault.ts'
import { readEnvironment } from '../hot/environment.ts'
import { functionNames } from '../hot/functions.ts'
import { describeParameters } from '../hot/parameters.ts'
import { dependencies, readTemplate, templateVersions } from '../hot/template.ts'
import { type At, bodyOf, firstKey, type HttpReply, type HttpRequest, type Route, type Service } from '../http.ts'
import { isMap, type JsonMap } from '../json.ts'
import { typeNamed } from '../resources/catalog.ts'
import type { Stack } from '../state.ts'
import { asValidation, findStack, guarded, type Heat, ok, pageOf, readLimit, redirect, refuse, refuseWithoutTrust, stackOf } from './api.ts'
import { eventRoutes } from './events.ts'
import { planStack, refuseDuplicate } from './plan.ts'
import { resourceTypeRoutes } from './resource-types.ts'
import { resourceRoutes } from './resources.ts'
import { softwareConfigRoutes } from './software-configs.ts'
import { refuseUnknownProperties } from './stack-scope.ts'
import { outputsOf, stackBody, stackUrl, summaryOf } from './views.ts'

/** Heat v1, "Orchestration Service API v1". */
export function heatService(heat: Heat): Service {
  const at: At = (method, path, handle, verb) => ({ method, pattern: `/v1/:project${path}`, handle: guarded(heat, handle), verb })
  const routes: Route[] = [
    { method: 'GET', pattern: '/', handle: () => versions(heat.cloud), verb: 'versions' },
    at('GET', '/stacks', (request) => list(heat, request), 'list'),
    at('POST', '/stacks', (request) => create(heat, request), 'create'),
    at('GET', '/stacks/detail', (request) => list(heat, request), 'list'),
    at('POST', '/stacks/preview', (request) => preview(heat, request), 'preview'),
    at('POST', '/validate', (request) => validate(request), 'validate'),
    at('GET', '/build_info', () => ok({ api: { revision: 'unknown' }, engine: { revision: 'unknown' } })),
    ...resourceTypeRoutes(at),
    at('GET', '/template_versions', () => ok({ template_versions: shownVersions() })),
    at('GET', '/template_versions/:version/functions', () =>
      ok({ template_functions: functionNames.map((name) => ({ functions: name, description: '' })) }),
    ),
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
      at(method, '/stacks/:name', (request) => redirect(heat, request.params.name ?? '', ''), 'find'),
    ),
    at('GET', '/stacks/:name/:id', (request) => show(heat, request), 'show'),
    at('DELETE', '/stacks/:name/:id', (request) => remove(heat, request), 'delete'),
    at('PUT', '/stacks/:name/:id', (request) => refuseUpdate(heat, request), 'update'),
    at('PATCH', '/stacks/:name/:id', (request) => refuseUpdate(heat, request), 'update'),
    at('POST', '/stacks/:name/:id/actions', (request) => act(heat, request), actionName),
    at('DELETE', '/stacks/:name/:id/abandon', (request) => {
      stackOf(heat, request)
      throw new Fault(400, 'NotSupported', 'Stack Abandon is not supported.')
    }),
    at('GET', '/stacks/:name/:id/template', (request) => ok(stackOf(heat, request).template), 'template'),
    at('GET', '/stacks/:name/:id/environment', (request) => ok(shownEnvironment(stackOf(heat, request).environment))),
    at('GET', '/stacks/:name/:id/files', (request) => ok({ ...stackOf(heat, request).files })),
    at('GET', '/stacks/:name/:id/outputs', (request) => outputs(heat, request), 'outputs'),
    at('GET', '/stacks/:name/:id/outputs/:key', (request) => outputs(heat, request), 'outputs'),
    ...resourceRoutes(heat, at),
    ...softwareConfigRoutes(heat, at),
    ...eventRoutes(heat, at),
  ]
  return { name: 'heat', routes, refuse: (fault) => refuse(heat.identityUrl(), fault), maxBodyBytes: maxJsonBytes, tooLarge }
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

function shownVersions(): JsonMap[] {
  return Object.entries(templateVersions).map(([date, name]) => ({
    version: `heat_template_version.${date}`,
    type: 'hot',
    aliases: name === undefined ? [] : [`heat_template_version.${name}`],
  }))
}

function create(heat: Heat, request: HttpRequest): HttpReply {
  const { cloud } = heat
  const body = bodyOf(request)
  const plan = planStack(cloud, body)
  refuseDuplicate(cloud, plan.stack.name)
  refuseWithoutTrust(heat, request)
  if (cloud.rules.take('mute', { service: 'heat', verb: 'create', stack: plan.stack.name })) plan.stack.muted = true
  cloud.state.stacks.set(plan.stack.id, plan.stack)
  heat.engine.create(plan)
  const url = stackUrl(cloud, plan.stack)
  return { status: 201, headers: { Location: url }, body: { stack: { id: plan.stack.id, links: [{ href: url, rel: 'self' }] } } }
}

function show(heat: Heat, request: HttpRequest): HttpReply {
  const { name = '', id = '' } = request.params
  // `/stacks/NAME/resources` and its like are short addresses, too.
  if (['resources', 'events', 'template', 'outputs', 'environment', 'files'].includes(id) && findStack(heat, name))
    return redirect(heat, name, `/${id}`)
  const stack = stackOf(heat, request)
  const wanted = request.query.get('resolve_outputs')?.toLowerCase() !== 'false'
  return ok({ stack: stackBody(heat.cloud, heat.engine.planOf(stack), wanted) })
}

function remove(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  if (stack.action === 'DELETE' && stack.status === 'COMPLETE')
    throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
  heat.engine.remove(stack)
  return { status: 204 }
}

function refuseUpdate(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  // Recordings heat-update-while-suspended-400 and heat-update-failed-stack-400 (it had failed to suspend).
  const what = stack.action === 'SUSPEND' ? 'Updating a stack when it is suspended' : 'Updating a stack in this development cloud'
  throw new Fault(400, 'NotSupported', `${what} is not supported.`)
}

const actions = { suspend: 'SUSPEND', resume: 'RESUME', check: 'CHECK' } as const

/** Which action a call asks for, as far as it can be read. */
function actionName(request: HttpRequest): string {
  return firstKey(request) ?? 'other'
}

function act(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const names = Object.keys(bodyOf(request))
  const [name] = names
  if (name === undefined) throw badRequest('No action specified')
  if (names.length > 1) throw badRequest('Multiple actions specified')
  const status = `${stack.action}_${stack.status}`
  if (name === 'cancel_update' || name === 'cancel_without_rollback') {
    throw new Fault(400, 'NotSupported', `Cancelling update when stack is ${status} is not supported.`)
  }
  if (!Object.hasOwn(actions, name)) throw badRequest(`Invalid action ${name} specified`)
  const action = actions[name as keyof typeof actions]
  if (stack.action === 'DELETE') {
    if (stack.status === 'COMPLETE') throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
    // Recording heat-action-suspend-while-deleting-200: accepted, without effect.
    if (stack.status === 'IN_PROGRESS') return ok(null)
  }
  if (heat.engine.busy(stack))
    throw new Fault(409, 'ActionInProgress', `Stack ${stack.name} already has an action (${stack.action}) in progress.`)
  heat.engine.act(stack, action)
  return ok(null)
}

function outputs(heat: Heat, request: HttpRequest): HttpReply {
  const plan = heat.engine.planOf(stackOf(heat, request))
  const all = outputsOf(heat.cloud, plan)
  const { key } = request.params
  if (key === undefined)
    return ok({ outputs: all.map(({ output_key, description }) => ({ output_key: output_key ?? '', description: description ?? '' })) })
  const output = all.find((each) => each.output_key === key)
  if (!output) throw new Fault(404, 'NotFound', `Specified output key ${key} not found.`)
  return ok({ output })
}

const sortable: Record<string, (stack: Stack) => string | number> = {
  stack_name: (stack) => stack.name,
  stack_status: (stack) => stack.status,
  creation_time: (stack) => stack.createdAt,
  updated_time: (stack) => stack.updatedAt ?? 0,
}

/** Fact 22: newest first; unknown filters and sort keys are ignored; `links.next` whenever the page is full. */
function list(heat: Heat, request: HttpRequest): HttpReply {
  const { query } = request
  if (query.get('global_tenant')?.toLowerCase() === 'true')
    throw new Fault(403, 'Forbidden', 'You are not authorized to use stacks:global_index.')
  const limit = readLimit(request)
  const found = [...heat.cloud.state.stacks.values()].filter((stack) => matches(stack, query))
  const sorted = sortStacks(found, query)
  const page = pageOf(sorted, query.get('marker'), limit)
  const body: JsonMap = { stacks: page.map((stack) => summaryOf(heat.cloud, stack)) }
  const last = page.at(-1)
  if (limit !== undefined && page.length === limit && last) {
    const next = new URLSearchParams(query)
    next.set('marker', last.id)
    const path = request.target.split('?')[0] ?? ''
    body.links = [{ rel: 'next', href: `${heat.cloud.heatUrl()}${path}?${next.toString()}` }]
  }
  if (query.get('with_count')?.toLowerCase() === 'true') body.count = found.length
  return ok(body)
}

function matches(stack: Stack, query: URLSearchParams): boolean {
  const gone = stack.action === 'DELETE' && stack.status === 'COMPLETE'
  if (gone && query.get('show_deleted')?.toLowerCase() !== 'true') return false
  const any = (key: string, ...values: string[]) => !query.has(key) || query.getAll(key).some((wanted) => values.includes(wanted))
  const tags = (name: string) => (query.get(name) ?? query.get(name.replaceAll('_', '-')))?.split(',')
  const has = (tag: string) => stack.tags.includes(tag)
  return (
    any('id', stack.id) &&
    any('name', stack.name) &&
    any('stack_name', stack.name) &&
    any('status', `${stack.action}_${stack.status}`, stack.status) &&
    any('action', stack.action) &&
    (tags('tags')?.every(has) ?? true) &&
    (tags('tags_any')?.some(has) ?? true) &&
    !(tags('not_tags')?.every(has) ?? false) &&
    !(tags('not_tags_any')?.some(has) ?? false)
  )
}

function sortStacks(stacks: Stack[], query: URLSearchParams): Stack[] {
  const keys = query
    .getAll('sort_keys')
    .flatMap((value) => value.split(','))
    .filter((key) => Object.hasOwn(sortable, key))
  const descending = (query.get('sort_dir') ?? (keys.length > 0 ? 'asc' : 'desc')) === 'desc'
  const picks = [...keys.map((key) => sortable[key]), (stack: Stack) => Math.floor(stack.createdAt / 1000), (stack: Stack) => stack.id]
  return stacks.sort((a, b) => {
    for (const pick of picks) {
      const [left, right] = [pick?.(a) ?? '', pick?.(b) ?? '']
      if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1)
    }
    return 0
  })
}

function shownEnvironment(environment: JsonMap): JsonMap {
  const none: JsonMap = { resource_registry: { resources: {} }, parameters: {}, parameter_defaults: {}, event_sinks: [] }
  return { ...none, encrypted_param_names: [], ...environment }
}

/** Weaker than create, as in Heat (fact 18): it looks at the form, at types and at names, not at values. */
function validate(request: HttpRequest): HttpReply {
  try {
    const body = bodyOf(request)
    const template = readTemplate(body.template)
    for (const definition of Object.values(template.resources)) typeNamed(definition.type)
    dependencies(template)
    const environment = readEnvironment(body, template.parameters)
    const supplied = environment.parameters
    for (const name of Object.keys(supplied)) {
      if (!Object.hasOwn(template.parameters, name))
        throw new Fault(400, 'UnknownUserParameter', `The Parameter (${name}) was not defined in template.`)
    }
    refuseUnknownProperties(template)
    const shown = shownEnvironment(environment)
    delete shown.encrypted_param_names
    return ok({ Description: template.description, Parameters: describeParameters(template.parameters, supplied), Environment: shown })
  } catch (error) {
    throw asValidation(error)
  }
}

function asMap(value: unknown): JsonMap {
  return isMap(value) ? value : {}
}

/** As create, but nothing is kept (recording heat-preview-200). */
function preview(heat: Heat, request: HttpRequest): HttpReply {
  const { cloud } = heat
  const { stack, template, graph } = planStack(cloud, bodyOf(request))
  const shown = stackBody(cloud, { stack, template }, true)
  delete shown.stack_status
  delete shown.stack_status_reason
  const identity = { tenant: cloud.identity.project.id, stack_name: stack.name, stack_id: 'None' }
  const resources = Object.values(stack.resources).map(
    (resource): JsonMap => ({
      updated_time: null,
      creation_time: null,
      resource_name: resource.name,
      physical_resource_id: '',
      resource_action: 'INIT',
      resource_status: 'COMPLETE',
      resource_status_reason: '',
      resource_type: resource.type,
      resource_identity: { ...identity, path: `/resources/${resource.name}` },
      stack_identity: { ...identity, path: '' },
      stack_name: stack.name,
      required_by: [...graph].filter(([, needs]) => needs.has(resource.name)).map(([name]) => name),
      description: template.resources[resource.name]?.description ?? '',
      metadata: template.resources[resource.name]?.metadata ?? {},
      attributes: {},
      properties: template.resources[resource.name]?.properties ?? {},
    }),
  )
  const links = [{ href: stackUrl(cloud, stack).replace(stack.id, 'None'), rel: 'self' }]
  const parameters = { ...asMap(shown.parameters), 'OS::stack_id': 'None' }
  return ok({ stack: { ...shown, id: 'None', links, parameters, stack_user_project_id: null, resources } })
}
