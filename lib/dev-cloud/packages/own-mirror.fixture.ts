import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A mirror on loopback. `asked`: what it was asked for, in order: `GET /path`. */
export type OwnMirror = { host: string; asked: string[]; heads: IncomingMessage['headers'][]; close(): Promise<void> }

/** @param answer what it says; `files` by path else */
export async function openOwnMirror(
  files: Record<string, string | Buffer>,
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<OwnMirror> {
  const asked: string[] = []
  const heads: OwnMirror['heads'] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    heads.push(request.headers)
    if (answer?.(request, response)) return
    const file = files[decodeURIComponent(request.url ?? '')]
    if (file === undefined) return void response.writeHead(404, { server: 'secret' }).end('no')
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
    const whole = Buffer.from(file)
    const part = whole.subarray(Number(from ?? 0))
    const head = { 'content-length': part.length, 'last-modified': 'Sat, 21 Nov 2026 10:00:00 GMT', server: 'secret' }
    if (from === undefined) response.writeHead(200, head)
    else response.writeHead(206, { ...head, 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` })
    response.end(request.method === 'HEAD' ? undefined : part)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    asked,
    heads,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
