import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { MetadataResponse } from '../driver.ts'
import { openPackageMirror } from './mirror.ts'
import { openOwnMirror } from './own-mirror.fixture.ts'
import { readSources } from './sources.ts'

const PACKAGE = '/own/pool/main/a/a_1_all.deb'

/** One that is passed on, with what machines read from it. */
async function passedOn(files: Parameters<typeof openOwnMirror>[0], answer?: Parameters<typeof openOwnMirror>[1]) {
  const mirror = await openOwnMirror(files, answer)
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-packages-'))
  const sources = readSources(`http://ada:secret@${mirror.host}/own lab main`, { codename: 'x', hostEntries: () => '' })
  const packages = openPackageMirror(sources, { folder })
  onTestFinished(async () => {
    await packages.close()
    await mirror.close()
    rmSync(folder, { recursive: true })
  })
  const ask = (path: string, more: { method?: string; headers?: Record<string, string>; space?: string } = {}) =>
    packages.answer(more.space ?? 'a', {
      method: more.method ?? 'GET',
      path: `/packages/${mirror.host}${path}`,
      headers: more.headers ?? {},
      body: '',
      remoteAddress: '10.0.0.2',
    })
  return { ...mirror, folder, packages, ask }
}

const read = async ({ body, stream }: MetadataResponse) => (stream ? text(stream) : body)

test('a file arrives as it is, and neither side learns who the other is', async () => {
  const { ask, heads, host } = await passedOn({ '/own/dists/lab/InRelease': 'signed' })
  const answer = await ask('/own/dists/lab/InRelease', {
    headers: { Cookie: 'c', Authorization: 'mine', 'X-Forwarded-For': 'x', Host: 'elsewhere' },
  })
  expect(await read(answer)).toBe('signed')
  expect(answer.headers).toEqual({ 'content-length': '6', 'last-modified': 'Sat, 21 Nov 2026 10:00:00 GMT' })
  expect(heads).toEqual([{ authorization: `Basic ${btoa('ada:secret')}`, connection: 'keep-alive', host, 'user-agent': 'astrolabe' }])
})

test('what changes is asked for again and again, what does not once, also by many at the same moment', async () => {
  const { ask, asked, folder } = await passedOn({ '/own/dists/lab/InRelease': 'signed', [PACKAGE]: Buffer.alloc(300_000, 'p') })
  for (let time = 0; time < 2; time += 1) await read(await ask('/own/dists/lab/InRelease'))
  const many = await Promise.all(Array.from({ length: 30 }, (_, n) => ask(PACKAGE, { space: `space${n}` }).then(read)))
  expect(new Set(many)).toEqual(new Set(['p'.repeat(300_000)]))
  expect(await read(await ask(PACKAGE))).toBe('p'.repeat(300_000))
  expect(asked).toEqual(['GET /own/dists/lab/InRelease', 'GET /own/dists/lab/InRelease', `GET ${PACKAGE}`])
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
})

test('what was kept is there after a restart, what was half there is not', async () => {
  const first = await passedOn({ [PACKAGE]: 'package' })
  await read(await first.ask(PACKAGE))
  await first.packages.close()
  writeFileSync(join(first.folder, 'x.part'), 'half')
  const sources = readSources(`http://${first.host}/own lab main`, { codename: 'x', hostEntries: () => '' })
  const again = openPackageMirror(sources, { folder: first.folder })
  const request = { method: 'GET', path: `/packages/${first.host}${PACKAGE}`, headers: {}, body: '', remoteAddress: '' }
  expect(await read(await again.answer('a', request))).toBe('package')
  await again.close()
  expect(first.asked).toHaveLength(1)
  expect(readdirSync(first.folder)).toHaveLength(1)
})

test('a part is asked for as a part, a head as a head; many parts are not asked for', async () => {
  const { ask, heads } = await passedOn({ [PACKAGE]: 'package' })
  const part = await ask(PACKAGE, { headers: { range: 'bytes=4-', 'if-range': 'then' } })
  expect([part.status, part.headers['content-range'], await read(part)]).toEqual([206, 'bytes 4-6/7', 'age'])
  expect(heads[0]?.['if-range']).toBe('then')
  const head = await ask(PACKAGE, { method: 'HEAD' })
  expect([head.status, head.headers['content-length'], head.stream]).toEqual([200, '7', undefined])
  expect(await read(await ask(PACKAGE, { headers: { range: 'bytes=0-0,1-1,2-2' } }))).toBe('package')
  expect(heads[2]?.range).toBeUndefined()
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])('nobody can %s', async (method) => {
  const { ask, asked } = await passedOn({ [PACKAGE]: 'package' })
  expect(await ask(PACKAGE, { method })).toMatchObject({ status: 405 })
  expect(asked).toEqual([])
})

test.each(['/secret', '/own/../secret', '/own/%2e%2e/secret', '/ownx'])('%s beside the mirror is never asked for', async (path) => {
  const { ask, asked } = await passedOn({ '/secret': 'secret' })
  expect(await ask(path)).toMatchObject({ status: 404 })
  expect(asked).toEqual([])
})

test('a mirror is followed below itself, and never elsewhere', async () => {
  const elsewhere = await openOwnMirror({ '/own/x': 'secret' })
  const to: Record<string, string> = {
    '/own/here': '/own/there',
    '/own/away': `http://${elsewhere.host}/own/x`,
    '/own/up': '/secret',
    '/own/round': '/own/round',
  }
  const { ask, asked } = await passedOn({ '/own/there': 'found', '/secret': 'secret' }, (request, response) => {
    const location = to[request.url ?? '']
    if (location !== undefined) response.writeHead(302, { location }).end()
    return location !== undefined
  })
  expect(await read(await ask('/own/here'))).toBe('found')
  expect(await ask('/own/away')).toMatchObject({ status: 502, body: expect.stringContaining('sends us elsewhere') })
  expect(await ask('/own/up')).toMatchObject({ status: 502 })
  expect(await ask('/own/round')).toMatchObject({ status: 502, body: expect.stringContaining('in circles') })
  expect([asked.includes('GET /secret'), elsewhere.asked]).toEqual([false, []])
  await elsewhere.close()
})

test('what a mirror refuses, and why, stays between us and it', async () => {
  const { ask } = await passedOn({}, (request, response) => {
    if (request.url === '/own/x') response.writeHead(401, { 'www-authenticate': 'Basic realm="secret"' }).end('secret')
    if (request.url === '/own/large') response.writeHead(200, { 'content-length': 3e9 }).end()
    return request.url !== '/own/absent'
  })
  expect(await ask('/own/x')).toEqual({
    status: 502,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: 'The mirror answers 401.\n',
  })
  expect(await ask('/own/large')).toMatchObject({ status: 502, body: expect.stringContaining('larger') })
  expect(await ask('/own/absent')).toMatchObject({ status: 404, body: 'The mirror has no such thing.\n' })
})

test('a mirror that breaks off leaves nothing behind, and the next who asks has it whole', async () => {
  let times = 0
  const { ask, folder } = await passedOn({ [PACKAGE]: 'package' }, (_request, response) => {
    times += 1
    if (times > 1) return false
    response.writeHead(200, { 'content-length': 7 }).write('pack')
    setImmediate(() => response.destroy())
    return true
  })
  await expect(ask(PACKAGE).then(read)).rejects.toThrow()
  await expect.poll(() => readdirSync(folder)).toEqual([])
  expect(await read(await ask(PACKAGE))).toBe('package')
})

test('a stack has so much under way and no more; another is served all the same; whoever leaves makes room', async () => {
  const open: ServerResponse[] = []
  const { ask } = await passedOn({ '/own/now': 'now' }, (request, response) => {
    if (request.url === '/own/now') return false
    open.push(response.writeHead(200, { 'content-length': 10 }))
    response.write('begun')
    return true
  })
  const slow = await Promise.all(Array.from({ length: 16 }, () => ask('/own/slow')))
  expect(await ask('/own/now')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  expect(await read(await ask('/own/now', { space: 'b' }))).toBe('now')
  for (const { stream } of slow) stream?.on('error', () => undefined).destroy()
  await expect.poll(async () => (await ask('/own/now').then(read)) === 'now').toBe(true)
})

test('a package that its last reader has left is no longer fetched', async () => {
  let closed = false
  const { ask, folder } = await passedOn({}, (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 }).write('begun')
    response.once('close', () => (closed = true))
    return true
  })
  const [first, second] = await Promise.all([ask(PACKAGE), ask(PACKAGE, { space: 'b' })])
  first.stream?.destroy()
  second.stream?.destroy()
  await expect.poll(() => [closed, readdirSync(folder)]).toEqual([true, []])
})
