/**
 * A browser without a window, for tests over plain HTTP: it keeps cookies by the rules of a cross-site frame with third-party
 * cookies blocked (only `Secure; SameSite=None; Partitioned` survives, Chromium 156), follows redirects, and sends on pages
 * that are forms submitting themselves. One instance is one person's browser.
 */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'

/** `frame`: inside the course's page. `window`: at top level. `frame without cookies`: a browser that keeps nothing there. */
export type BrowserPlace = 'frame' | 'window' | 'frame without cookies'

export type Cookie = {
  readonly name: string
  readonly value: string
  readonly attributes: Readonly<Record<string, string>>
  readonly origin: string
}

/** One request and its answer. */
export type Exchange = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Sending = {
  readonly method?: string
  /** Sent as `application/x-www-form-urlencoded`; pairs may repeat a name. */
  readonly form?: Iterable<readonly [string, string]>
  /** Sent as it is, with `contentType`. */
  readonly text?: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The origin of the page that causes the request; null for an address typed by hand. */
  readonly from?: string | null
}

export type PlainBrowser = {
  readonly place: BrowserPlace
  /** One request, no redirect followed. Cookies of the answer are kept as a browser would. */
  send(url: string, sending?: Sending): Promise<Exchange>
  /**
   * Goes on from an answer as a browser does: redirects, and pages with a self-submitting form. Stops before an address for
   * which `until` is true, and gives the last answer. Throws after 12 steps.
   */
  follow(exchange: Exchange, options?: { until?: (url: URL) => boolean }): Promise<Exchange>
  /** `send`, then `follow`. */
  open(url: string, sending?: Sending, options?: { until?: (url: URL) => boolean }): Promise<Exchange>
  /** The cookies that would go to this address. */
  cookies(url: string): readonly Cookie[]
  /** Cookies that were offered and not kept, and why. */
  readonly refusedCookies: readonly string[]
  /** Forgets all cookies, as another browser would never have had them. */
  forget(): void
}

const mostSteps = 12
const mostBytes = 8 * 1024 * 1024
const patienceMs = 20_000

/** A new browser with no cookies. `site` is the page around the frame: its origin is sent as the cause of requests. */
export function createBrowser({ place = 'frame', site }: { place?: BrowserPlace; site: string }): PlainBrowser {
  const jar = new Map<string, Cookie>()
  const refusedCookies: string[] = []

  const cookies = (url: string) => {
    const { origin } = new URL(url)
    return [...jar.values()].filter((cookie) => cookie.origin === origin)
  }

  const keep = (url: URL, line: string) => {
    const cookie = parseCookie(line, url.origin)
    const objection = objectionTo(cookie, place)
    if (objection !== null) {
      refusedCookies.push(`${cookie.name}: ${objection}`)
      return
    }
    const key = `${url.origin} ${cookie.name}`
    if (cookie.attributes['max-age'] === '0' || cookie.value === '') jar.delete(key)
    else jar.set(key, cookie)
  }

  const send = async (address: string, sending: Sending = {}) => {
    const url = new URL(address)
    const exchange = await transmit(url, { ...sending, place, site, cookies: cookies(address) })
    for (const line of exchange.headers['set-cookie'] ?? []) keep(url, line)
    return exchange
  }

  const follow: PlainBrowser['follow'] = async (exchange, { until = () => false } = {}) => {
    let last = exchange
    for (let step = 0; step < mostSteps; step++) {
      const next = nextStep(last)
      if (next === null || until(new URL(next.url))) return last
      last = await send(next.url, { ...next.sending, from: new URL(last.url).origin })
    }
    throw new Error(`No end after ${mostSteps} redirects and forms, last at ${last.url}`)
  }

  return {
    place,
    send,
    follow,
    open: async (url, sending, options) => follow(await send(url, sending), options),
    cookies,
    refusedCookies,
    forget: () => jar.clear(),
  }
}

/** Where an answer sends the browser next, by itself: a redirect, or a form that submits itself. */
export function nextStep(exchange: Exchange): { url: string; sending: Sending } | null {
  const { location } = exchange.headers
  if (location !== undefined && exchange.status >= 300 && exchange.status < 400) {
    const keepsMethod = exchange.status === 307 || exchange.status === 308
    return { url: new URL(location, exchange.url).href, sending: keepsMethod ? { method: exchange.method } : {} }
  }
  const form = selfSubmittingForm(exchange.body)
  if (form === null) return null
  const url = new URL(form.action, exchange.url)
  if (form.method === 'POST') return { url: url.href, sending: { method: 'POST', form: form.fields } }
  url.search = new URLSearchParams(form.fields.map(([name, value]) => [name, value])).toString()
  return { url: url.href, sending: {} }
}

export type FoundForm = { action: string; method: 'GET' | 'POST'; fields: (readonly [string, string])[] }

/** The first form of a page, if a script of the page submits it without being asked. */
export function selfSubmittingForm(html: string): FoundForm | null {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html)
  if (form === null || !/\.(?:submit|requestSubmit)\(\)/.test(html)) return null
  const [, attributes = '', inner = ''] = form
  const fields = [...inner.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, input = '']) => {
    const name = attribute(input, 'name')
    return name === null ? [] : [[name, attribute(input, 'value') ?? ''] as const]
  })
  const method = attribute(attributes, 'method')?.toUpperCase() === 'POST' ? 'POST' : 'GET'
  return { action: attribute(attributes, 'action') ?? '', method, fields }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" }

function attribute(source: string, name: string): string | null {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*"([^"]*)"`, 'i').exec(source)
  return found?.[1]?.replaceAll(/&(amp|lt|gt|quot|#39|#x27);/g, (whole, entity: string) => entities[entity] ?? whole) ?? null
}

function parseCookie(line: string, origin: string): Cookie {
  const [pair = '', ...rest] = line.split(';')
  const equals = pair.indexOf('=')
  const attributes = rest.map((part) => {
    const [name = '', ...value] = part.trim().split('=')
    return [name.toLowerCase(), value.join('=')] as const
  })
  return { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim(), attributes: Object.fromEntries(attributes), origin }
}

/** Why a browser would not keep this cookie; null when it would. RFC 6265bis 5.7 (prefixes), CHIPS (Partitioned). */
function objectionTo({ name, attributes }: Cookie, place: BrowserPlace): string | null {
  const has = (attribute: string) => Object.hasOwn(attributes, attribute)
  if (name.startsWith('__Host-') && (!has('secure') || has('domain') || attributes.path !== '/'))
    return 'the __Host- prefix is not honoured'
  if (has('partitioned') && !has('secure')) return 'Partitioned without Secure'
  if (place === 'frame without cookies') return 'this browser keeps no cookies in frames'
  if (place === 'window') return null
  const crossSite = has('secure') && has('partitioned') && attributes.samesite?.toLowerCase() === 'none'
  return crossSite ? null : 'in a cross-site frame only Secure; SameSite=None; Partitioned is kept'
}

type Transmission = Sending & { place: BrowserPlace; site: string; cookies: readonly Cookie[] }

function transmit(url: URL, sending: Transmission): Promise<Exchange> {
  const body =
    sending.form === undefined ? sending.text : new URLSearchParams([...sending.form].map(([name, value]) => [name, value])).toString()
  const method = sending.method ?? (body === undefined ? 'GET' : 'POST')
  const headers = { ...navigationHeaders(url, method, sending), ...bodyHeaders(body, sending), ...sending.headers }
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false, timeout: patienceMs, family: 4 }, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > mostBytes) request.destroy(new Error(`${url.href} answered more than ${mostBytes} bytes`))
        chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ method, url: url.href, status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    request.on('timeout', () => request.destroy(new Error(`${url.href} did not answer within ${patienceMs} ms`)))
    request.on('error', reject)
    request.end(body)
  })
}

function bodyHeaders(body: string | undefined, sending: Sending): Record<string, string> {
  if (body === undefined) return {}
  const kind = sending.contentType ?? 'application/x-www-form-urlencoded'
  return { 'content-type': kind, 'content-length': String(Buffer.byteLength(body)) }
}

/** The headers by which a server recognises a navigation and its cause (Fetch metadata). */
function navigationHeaders(url: URL, method: string, sending: Transmission): Record<string, string> {
  const from = sending.from === undefined ? sending.site : sending.from
  const cookie = sending.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'accept-language': 'en-GB,en;q=0.9',
    'user-agent': 'Mozilla/5.0 (test platform; plain browser)',
    'sec-fetch-dest': sending.place === 'window' ? 'document' : 'iframe',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-site': siteRelation(from, url),
    ...(method === 'POST' && from !== null ? { origin: from } : {}),
    ...(cookie === '' ? {} : { cookie }),
  }
}

function siteRelation(from: string | null, url: URL): string {
  if (from === null) return 'none'
  if (from === url.origin) return 'same-origin'
  return new URL(from).hostname === url.hostname ? 'same-site' : 'cross-site'
}
