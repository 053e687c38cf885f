import type { Cloud } from '../cloud.ts'
import { changeOf } from '../engine/change.ts'
import { isFrameChanged } from '../engine/update.ts'
import { badRequest, Fault } from '../fault.ts'
import { type Environment, readEnvironment } from '../hot/environment.ts'
import { holds } from '../hot/functions.ts'
import { resolveParameters } from '../hot/parameters.ts'
import { readTemplate, type Template } from '../hot/template.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { type Json, type JsonMap, pythonText, sameJson } from '../json.ts'
import { atHome } from '../neutron/home-network.ts'
import { isGone, type Resource, type Stack, type StackForm } from '../state.ts'
import { accepted, type Heat, ok, stackOf } from './api.ts'
import { checkStack, newResource, prepareResources, refuseTooMany } from './grow.ts'
import { refuseUnknownTypes } from './plan.ts'
import { currentBody, freshBody } from './preview.ts'
import { readBoolean, readFiles, readTags, readTimeout } from './request.ts'
import { propertiesOf, scopeOf } from './stack-scope.ts'
import { typeOf } from './type-of.ts'

/** PUT: the stack becomes what the request says. PATCH: what the request does not say stays. */
export function updateStack(heat: Heat, request: HttpRequest): HttpReply {
  const { cloud, engine } = heat
  const stack = stackOf(heat, request)
  refuseState(stack)
  const wish = readUpdate(cloud, stack, request)
  const { form, ...more } = wish
  Object.assign(stack, more)
  engine.update(stack, form)
  return { status: 202, body: accepted }
}

/** Recordings heat-update-while-suspended-400 and heat-update-failed-stack-400 (it had failed to suspend). */
function refuseState(stack: Stack): void {
  if (isGone(stack)) throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
  const why = { SUSPEND: 'suspended', DELETE: 'deleting' }[stack.action as string]
  if (why) throw new Fault(400, 'NotSupported', `Updating a stack when it is ${why} is not supported.`)
}

type Wish = Pick<Stack, 'disableRollback' | 'timeoutMins' | 'tags' | 'converge'> & { form: StackForm }

/** heat/engine/service.py, _prepare_stack_updates. Throws what create would throw, and ImmutableParameterModified. */
export function readUpdate(cloud: Cloud, stack: Stack, request: HttpRequest): Wish {
  const body = bodyOf(request)
  const keeps = request.method === 'PATCH'
  const given = body.template
  if (!keeps && (given === undefined || given === null)) throw badRequest('No template specified')
  const template = given === undefined || given === null ? readTemplate(stack.template) : readTemplate(given)
  const files = { ...(keeps ? stack.files : {}), ...readFiles(body.files) }
  const environment = mergedEnvironment(stack, readEnvironment(body, template.parameters), {
    keeps,
    template,
    cleared: body.clear_parameters,
  })
  refuseUnknownTypes(template, { environment, files })
  const supplied = { parameters: environment.parameters, defaults: environment.parameter_defaults }
  const parameters = resolveParameters(template.parameters, supplied, cloud.content)
  refuseImmutable(stack, template, { parameters, given: environment.parameters })
  const form: StackForm = { template: template.raw, environment, parameters, files }
  checkForm(cloud, stack, form)
  return {
    form,
    disableRollback: readBoolean(body.disable_rollback, 'disable_rollback', stack.disableRollback),
    timeoutMins: body.timeout_mins === undefined ? stack.timeoutMins : readTimeout(body.timeout_mins),
    tags: body.tags === undefined && keeps ? stack.tags : readTags(body.tags),
    converge: readBoolean(body.converge, 'converge', stack.converge ?? false),
  }
}

type Merge = { keeps: boolean; template: Template; cleared: Json | undefined }

/** PATCH: parameters of before, but for those to be cleared and those that the template has no more; what is given wins. */
function mergedEnvironment(stack: Stack, given: Environment, { keeps, template, cleared }: Merge): Environment {
  if (!keeps) return given
  const gone = Array.isArray(cleared) ? cleared.map(pythonText) : []
  const before = stack.environment as Environment
  const kept = Object.entries(before.parameters ?? {}).filter(([name]) => !gone.includes(name))
  const all = { ...Object.fromEntries(kept), ...given.parameters }
  return {
    parameters: Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(template.parameters, name))),
    parameter_defaults: { ...before.parameter_defaults, ...given.parameter_defaults },
    resource_registry: mergedRegistry(before.resource_registry ?? {}, given.resource_registry),
    event_sinks: given.event_sinks.length > 0 ? given.event_sinks : (before.event_sinks ?? []),
    encrypted_param_names: before.encrypted_param_names ?? [],
  }
}

function mergedRegistry(before: JsonMap, given: JsonMap): JsonMap {
  const resources = { ...(before.resources as JsonMap | undefined), ...(given.resources as JsonMap | undefined) }
  return { ...before, ...given, resources }
}

/** heat/engine/parameters.py, immutable_params_modified */
function refuseImmutable(stack: Stack, template: Template, { parameters, given }: { parameters: JsonMap; given: JsonMap }): void {
  const changed = Object.entries(template.parameters).flatMap(([name, schema]) => {
    const isImmutable = schema.immutable === true || schema.immutable === 'true'
    const differs = Object.hasOwn(stack.parameters, name) && !sameJson(stack.parameters[name] ?? null, parameters[name] ?? null)
    return isImmutable && differs && Object.hasOwn(given, name) ? [name] : []
  })
  if (changed.length > 0)
    throw new Fault(
      400,
      'ImmutableParameterModified',
      `The following parameters are immutable and may not be updated: ${changed.join(', ')}`,
    )
}

/** A stack beside the real one, of which nothing is kept. */
function trialOf(cloud: Cloud, stack: Stack, form: StackForm): Stack {
  const { parent: _, ...own } = stack
  const trial: Stack = { ...own, ...form, files: form.files ?? stack.files, things: stack.things, resources: {}, nested: {}, events: [] }
  const template = readTemplate(form.template)
  prepareResources(cloud, trial, template)
  return trial
}

function checkForm(cloud: Cloud, stack: Stack, form: StackForm): void {
  const trial = trialOf(cloud, stack, form)
  refuseTooMany(trial)
  checkStack(cloud, trial, readTemplate(form.template))
}

/**
 * What an update would do (recording heat-update-preview-200). As in Heat, whatever names another resource counts as changed, since a
 * preview makes nothing that could be named.
 */
export function previewUpdate(heat: Heat, request: HttpRequest): HttpReply {
  const { cloud } = heat
  const stack = stackOf(heat, request)
  if (isGone(stack)) throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
  const { form } = readUpdate(cloud, stack, request)
  const template = readTemplate(form.template)
  const trial = trialOf(cloud, stack, form)
  const scope = scopeOf(cloud, trial, template, 'form')
  const changes: Record<'unchanged' | 'updated' | 'replaced' | 'added' | 'deleted', JsonMap[]> = {
    unchanged: [],
    updated: [],
    replaced: [],
    added: [],
    deleted: [],
  }
  const fresh = (resource: Resource) => freshBody(cloud, trial, { resource, stackName: stack.name, stackId: stack.id })
  for (const [name, definition] of Object.entries(template.resources)) {
    if (!holds(definition.condition, scope)) continue
    const resource = stack.resources[name]
    const next = trial.resources[name] ?? newResource(cloud, trial, name, definition)
    if (!resource) {
      changes.added.push(fresh(next))
      continue
    }
    const wanted = propertiesOf({ cloud, stack: trial, template, scope }, name)
    const { kind } = changeOf(stack, resource, {
      type: typeOf(trial, next),
      typeName: definition.type,
      before: typeOf(stack, resource),
      properties: stack.home ? atHome({ cloud, stack: trial }, typeOf(trial, next), wanted) : wanted,
      frameChanged: isFrameChanged({ ...trial, previous: stack }, name),
    })
    if (kind === 'none') changes.unchanged.push(fresh(next))
    else if (kind === 'update') changes.updated.push(currentBody(cloud, stack, resource))
    else changes.replaced.push(fresh(next))
  }
  for (const resource of Object.values(stack.resources)) {
    if (!trial.resources[resource.name]) changes.deleted.push(currentBody(cloud, stack, resource))
  }
  return ok({ resource_changes: changes })
}
