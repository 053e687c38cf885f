import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/*
 * The build's own scripts, styles and fonts: files whose names carry their content's hash. Each is read and compressed once and then
 * answered from memory, because a page asks for a dozen of them at the very moment when a learner's machines start.
 */

const kinds: Record<string, { type: string; squeeze: boolean }> = {
  '.js': { type: 'application/javascript; charset=utf-8', squeeze: true },
  '.css': { type: 'text/css; charset=utf-8', squeeze: true },
  '.woff2': { type: 'font/woff2', squeeze: false },
  '.svg': { type: 'image/svg+xml', squeeze: true },
}
const prefix = '/_next/static/'
const compressed = promisify(gzip)

/**
 * Said before a script, so that the browser compiles it wholly and beside the page, while it arrives: our pages run nearly all that they
 * fetch at once, and compiled piece by piece where it is first called, it would hold up the page's own thread (V8, explicit compile hints).
 */
const compileHint = Buffer.from('//# allFunctionsCalledOnLoad\n')

type Kept = { type: string; plain: Buffer; small: Buffer | null }

/**
 * Answers requests for the build's files.
 * @param dist the build's folder
 * @returns a function that answers and says true, or says false where the request is for something else
 */
export function serveStaticFiles(dist: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  const folder = join(dist, 'static')
  // What is not in the build when we start is never read: no path of a request reaches the disk.
  const known = new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${prefix}${name.replaceAll('\\', '/')}`))
  const kept = new Map<string, Promise<Kept>>()
  const keep = async (path: string, kind: { type: string; squeeze: boolean }): Promise<Kept> => {
    const file = await readFile(join(folder, path.slice(prefix.length)))
    const plain = extname(path) === '.js' ? Buffer.concat([compileHint, file]) : file
    return { type: kind.type, plain, small: kind.squeeze ? await compressed(plain) : null }
  }
  return (request, response) => {
    const path = decoded(request.url?.split('?', 1)[0] ?? '')
    const kind = kinds[extname(path)]
    if (!kind || !known.has(path) || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const file = kept.get(path) ?? keep(path, kind)
    kept.set(path, file)
    file.then(
      (found) => answer(found, request, response),
      () => {
        kept.delete(path)
        response.writeHead(500).end()
      },
    )
    return true
  }
}

function answer({ type, plain, small }: Kept, request: IncomingMessage, response: ServerResponse): void {
  const squeezed = small !== null && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = squeezed ? small : plain
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': body.length,
    // RFC 9111 and RFC 8246: the name changes with the content.
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
    ...(small === null ? {} : { Vary: 'Accept-Encoding' }),
    ...(squeezed ? { 'Content-Encoding': 'gzip' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}
