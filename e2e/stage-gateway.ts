import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Machine, startMachine } from '../lib/terminal/machine.fixture.ts'
import { startGateway } from '../lib/terminal/serve-terminals.fixture.ts'
import type { OpenStage } from './stage.ts'

/*
 * The terminals of the page for themselves: the real desk in a real browser, the real gateway, and shells of this computer in place of
 * machines. The way between page and gateway is the test's to make long, or to cut.
 */

export type StageGateway = {
  origin: string
  /** Milliseconds that everything from the page takes longer. */
  delay(ms: number): void
  /** Cuts what stands and lets nothing through; false: lets it through again. */
  cut(isCut: boolean): void
  /** What stands carries nothing any more, and nobody is told, as after a change of networks. */
  lose(): void
  close(): Promise<void>
}

/** @param stage `stage-desk.tsx`; it stays open */
export async function startStageGateway(stage: OpenStage): Promise<StageGateway> {
  const machine: Machine = await startMachine()
  const gateway = await startGateway(machine)
  const standing = new Set<Socket | Duplex>()
  const lost = new WeakSet<Socket | Duplex>()
  let delayMs = 0
  let isCut = false
  const server = createServer((request, response) => {
    const answer = async () => {
      if (request.method === 'POST') {
        const { host } = JSON.parse(await bodyOf(request))
        return { type: 'application/json', body: JSON.stringify({ ticket: gateway.ticket({ hostName: host }) }) }
      }
      const from = await fetch(new URL(request.url ?? '/', stage.origin))
      return { type: from.headers.get('content-type') ?? 'text/plain', body: Buffer.from(await from.arrayBuffer()) }
    }
    answer().then(
      ({ type, body }) => response.setHeader('content-type', type).end(body),
      () => response.writeHead(500).end(),
    )
  })
  server.on('upgrade', (request, page, first) => {
    if (isCut) return void page.destroy()
    const there = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    // As its fixture knows people and their pages.
    const headers = { ...request.headers, origin: 'http://127.0.0.1', cookie: 'browser=ada' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
    there.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    there.write(first)
    there.on('data', (bytes) => lost.has(there) || page.write(bytes))
    page.on('data', (bytes) => void setTimeout(() => there.writable && !lost.has(page) && there.write(bytes), delayMs))
    for (const [end, other] of [
      [page, there],
      [there, page],
    ] as const) {
      standing.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        standing.delete(end)
        other.destroy()
      })
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const cutAll = () => {
    for (const end of standing) end.destroy()
  }
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    delay(ms) {
      delayMs = ms
    },
    cut(now) {
      isCut = now
      if (now) cutAll()
    },
    lose() {
      for (const end of standing) lost.add(end)
    },
    async close() {
      cutAll()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await gateway.stop()
      await machine.close()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}
