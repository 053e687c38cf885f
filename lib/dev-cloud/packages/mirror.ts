import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import type { MetadataRequest, MetadataResponse } from '../driver.ts'
import { type Asker, createAsker, type Wish } from './ask-mirror.ts'
import { type KeptFiles, openKeptFiles } from './kept-files.ts'
import { addressOf, isImmutable, type PackageSource, placeOf, sourcesList } from './sources.ts'

/** What the machines of one stack may have under way together: apt opens one connection a machine. */
const TOGETHER = 16
/** The largest packages of Debian are about as large. */
const FILE_BYTES = 2 * 1024 * 1024 * 1024

/** The mirrors that machines may read by their metadata address, read-only, and nothing beside them. */
export type PackageMirror = {
  /** A machine's /etc/apt/sources.list. */
  sourcesList: string
  /** For people. */
  about: string
  /** What a machine of that space is answered. */
  answer(spaceId: string, request: MetadataRequest): Promise<MetadataResponse>
  close(): Promise<void>
}

/** @param folder where packages are kept for the next who wants them */
export function openPackageMirror(sources: PackageSource[], { folder }: { folder: string }): PackageMirror {
  const asker = createAsker(sources)
  const kept = openKeptFiles(folder)
  const underWay = new Map<string, number>()
  const count = (spaceId: string, change: 1 | -1) => {
    const now = (underWay.get(spaceId) ?? 0) + change
    if (now === 0) underWay.delete(spaceId)
    else underWay.set(spaceId, now)
  }
  const answer = async (spaceId: string, request: MetadataRequest): Promise<MetadataResponse> => {
    const wish = wishOf(request)
    if (wish === null) return said(405, 'Packages are read, and nothing else.', { allow: 'GET, HEAD' })
    const address = addressOf(sources, request.path)
    if (address === null) return said(404, 'This is below none of the mirrors that this cloud passes on.')
    if ((underWay.get(spaceId) ?? 0) >= TOGETHER) return said(503, 'Too much at once.', { 'retry-after': '1' })
    count(spaceId, 1)
    let isCounted = true
    const end = () => {
      if (isCounted) count(spaceId, -1)
      isCounted = false
    }
    try {
      const found = await fetchFrom({ asker, kept }, address, wish)
      if (found.stream === undefined) end()
      else found.stream.once('close', end)
      return found
    } catch (error) {
      end()
      return said(
        502,
        `The mirror ${address.host} does not answer as it should: ${error instanceof Error ? error.message : String(error)}.`,
      )
    }
  }
  return {
    sourcesList: sourcesList(sources),
    about: `packages: machines may read ${[...new Set(sources.map(({ base }) => placeOf(base)))].join(', ')}`,
    answer,
    async close() {
      asker.close()
      await kept.close()
    },
  }
}

/** Null: it is no reading. A range is one piece, or everything. */
function wishOf({ method, headers }: MetadataRequest): Wish | null {
  if (method !== 'GET' && method !== 'HEAD') return null
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const { range = '', 'if-range': ifRange, 'if-modified-since': ifModifiedSince } = given
  return {
    method,
    ...(/^bytes=\d+-\d*$/.test(range) ? { range, ...(ifRange === undefined ? {} : { ifRange }) } : {}),
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
  }
}

async function fetchFrom({ asker, kept }: { asker: Asker; kept: KeptFiles }, address: URL, wish: Wish): Promise<MetadataResponse> {
  const isWhole = wish.method === 'GET' && wish.range === undefined && wish.ifModifiedSince === undefined
  if (!isWhole || !isImmutable(address)) return passOn(await asker.ask(address, wish), wish)
  const found = await kept.get(`${address.origin}${address.pathname}`, () => asker.ask(address, wish))
  if (!('size' in found)) return passOn(found, wish)
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(found.size) }
  return { status: 200, headers, body: '', stream: found.stream }
}

/** What a machine hears of a mirror's head; the rest may be about this computer. */
const HEARD = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'last-modified', 'etag']

function passOn(answer: IncomingMessage, { method }: Wish): MetadataResponse {
  const { statusCode: status = 502, headers } = answer
  if (![200, 206, 304].includes(status)) {
    answer.destroy()
    if (status === 404 || status === 416) return said(status, 'The mirror has no such thing.')
    return said(502, `The mirror answers ${status}.`)
  }
  const heard = Object.fromEntries(HEARD.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])))
  if (Number(headers['content-length'] ?? 0) > FILE_BYTES) {
    answer.destroy()
    return said(502, 'The mirror has it, but it is larger than what is passed on.')
  }
  if (method === 'HEAD' || status === 304) {
    answer.resume()
    return { status, headers: heard, body: '' }
  }
  return { status, headers: heard, body: '', stream: bounded(answer) }
}

/** A mirror that does not say how much there is may not send without end. */
function bounded(answer: IncomingMessage): Readable {
  let size = 0
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      done(size > FILE_BYTES ? new Error('larger than what is passed on') : null, chunk)
    },
  })
  answer.once('error', (error) => through.destroy(error))
  through.once('close', () => answer.destroy())
  return answer.pipe(through)
}

function said(status: number, sentence: string, headers: Record<string, string> = {}): MetadataResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${sentence}\n` }
}
