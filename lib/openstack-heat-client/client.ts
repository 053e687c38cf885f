import { createAuthenticator, type HeatAuth } from './auth.ts'
import { HeatError, isHeatError } from './errors.ts'
import { type EventListOptions, listEvents } from './events.ts'
import type { CallOptions, RequestRecord, Transport } from './http.ts'
import { createRequester } from './requester.ts'
import { listResources, type ResourceListOptions, showResource } from './resources.ts'
import { actOnServer, type ServerAction, serversOf } from './servers.ts'
import { listStacks, type StackListOptions } from './stack-list.ts'
import {
  checkStack,
  createStack,
  deleteStack,
  findStack,
  type NewStack,
  previewStack,
  resumeStack,
  type ShowOptions,
  showOutput,
  showStack,
  suspendStack,
  validateTemplate,
} from './stacks.ts'
import type { StackRef } from './urls.ts'

export type HeatClientSettings = {
  /** Keystone's address, ending in /v3, e.g. "https://cloud.example:5000/v3". */
  authUrl: string
  auth: HeatAuth
  /** Needed only where the catalog has several regions. */
  region?: string
  /** Default "public". */
  endpointInterface?: 'public' | 'internal' | 'admin'
  fetch: typeof globalThis.fetch
  now: () => Date
  /** For one request and its whole answer. Default 30 s: well below the 60 s after which a Heat without engine says so. */
  timeoutMs?: number
  /** Default 8 MiB. */
  maxResponseBytes?: number
  userAgent: string
  /** Told of every exchange, logins included. Must not throw. */
  onRequest?: (record: RequestRecord) => void
}

export type HeatClient = ReturnType<typeof createHeatClient>

/**
 * One project of one OpenStack, as far as Heat goes: Identity API v3, Orchestration API v1, and of the Compute API v2.1
 * what puts single machines to sleep.
 * It holds a token and nothing else: no socket, no timer, nothing to close. Every method throws `HeatError`
 * (see each verb in stacks.ts, stack-list.ts, resources.ts, events.ts, servers.ts), or the reason of the caller's own signal.
 */
export function createHeatClient(settings: HeatClientSettings) {
  const transport: Transport = {
    fetch: settings.fetch,
    now: settings.now,
    timeoutMs: settings.timeoutMs ?? 30_000,
    maxResponseBytes: settings.maxResponseBytes ?? 8 * 1024 * 1024,
    userAgent: settings.userAgent,
    onRequest: settings.onRequest,
  }
  const place = {
    authUrl: settings.authUrl.replace(/\/+$/, ''),
    region: settings.region,
    endpointInterface: settings.endpointInterface ?? ('public' as const),
  }
  const authenticator = createAuthenticator(transport, { ...place, auth: settings.auth })
  const ask = createRequester(transport, authenticator, place)
  return {
    /** Logs in if need be: who we are there, and until when. @throws HeatError `auth_failed` */
    async whoami(call?: CallOptions): Promise<{ projectId: string; userId: string; expiresAt: Date }> {
      const { projectId, userId, expiresAt } = await authenticator.token(call)
      return { projectId, userId, expiresAt }
    },
    createStack: (stack: NewStack, call?: CallOptions) =>
      createStack(ask, stack, call).catch((error: unknown) => {
        throw settings.auth.method === 'application_credential' ? explainTrust(error) : error
      }),
    previewStack: (stack: NewStack, call?: CallOptions) => previewStack(ask, stack, call),
    validateTemplate: (stack: Omit<NewStack, 'name'>, call?: CallOptions) => validateTemplate(ask, stack, call),
    findStack: (name: string, call?: CallOptions) => findStack(ask, name, call),
    showStack: (ref: StackRef, options?: ShowOptions) => showStack(ask, ref, options),
    listStacks: (options?: StackListOptions) => listStacks(ask, options),
    suspendStack: (ref: StackRef, call?: CallOptions) => suspendStack(ask, ref, call),
    resumeStack: (ref: StackRef, call?: CallOptions) => resumeStack(ask, ref, call),
    checkStack: (ref: StackRef, call?: CallOptions) => checkStack(ask, ref, call),
    deleteStack: (ref: StackRef, call?: CallOptions) => deleteStack(ask, ref, call),
    showOutput: (ref: StackRef, options: CallOptions & { key: string }) => showOutput(ask, ref, options),
    listResources: (ref: StackRef, options?: ResourceListOptions) => listResources(ask, ref, options),
    showResource: (ref: StackRef, options: CallOptions & { name: string }) => showResource(ask, ref, options),
    listEvents: (ref: StackRef, options?: EventListOptions) => listEvents(ask, ref, options),
    serversOf: (ref: StackRef, call?: CallOptions) => serversOf(ask, ref, call),
    actOnServer: (id: string, action: ServerAction, call?: CallOptions) => actOnServer(ask, id, action, call),
  }
}

/**
 * Keystone with the 2026 security updates lets no delegated token make a trust, which Heat needs to create a stack.
 * Heat then says 500 RemoteError and not a word more; asking again would never help.
 */
function explainTrust(error: unknown): unknown {
  if (!isHeatError(error, 'outage') || error.title !== 'RemoteError') return error
  const explanation =
    'Heat could not create a trust, as happens with application credentials since the 2026 updates of Keystone. Use a password, or have the operator set [security_compliance] allow_insecure_application_credential_trust_escalation.'
  return new HeatError('forbidden', { ...fieldsOf(error), explanation }, { cause: error })
}

function fieldsOf({ status, method, url, requestId, title, explanation }: HeatError) {
  return { status, method, url, requestId, title, explanation }
}
