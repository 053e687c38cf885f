import { z } from 'zod'
import { bodyAs, type CallOptions, nothing, protocolError } from './http.ts'
import type { HeatRequester } from './requester.ts'
import { heatUrls, refFromLocation, type StackRef } from './urls.ts'

const ACTIONS = [
  'INIT',
  'CREATE',
  'DELETE',
  'UPDATE',
  'ROLLBACK',
  'SUSPEND',
  'RESUME',
  'ADOPT',
  'SNAPSHOT',
  'CHECK',
  'RESTORE',
  'SIGNAL',
] as const
/** What Heat last began to do. `UNKNOWN`: one that this client has never heard of; one such stack must not spoil a whole list. */
export type HeatAction = (typeof ACTIONS)[number] | 'UNKNOWN'
export type HeatStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'

/** "CREATE_IN_PROGRESS" in its two parts. */
export const actionAndStatus = z.string().transform((value, context): { action: HeatAction; status: HeatStatus } => {
  const match = /^([A-Z]+)_(IN_PROGRESS|COMPLETE|FAILED)$/.exec(value)
  if (!match) {
    context.addIssue('is no status of a stack or resource')
    return z.NEVER
  }
  return { action: ACTIONS.find((action) => action === match[1]) ?? 'UNKNOWN', status: match[2] as HeatStatus }
})

/** "2026-11-20T10:06:31Z"; Heat's times have a resolution of one second. */
export const instant = z.iso.datetime({ local: true }).transform((at) => new Date(at.endsWith('Z') ? at : `${at}Z`))

export type StackOutput = {
  key: string
  description: string
  /** null until known. May be a secret: never log it. */
  value: unknown
  /** Why it could not be resolved, if so. */
  error: string | null
}

export type Stack = {
  id: string
  name: string
  action: HeatAction
  status: HeatStatus
  statusReason: string
  createdAt: Date
  /** Changed by an update only, never by suspend, resume or check. */
  updatedAt: Date | null
  deletedAt: Date | null
  tags: string[]
  /** As text; hidden ones masked by Heat. Only from `showStack` and `findStack`. */
  parameters?: Record<string, string>
  /** Only from `showStack`, unless it was told not to resolve them. */
  outputs?: StackOutput[]
}

const outputBody = z
  .object({ output_key: z.string(), description: z.string().nullish(), output_value: z.unknown(), output_error: z.string().nullish() })
  .transform(
    (wire): StackOutput => ({
      key: wire.output_key,
      description: wire.description ?? '',
      value: wire.output_value ?? null,
      error: wire.output_error ?? null,
    }),
  )

export const stackBody = z
  .object({
    id: z.string(),
    stack_name: z.string(),
    stack_status: actionAndStatus,
    stack_status_reason: z.string().nullish(),
    creation_time: instant,
    updated_time: instant.nullish(),
    deletion_time: instant.nullish(),
    tags: z.array(z.string()).nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    outputs: z.array(outputBody).nullish(),
  })
  .transform(
    (wire): Stack => ({
      id: wire.id,
      name: wire.stack_name,
      ...wire.stack_status,
      statusReason: wire.stack_status_reason ?? '',
      createdAt: wire.creation_time,
      updatedAt: wire.updated_time ?? null,
      deletedAt: wire.deletion_time ?? null,
      tags: wire.tags ?? [],
      ...(wire.parameters ? { parameters: asTexts(wire.parameters) } : {}),
      ...(wire.outputs ? { outputs: wire.outputs } : {}),
    }),
  )

const asTexts = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]))

const oneStack = z.object({ stack: stackBody })
const createdStack = z.object({ stack: z.object({ id: z.string().min(1) }) })

export type ParameterValue = string | number | boolean | null | ParameterValue[] | { [key: string]: ParameterValue }

export type NewStack = {
  /** Letters, digits and "_-." with a letter first, at most 255; unique in the project, also against stacks being deleted. */
  name: string
  /** HOT, as text. */
  template: string
  /** What `get_file` may name, by exactly that name. */
  files?: Record<string, string>
  parameters?: Record<string, ParameterValue>
  /** Without commas. */
  tags?: string[]
  timeoutMinutes?: number
}

const newStackBody = ({ name, template, files, parameters, tags, timeoutMinutes }: NewStack) => ({
  stack_name: name,
  template,
  ...(files ? { files } : {}),
  ...(parameters ? { parameters } : {}),
  ...(tags?.length ? { tags: tags.join(',') } : {}),
  ...(timeoutMinutes === undefined ? {} : { timeout_mins: timeoutMinutes }),
  // A rollback hides why it failed: the reason is then found in the events only.
  disable_rollback: true,
})

/**
 * POST /stacks. Returns as soon as Heat has accepted; creation goes on.
 *
 * @throws HeatError `conflict` (the name is taken), `invalid` (also unknown flavors, images, networks), `limit`, `forbidden`
 *   (also: an application credential where Keystone lets none make trusts), `outage`, `timeout` (it may be there all the same: look by name)
 */
export async function createStack(ask: HeatRequester, stack: NewStack, call?: CallOptions): Promise<StackRef> {
  const created = await ask({
    method: 'POST',
    url: heatUrls.create,
    body: newStackBody(stack),
    wanted: [201],
    read: bodyAs(createdStack),
    call,
  })
  return { name: stack.name, id: created.stack.id }
}

/** POST /stacks/preview: checks property values as create does, which /validate does not; makes nothing. @throws HeatError as `createStack` */
export async function previewStack(ask: HeatRequester, stack: NewStack, call?: CallOptions): Promise<void> {
  await ask({ method: 'POST', url: heatUrls.preview, body: newStackBody(stack), wanted: [200], read: nothing, call })
}

const validated = z
  .object({ Description: z.string().nullish(), Parameters: z.record(z.string(), z.record(z.string(), z.unknown())).nullish() })
  .transform((wire) => ({ description: wire.Description ?? '', parameters: Object.keys(wire.Parameters ?? {}) }))

/** What /validate says of a template that it accepts. It misses much: see `previewStack`. */
export type ValidatedTemplate = z.infer<typeof validated>

/** POST /validate. @throws HeatError `invalid` */
export function validateTemplate(
  ask: HeatRequester,
  { template, files, parameters }: Omit<NewStack, 'name'>,
  call?: CallOptions,
): Promise<ValidatedTemplate> {
  const body = { template, ...(files ? { files } : {}), ...(parameters ? { parameters } : {}) }
  return ask({ method: 'POST', url: heatUrls.validate, body, wanted: [200], read: bodyAs(validated), call })
}

export type ShowOptions = CallOptions & {
  /** Default true. Without outputs the answer is cheaper for Heat. */
  resolveOutputs?: boolean
}

/**
 * GET /stacks/NAME/ID. A deleted stack is still shown, as DELETE COMPLETE, until Heat purges it. For 0.2 to 0.8 s (seen at Zed) it is
 * that while still listed and its name still taken: it is gone for good once `deletedAt` is set.
 *
 * @throws HeatError `not_found`
 */
export async function showStack(ask: HeatRequester, ref: StackRef, options: ShowOptions = {}): Promise<Stack> {
  const query = new URLSearchParams(options.resolveOutputs === false ? { resolve_outputs: 'false' } : {})
  const url = (endpoint: string) => heatUrls.show(endpoint, ref, query)
  return (await ask({ method: 'GET', url, wanted: [200], read: bodyAs(oneStack), call: options })).stack
}

/** GET /stacks/NAME, which redirects (302) to its full reference. Deleted stacks have no name any more. @throws HeatError `not_found` */
export async function findStack(ask: HeatRequester, name: string, call?: CallOptions): Promise<StackRef> {
  const url = (endpoint: string) => heatUrls.find(endpoint, name)
  return ask({
    method: 'GET',
    url,
    wanted: [302],
    call,
    read: (answer, request) => {
      const ref = refFromLocation(answer.headers.get('location'))
      if (!ref) throw protocolError(request, answer, 'The redirect names no stack.')
      return ref
    },
  })
}

const actOn = (action: 'suspend' | 'resume' | 'check') => async (ask: HeatRequester, ref: StackRef, call?: CallOptions) => {
  const url = (endpoint: string) => heatUrls.actions(endpoint, ref)
  await ask({ method: 'POST', url, body: { [action]: null }, wanted: [200, 202], read: nothing, call })
}

/**
 * POST /actions {"suspend"}. The status changes a moment after the answer.
 * Heat does not protect a stack that is being created: it would be left half made. Ask only when its create is complete.
 *
 * @throws HeatError `in_progress`, `not_found`
 */
export const suspendStack = actOn('suspend')

/** POST /actions {"resume"}, as `suspendStack`. */
export const resumeStack = actOn('resume')

/** POST /actions {"check"}. Never check a suspended stack: it becomes CHECK_FAILED, and can neither be resumed nor suspended afterwards. */
export const checkStack = actOn('check')

/** DELETE /stacks/NAME/ID. Deleting again while it is being deleted is harmless. @throws HeatError `not_found` (also when already deleted) */
export async function deleteStack(ask: HeatRequester, ref: StackRef, call?: CallOptions): Promise<void> {
  await ask({ method: 'DELETE', url: (endpoint) => heatUrls.stack(endpoint, ref), wanted: [204], read: nothing, call })
}

const oneOutput = z.object({ output: outputBody })

/** GET /outputs/KEY: one output, resolved. @throws HeatError `not_found` (the template declares none of this name) */
export async function showOutput(ask: HeatRequester, ref: StackRef, options: CallOptions & { key: string }): Promise<StackOutput> {
  const url = (endpoint: string) => heatUrls.output(endpoint, ref, options.key)
  return (await ask({ method: 'GET', url, wanted: [200], read: bodyAs(oneOutput), call: options })).output
}
