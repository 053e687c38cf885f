import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answer = { status: number; body?: unknown; headers?: Record<string, string>; text?: string }
export type Asked = { method: string; path: string; query: URLSearchParams; body: unknown; headers: Record<string, string | undefined> }
export type Script = Record<string, (asked: Asked) => Answer | 'hang up' | 'never answer'>

export const PROJECT = '55c69aebf4304fb8b3677d639c9f322d'
export const PASSWORD = 'correct horse'

/**
 * A cloud that answers from a script ("GET /stacks" -> answer) after checking what every request owes: token, Accept,
 * Content-Type, User-Agent. Keystone is played by itself; `tokens` are handed out one after the other.
 */
export async function startScriptedCloud(script: Script, options: { tokenLifeSeconds?: number } = {}) {
  const asked: Asked[] = []
  const complaints: string[] = []
  const refusedTokens = new Set<string>()
  let logins = 0
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      complaints.push(String(error))
      response.destroy()
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    const one: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      body: text === '' ? undefined : JSON.parse(text),
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    }
    asked.push(one)
    complaints.push(...wrongHeaders(one))
    const answer = one.path === '/v3/auth/tokens' ? keystone(one) : heat(one)
    if (answer === 'never answer') return
    if (answer === 'hang up') {
      response.destroy()
      return
    }
    response.writeHead(answer.status, {
      'content-type': answer.text === undefined ? 'application/json' : 'text/html',
      'x-openstack-request-id': `req-${asked.length}`,
      connection: 'close',
      ...answer.headers,
    })
    response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)))
  }

  function wrongHeaders({ method, path, headers, body }: Asked): string[] {
    const wrong: string[] = []
    if (headers.accept !== 'application/json') wrong.push(`${method} ${path}: Accept is ${headers.accept}`)
    if (!headers['user-agent']?.startsWith('astrolabe-test')) wrong.push(`${method} ${path}: User-Agent is ${headers['user-agent']}`)
    const type = headers['content-type']
    if ((body === undefined) !== (type === undefined)) wrong.push(`${method} ${path}: body and Content-Type (${type}) disagree`)
    if (body !== undefined && type !== 'application/json') wrong.push(`${method} ${path}: Content-Type is ${type}`)
    return wrong
  }

  function keystone({ method, body, headers }: Asked): Answer | 'hang up' | 'never answer' {
    if (method !== 'POST' || headers['x-auth-token'] !== undefined) complaints.push('login is a POST without a token')
    const own = script['POST /v3/auth/tokens']
    const scripted = own?.({ method, path: '', query: new URLSearchParams(), body, headers })
    if (scripted) return scripted
    if (!JSON.stringify(body).includes(JSON.stringify(PASSWORD))) return UNAUTHORIZED
    logins++
    return { status: 201, headers: { 'x-subject-token': `token-${logins}` }, body: tokenBody(origin, options.tokenLifeSeconds ?? 3600) }
  }

  function heat(one: Asked): Answer | 'hang up' | 'never answer' {
    const token = one.headers['x-auth-token']
    if (token === undefined) complaints.push(`${one.method} ${one.path}: no token`)
    if (token !== `token-${logins}` || refusedTokens.has(token)) return UNAUTHORIZED
    const path = one.path.replace(`/v1/${PROJECT}`, '')
    const play = script[`${one.method} ${path}`]
    if (play) return play({ ...one, path })
    complaints.push(`not in the script: ${one.method} ${path}`)
    return {
      status: 404,
      body: { message: 'The resource could not be found.<br /><br />\n\n\n', code: '404 Not Found', title: 'Not Found' },
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    authUrl: `${origin}/v3`,
    asked,
    complaints,
    logins: () => logins,
    /** From now on this token is refused, as one that has expired. */
    expire: (token: string) => refusedTokens.add(token),
    async close(): Promise<void> {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const UNAUTHORIZED: Answer = {
  status: 401,
  body: { error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } },
}

/** Nova's error body: its one key is the failure's name. */
export const novaSays = (status: number, kind: string, message: string): Answer => ({ status, body: { [kind]: { code: status, message } } })

/** Heat's own error body. */
export const heatSays = (status: number, type: string, message?: string): Answer => ({
  status,
  body: {
    code: status,
    title: 'Title',
    explanation: 'General words.',
    error: { type, ...(message === undefined ? {} : { message }), traceback: null },
  },
})

export function tokenBody(origin: string, lifeSeconds: number) {
  const issued = Date.parse('2020-01-01T00:00:00Z') // a cloud whose clock is years behind ours
  const at = (seconds: number) => new Date(issued + seconds * 1000).toISOString().replace('Z', '000Z')
  const endpoints = (url: string) =>
    ['internal', 'public', 'admin'].map((face) => ({ id: face, interface: face, region_id: 'RegionOne', region: 'RegionOne', url }))
  return {
    token: {
      methods: ['password'],
      user: { domain: { id: 'default', name: 'Default' }, id: 'u1', name: 'labs', password_expires_at: null },
      audit_ids: ['x'],
      issued_at: at(0),
      expires_at: at(lifeSeconds),
      project: { domain: { id: 'default', name: 'Default' }, id: PROJECT, name: 'labs' },
      is_domain: false,
      roles: [{ id: 'r', name: 'member' }],
      catalog: [
        { id: '1', type: 'identity', name: 'keystone', endpoints: endpoints(`${origin}/v3/`) },
        { id: '2', type: 'cloudformation', name: 'heat-cfn', endpoints: endpoints(`${origin}/cfn`) },
        { id: '4', type: 'compute', name: 'nova', endpoints: endpoints(`${origin}/compute/v2.1/`) },
        { id: '3', type: 'orchestration', name: 'heat', endpoints: endpoints(`${origin}/v1/${PROJECT}/`) },
      ],
    },
  }
}

export const wireStack = (name: string, id: string, more: Record<string, unknown> = {}) => ({
  id,
  links: [{ href: `http://x/v1/${PROJECT}/stacks/${name}/${id}`, rel: 'self' }],
  stack_name: name,
  description: '',
  stack_status: 'CREATE_COMPLETE',
  stack_status_reason: 'Stack CREATE completed successfully',
  creation_time: '2026-11-20T10:07:33Z',
  updated_time: null,
  deletion_time: null,
  stack_owner: 'labs',
  parent: null,
  stack_user_project_id: 'f',
  tags: ['lab', 'even'],
  ...more,
})
