import { createPublicKey, type JsonWebKey, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ltiClaim } from './id-token.ts'
import type { Registration } from './registration.ts'
import { openToken } from './web-signature.ts'

/*
 * A tool just good enough to meet the platform: it asks properly, checks signature, nonce and the browser's cookie, uses a
 * state once, and shows a page. It takes the place of the product where the platform itself is under test.
 */
export type StubTool = {
  origin: string
  /** What it will ask for, changed: to see the platform refuse. */
  ask: Record<string, string | undefined>
  /** The query or form of each login initiation it received. */
  logins: URLSearchParams[]
  /** The form fields of each answer it received. */
  answers: URLSearchParams[]
  register(registration: Registration): void
  close(): Promise<void>
}

export async function startStubTool(): Promise<StubTool> {
  const registrations: Registration[] = []
  const pending = new Map<string, { nonce: string; registration: Registration }>()
  const page = (response: ServerResponse, status: number, text: string) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
    response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stub tool</title></head><body>${text}</body></html>`)
  }

  function login(parameters: URLSearchParams, response: ServerResponse): void {
    tool.logins.push(parameters)
    const registration = registrations.find((one) => one.issuer === parameters.get('iss') && one.clientId === parameters.get('client_id'))
    if (registration === undefined) {
      page(response, 400, 'Platform not registered')
      return
    }
    const state = randomBytes(16).toString('base64url')
    const nonce = randomBytes(16).toString('base64url')
    pending.set(state, { nonce, registration })
    const asked = {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: registration.clientId,
      redirect_uri: `${tool.origin}/lti/launch`,
      login_hint: parameters.get('login_hint') ?? '',
      lti_message_hint: parameters.get('lti_message_hint') ?? '',
      state,
      nonce,
      ...tool.ask,
    }
    const location = new URL(registration.authorizationUrl)
    for (const [name, value] of Object.entries(asked)) if (value !== undefined) location.searchParams.set(name, value)
    const cookie = `__Host-stub-${state}=1; Secure; HttpOnly; SameSite=None; Path=/; Partitioned`
    response.writeHead(303, { location: location.href, 'set-cookie': cookie }).end()
  }

  async function launch(request: IncomingMessage, fields: URLSearchParams, response: ServerResponse): Promise<void> {
    tool.answers.push(fields)
    const state = fields.get('state') ?? ''
    const expected = pending.get(state)
    pending.delete(state)
    if (fields.has('error')) return page(response, 400, fields.get('error') ?? '')
    if (expected === undefined) return page(response, 410, 'State unknown or used')
    if (!request.headers.cookie?.includes(`__Host-stub-${state}=1`)) return page(response, 401, 'Another browser')
    const claims = await verified(fields.get('id_token') ?? '', expected.registration)
    if (claims === null || claims.nonce !== expected.nonce) return page(response, 401, 'Token refused')
    const name = encodeURIComponent(String(claims.name))
    const lab = String((claims[ltiClaim('custom')] as Record<string, unknown>).lab)
    response.writeHead(303, { location: `/l/1?name=${name}&lab=${lab}` }).end()
  }

  const server = createServer((request, response) => void serve(request, response))
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', tool.origin)
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const parameters = new URLSearchParams(request.method === 'POST' ? body : url.search)
    if (url.pathname === '/lti/login') return login(parameters, response)
    if (url.pathname === '/lti/launch') return launch(request, parameters, response)
    const script = 'parent.postMessage({ subject: "lti.frameResize", height: 700 }, "*")'
    page(response, 200, `<h1>${url.searchParams.get('name')} in ${url.searchParams.get('lab')}</h1><script>${script}</script>`)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tool: StubTool = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ask: {},
    logins: [],
    answers: [],
    register: (registration) => void registrations.push(registration),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return tool
}

async function verified(token: string, registration: Registration): Promise<Record<string, unknown> | null> {
  const response = await fetch(registration.jwksUrl)
  const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] }
  const header: { kid?: string; alg?: string } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'))
  const jwk = keys.find(({ kid }) => kid === header.kid)
  if (jwk === undefined || header.alg !== 'RS256') return null
  return openToken(token, createPublicKey({ key: jwk, format: 'jwk' }))?.payload ?? null
}
