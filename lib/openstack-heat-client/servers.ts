import { z } from 'zod'
import { isHeatError } from './errors.ts'
import { bodyAs, type CallOptions, nothing } from './http.ts'
import { type Page, readAllPages } from './pages.ts'
import type { HeatRequester } from './requester.ts'
import { listResources } from './resources.ts'
import { computeUrls, type StackRef } from './urls.ts'

/** Compute API v2.1, "Servers", status. */
const STATUSES = [
  'ACTIVE',
  'BUILD',
  'ERROR',
  'HARD_REBOOT',
  'MIGRATING',
  'PASSWORD',
  'PAUSED',
  'REBOOT',
  'REBUILD',
  'RESCUE',
  'RESIZE',
  'REVERT_RESIZE',
  'SHELVED',
  'SHELVED_OFFLOADED',
  'SHUTOFF',
  'SOFT_DELETED',
  'SUSPENDED',
  'VERIFY_RESIZE',
] as const

/**
 * What Nova last saw of a server. `UNKNOWN`: Nova says so, or says a word that this client has never heard.
 * `MISSING`: Nova knows no such server, or says that it is deleted.
 */
export type ServerStatus = (typeof STATUSES)[number] | 'UNKNOWN' | 'MISSING'

export type Server = {
  id: string
  /** The resource of the stack; servers of nested stacks may share a name. */
  resourceName: string
  status: ServerStatus
  /** What Nova is doing to it just now, e.g. "suspending", "powering-off", "shelving_image_uploading"; null when nothing is under way. */
  taskState: string | null
}

type SeenServer = Pick<Server, 'id' | 'status' | 'taskState'>

const serverBody = z
  .object({ id: z.string(), status: z.string(), 'OS-EXT-STS:task_state': z.string().nullish() })
  .transform((wire): SeenServer => ({ id: wire.id, status: statusOf(wire.status), taskState: wire['OS-EXT-STS:task_state'] ?? null }))

const statusOf = (word: string): ServerStatus =>
  word === 'DELETED' ? 'MISSING' : (STATUSES.find((status) => status === word) ?? 'UNKNOWN')

const oneServer = z.object({ server: serverBody })

const serverPage = z
  .object({ servers: z.array(serverBody), servers_links: z.array(z.object({ rel: z.string() })).nullish() })
  .transform((wire) => ({ items: wire.servers, more: wire.servers_links?.some((link) => link.rel === 'next') ?? false }))

/** Above this, one list of all the project's servers is cheaper than a look at each. */
const MOST_SINGLE_LOOKS = 8
/** Heat opens no more levels than its own `max_nested_stack_depth` (default 5), whatever is asked. */
const EVERY_LEVEL = 20

/**
 * The servers of a stack, those of nested stacks included, in the order of their resources. A resource that has no
 * server yet is left out.
 *
 * @throws HeatError `not_found` (no such stack), `protocol` (also: the catalog knows no Nova)
 */
export async function serversOf(ask: HeatRequester, ref: StackRef, call?: CallOptions): Promise<Server[]> {
  const resources = await listResources(ask, ref, { ...call, nestedDepth: EVERY_LEVEL })
  const wanted = resources.filter(({ type, physicalId }) => type === 'OS::Nova::Server' && physicalId !== '')
  const listed = wanted.length > MOST_SINGLE_LOOKS ? await listServers(ask, call) : new Map<string, SeenServer>()
  // Nova leaves the servers of a cell that is down out of a list: only an answer about the server itself says that it is gone.
  return Promise.all(
    wanted.map(async ({ name, physicalId }) => ({
      ...(listed.get(physicalId) ?? (await showServer(ask, physicalId, call))),
      id: physicalId,
      resourceName: name,
    })),
  )
}

/** GET /servers/detail, to its end. */
async function listServers(ask: HeatRequester, call: CallOptions | undefined): Promise<Map<string, SeenServer>> {
  const all = await readAllPages('/servers/detail', async (marker): Promise<Page<SeenServer>> => {
    const url = (endpoint: string) => computeUrls.serversInDetail(endpoint, new URLSearchParams(marker === null ? {} : { marker }))
    try {
      return await ask({ service: 'compute', method: 'GET', url, wanted: [200], read: bodyAs(serverPage), call })
    } catch (error) {
      // 400 "marker [...] not found": that server was deleted between two pages.
      if (marker !== null && isHeatError(error, 'invalid')) return null
      throw error
    }
  })
  return new Map(all.map((server) => [server.id, server]))
}

/** GET /servers/ID. */
async function showServer(ask: HeatRequester, id: string, call: CallOptions | undefined): Promise<SeenServer> {
  const url = (endpoint: string) => computeUrls.server(endpoint, id)
  try {
    return (await ask({ service: 'compute', method: 'GET', url, wanted: [200], read: bodyAs(oneServer), call })).server
  } catch (error) {
    if (!isHeatError(error, 'not_found')) throw error
    return { id, status: 'MISSING', taskState: null }
  }
}

/** `reboot`: off and on again, in whatever state it is, ERROR included. */
export type ServerAction = 'suspend' | 'resume' | 'stop' | 'start' | 'shelve' | 'unshelve' | 'reboot'

/** Compute API v2.1, "Servers - run an action". */
const actionNames = {
  suspend: 'suspend',
  resume: 'resume',
  stop: 'os-stop',
  start: 'os-start',
  shelve: 'shelve',
  unshelve: 'unshelve',
  reboot: 'reboot',
} as const satisfies Record<ServerAction, string>

/**
 * POST /servers/ID/action. Returns as soon as Nova has accepted: until it is done the server's `taskState` says so, and Heat,
 * which knows nothing of it, may be asked for nothing.
 *
 * @throws HeatError `conflict` (its status, another action under way or a lock does not allow this), `not_found`, `forbidden`
 */
export async function actOnServer(ask: HeatRequester, id: string, action: ServerAction, call?: CallOptions): Promise<void> {
  const url = (endpoint: string) => computeUrls.serverAction(endpoint, id)
  await ask({
    service: 'compute',
    method: 'POST',
    url,
    body: { [actionNames[action]]: action === 'reboot' ? { type: 'HARD' } : null },
    wanted: [202],
    read: nothing,
    call,
  })
}
