import { request as ask, type ClientRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/*
 * Before a gateway of its own, whoever shows the pages must not be in the way of anybody's keys: the gateway listens, terminals end
 * here, and everything else is passed on to the process with the pages (docs/decisions/011).
 */

/** Where the process with the pages listens: a port of this computer. */
export type Pages = { port: number }

/** How long a request waits for a process with pages that is just being started again. */
const PATIENCE_MS = 10_000
const ASK_AGAIN_MS = 100

/** RFC 9110, section 7.6.1: said from one hop to the next, not passed on. */
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding'])

/** Whether this request belongs to a terminal: its connection says so in its address (components/terminal/socket-wire.ts). */
export function isForTerminals(url: string | undefined): boolean {
  return /^\/socket\.io\/\?(?:.*&)?to=terminal(?:&|$)/.test(url ?? '')
}

export type FrontDoor = {
  /** Answers with what the process with the pages answers; 502 where it does not. */
  answer(request: IncomingMessage, response: ServerResponse): void
  close(): void
}

/** Stands before the pages: passes on requests, and connections that are to become websockets. To be opened when Socket.IO is there. */
export function openFrontDoor(server: Server, pages: Pages): FrontDoor {
  const tunnels = new Set<Duplex>()
  // Socket.IO would take every websocket of its path for one of ours.
  const terminals = server.listeners('upgrade') as ((request: IncomingMessage, socket: Duplex, head: Buffer) => void)[]
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isForTerminals(request.url)) {
      for (const listen of terminals) listen(request, socket, head)
      return
    }
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    tunnel(request, { socket, head, pages })
  })
  return {
    answer: (request, response) => pass(request, response, pages),
    close() {
      for (const socket of tunnels) socket.destroy()
    },
  }
}

function pass(request: IncomingMessage, response: ServerResponse, pages: Pages): void {
  const { method, url: path, rawHeaders } = request
  const began = performance.now()
  let passed: ClientRequest | undefined
  let timer: NodeJS.Timeout | undefined
  response.once('close', () => {
    clearTimeout(timer)
    passed?.destroy()
  })
  const attempt = () => {
    // A connection each: one that is kept may end in the very moment of its next request, and nobody knows whether that was heard.
    const headers = passedOn(rawHeaders)
    // A body of unknown length is told as such again, whatever the method: unframed it would be taken for another request.
    if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
    const mine = ask({ host: '127.0.0.1', port: pages.port, agent: false, method, path, headers })
    passed = mine
    let isHeard = false
    mine.once('socket', (socket) =>
      socket.once('connect', () => {
        isHeard = true
        request.pipe(mine)
      }),
    )
    mine.once('response', (answer) => {
      answer.once('error', () => response.destroy())
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders))
      answer.pipe(response)
    })
    mine.once('error', () => {
      if (response.destroyed) return
      if (response.headersSent) return void response.destroy()
      const isReading = method === 'GET' || method === 'HEAD'
      if ((!isHeard || isReading) && performance.now() - began < PATIENCE_MS) {
        timer = setTimeout(attempt, ASK_AGAIN_MS)
        return
      }
      response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '5' })
      response.end('The pages are being started again. Please try once more in a moment.\n')
    })
  }
  attempt()
}

/** Headers as they came, in their order and number, but for those of the hop. */
function passedOn(raw: readonly string[]): string[] {
  const named = new Set(hopByHop)
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== 'connection') continue
    for (const name of raw[index + 1]?.split(',') ?? []) named.add(name.trim().toLowerCase())
  }
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]]
    if (!named.has(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}

function tunnel(request: IncomingMessage, { socket, head, pages }: { socket: Duplex; head: Buffer; pages: Pages }): void {
  const behind = connect({ host: '127.0.0.1', port: pages.port, noDelay: true })
  const lines = [`${request.method} ${request.url} HTTP/1.1`]
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`)
  behind.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) behind.write(head)
  const end = () => {
    behind.destroy()
    socket.destroy()
  }
  for (const side of [behind, socket]) side.once('error', end).once('close', end)
  socket.pipe(behind)
  behind.pipe(socket)
}
