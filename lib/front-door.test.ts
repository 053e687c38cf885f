import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { type FrontDoor, isForTerminals, openFrontDoor } from './front-door.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const listen = (server: Server, port = 0) =>
  new Promise<number>((done, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', () => {
      closing.push(
        () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      )
      done((server.address() as AddressInfo).port)
    })
  })

/** A process with pages: it says what it was asked. */
function pages(): Server {
  return createServer(async (asked, response) => {
    const body = await text(asked)
    response.writeHead(asked.url === '/made' ? 201 : 200, [
      ['set-cookie', 'one=1'],
      ['set-cookie', 'two=2'],
      ['content-type', 'application/json'],
    ])
    response.end(JSON.stringify({ method: asked.method, url: asked.url, host: asked.headers.host, cookie: asked.headers.cookie, body }))
  })
}

async function door(pagesPort: number): Promise<string> {
  const server = createServer()
  server.on('upgrade', (asked, socket) => socket.end(`HTTP/1.1 418 Mine\r\nx-url: ${asked.url}\r\n\r\n`))
  const opened: FrontDoor = openFrontDoor(server, { port: pagesPort })
  server.on('request', (asked, response) => opened.answer(asked, response))
  const port = await listen(server)
  closing.push(async () => opened.close())
  return `http://127.0.0.1:${port}`
}

test('what is asked at the door is answered by the process with the pages, as it was asked and as it answers', async () => {
  const origin = await door(await listen(pages()))
  const answer = await fetch(`${origin}/made?x=%2F`, { method: 'POST', body: 'id_token=1', headers: { cookie: 'a=b; c=d' } })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({
    method: 'POST',
    url: '/made?x=%2F',
    host: new URL(origin).host,
    cookie: 'a=b; c=d',
    body: 'id_token=1',
  })
  expect(answer.headers.getSetCookie()).toEqual(['one=1', 'two=2'])
  expect((await fetch(`${origin}/made`, { method: 'PUT', body: 'x' })).status).toBe(201)
})

test('a request that nobody has heard of waits for the process with the pages to be there again, body and all', async () => {
  const gone = createServer()
  const port = await listen(gone)
  await new Promise<void>((done) => gone.close(() => done()))
  const origin = await door(port)
  const answered = fetch(`${origin}/`, { method: 'POST', body: 'kept' })
  await fetchRefused(port)
  await listen(pages(), port)
  expect(await (await answered).json()).toMatchObject({ method: 'POST', body: 'kept' })
})

test('a body of unknown length stays a body, and does not become a request of its own', async () => {
  const asked: string[] = []
  const behind = createServer(async (incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url} ${await text(incoming)}`)
    response.end('once')
  })
  const origin = await door(await listen(behind))
  const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n'
  const answer = await new Promise<string>((done, failed) => {
    const asking = request(`${origin}/`, { method: 'GET', headers: { 'transfer-encoding': 'chunked' } }, (incoming) => done(text(incoming)))
    asking.once('error', failed)
    asking.end(hidden)
  })
  expect(answer).toBe('once')
  expect(asked).toEqual([`GET / ${hidden}`])
})

test('a writing whose answer was lost is not repeated', async () => {
  let asked = 0
  const broken = createServer((incoming) => {
    asked += 1
    incoming.resume().once('end', () => incoming.socket.destroy())
  })
  const origin = await door(await listen(broken))
  const answer = await fetch(`${origin}/`, { method: 'POST', body: 'once' })
  expect(answer.status).toBe(502)
  expect(asked).toBe(1)
})

test('whoever goes away before the answer is let go of behind the door, too', async () => {
  const heard = Promise.withResolvers<IncomingMessage>()
  const origin = await door(await listen(createServer((incoming) => heard.resolve(incoming))))
  const asking = request(origin).end()
  asking.once('error', () => {})
  const behind = await heard.promise
  const released = new Promise<void>((done) => behind.socket.once('close', () => done()))
  asking.destroy()
  await released
})

test('websockets of terminals end at the door, all others are passed on', async () => {
  const behind = pages()
  behind.on('upgrade', (asked, socket, head) => {
    socket.write(`HTTP/1.1 101 Switching\r\nupgrade: ${asked.headers.upgrade}\r\n\r\n`)
    socket.write(head)
    socket.pipe(socket)
  })
  const origin = await door(await listen(behind))
  expect(await upgrade(origin, '/socket.io/?EIO=4&to=terminal&transport=websocket', '')).toContain('418 Mine')
  expect(await upgrade(origin, '/socket.io/?EIO=4&transport=websocket', 'echoed')).toMatch(/101 Switching.*echoed/s)
})

test('a terminal is told from the rest by its address alone', () => {
  expect(isForTerminals('/socket.io/?to=terminal&EIO=4')).toBe(true)
  expect(isForTerminals('/socket.io/?EIO=4&to=terminal')).toBe(true)
  expect(isForTerminals('/socket.io/?EIO=4&to=terminals')).toBe(false)
  expect(isForTerminals('/l/x?to=terminal')).toBe(false)
  expect(isForTerminals(undefined)).toBe(false)
})

/** Asks for a websocket and says something; what came back until that was echoed or the other side hung up. */
function upgrade(origin: string, path: string, says: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((done) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${says}`)
    })
    socket.on('data', (chunk) => {
      answer += chunk.toString()
      if (says !== '' && answer.endsWith(says)) socket.destroy()
    })
    socket.on('close', () => done(answer))
  })
}

/** Resolves once somebody has knocked where nobody listens. */
function fetchRefused(port: number): Promise<void> {
  return new Promise((done) => connect(port, '127.0.0.1').once('error', () => done()))
}
