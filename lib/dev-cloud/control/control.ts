import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cloud } from '../cloud.ts'
import type { MachineState } from '../driver.ts'
import { Fault } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, listen, type Route, type Service } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'
import { writeSecret } from '../keystone/identity.ts'
import { taskState } from '../nova/server-actions.ts'
import type { Server, Stack } from '../state.ts'
import type { CallLog } from './call-log.ts'
import { shown } from './rules.ts'

/** Where this cloud is watched and made to misbehave by tests, as `control.json` says it. It is no API of OpenStack. */
export type Control = { url: string; token: string; close(): Promise<void> }

type Site = { cloud: Cloud; calls: CallLog; folder: string; host: string; about: string[]; log: (line: string) => void }

const fileName = 'control.json'

/** Opens the control address, the same one as last time where it is free, and writes down where it is (mode 0600). */
export async function openControl(site: Site): Promise<Control> {
  const before = await readBefore(site.folder)
  const token = before?.token ?? randomBytes(24).toString('base64url')
  const service = controlService(site, token)
  const door = await listen({ host: site.host, port: before?.port ?? 0, services: [service], log: site.log })
  const url = `http://${site.host}:${door.port}`
  await writeSecret(join(site.folder, fileName), `${JSON.stringify({ url, token }, null, 1)}\n`)
  return { url, token, close: () => door.close() }
}

async function readBefore(folder: string): Promise<{ token: string; port: number } | undefined> {
  try {
    const { url, token } = JSON.parse(await readFile(join(folder, fileName), 'utf8')) as Record<string, unknown>
    return typeof url === 'string' && typeof token === 'string' ? { token, port: Number(new URL(url).port) } : undefined
  } catch {
    // Not there, or not ours: a new one is made.
    return undefined
  }
}

function controlService(site: Site, token: string): Service {
  const at: At = (method, path, handle) => ({
    method,
    pattern: path,
    handle: (request) => {
      if (!same(request.header('Authorization') ?? '', `Bearer ${token}`))
        throw new Fault(401, 'Unauthorized', 'The token of control.json.')
      return handle(request)
    },
  })
  const { rules } = site.cloud
  const state = () => ({ rules: rules.list(), engine: rules.find('stop-engine') ? 'stopped' : 'running' })
  const routes: Route[] = [
    at('GET', '/', () => ok(state())),
    at('GET', '/about', () => ok({ about: site.about })),
    at('POST', '/rules', async (request) => ({ status: 201, body: { rule: shown(await rules.add(bodyOf(request))) } })),
    at('DELETE', '/rules', async () => {
      await rules.clear()
      return { status: 204 }
    }),
    at('DELETE', '/rules/:id', async (request) => {
      if (!(await rules.remove(request.params.id ?? ''))) throw new Fault(404, 'NotFound', 'There is no such rule.')
      return { status: 204 }
    }),
    at('GET', '/requests', (request) => requests(site, request)),
    at('GET', '/servers', async () => ok({ servers: await servers(site.cloud) })),
  ]
  return { name: 'control', routes, refuse, maxBodyBytes: 65_536 }
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const ok = (body: Json): HttpReply => ({ status: 200, body })

function refuse({ status, type, detail }: Fault): HttpReply {
  return { status, body: { error: type === 'NoRoute' ? 'There is nothing at this address.' : (detail ?? type) } }
}

/** `?since=MARK`: only calls after an earlier answer's mark. `?each=true`: the calls themselves as well. */
function requests({ calls }: Site, { query }: HttpRequest): HttpReply {
  const mark = Number(query.get('since') ?? 0)
  if (!Number.isSafeInteger(mark) || mark < 0) throw new Fault(400, 'BadRequest', '"since" is the mark of an earlier answer.')
  const { calls: each, ...summary } = calls.since(mark)
  return ok(query.get('each') === 'true' ? { ...summary, calls: each } : summary)
}

/** Every server of the records and every machine of the driver; what only one of them knows has nulls for the other. */
async function servers(cloud: Cloud): Promise<JsonMap[]> {
  const machines = new Map((await cloud.driver.inspect()).map((machine) => [machine.id, machine]))
  const known = [...cloud.state.stacks.values()].flatMap((stack) =>
    Object.values(stack.things.servers).map((server) => ({ stack, server })),
  )
  const ids = new Set(known.map(({ server }) => server.id))
  const strays = [...machines.values()].filter(({ id }) => !ids.has(id))
  return [
    ...known.map(({ stack, server }) => serverBody(cloud, { stack, server, machine: machines.get(server.id) })),
    ...strays.map((machine) => serverBody(cloud, { stack: cloud.state.stacks.get(machine.spaceId), machine })),
  ]
}

function serverBody(
  cloud: Cloud,
  { stack, server, machine }: { stack: Stack | undefined; server?: Server; machine: MachineState | undefined },
): JsonMap {
  const inside = server?.portIds.map((id) => stack?.things.ports[id]?.addresses[0]?.address).find((address) => address !== undefined)
  const outside = Object.values(stack?.things.floatingIps ?? {}).find(({ portId }) => portId !== null && server?.portIds.includes(portId))
  return {
    id: server?.id ?? machine?.id ?? '',
    name: server?.name ?? null,
    stack: stack?.name ?? null,
    stackId: stack?.id ?? machine?.spaceId ?? null,
    status: server?.status ?? null,
    task: server ? taskState(server) : null,
    address: inside ?? null,
    floatingAddress: outside?.address ?? null,
    driver: cloud.driver.name,
    state: machine?.state ?? 'missing',
    disk: machine?.disk ?? null,
    cgroup: machine?.cgroup ?? null,
    pid: machine?.pid ?? null,
  }
}
