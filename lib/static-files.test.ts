import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveStaticFiles } from './static-files.ts'

const dist = mkdtempSync(join(tmpdir(), 'astrolabe-static-'))
let server: Server
let origin = ''

beforeAll(async () => {
  mkdirSync(join(dist, 'static', 'chunks'), { recursive: true })
  writeFileSync(join(dist, 'static', 'chunks', 'a.js'), 'let a = 1\n'.repeat(500))
  writeFileSync(join(dist, 'secret.js'), 'not for you')
  const serve = serveStaticFiles(dist)
  server = createServer((request, response) => {
    if (!serve(request, response)) response.writeHead(404).end('else')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})

afterAll(async () => {
  await new Promise((done) => server.close(done))
  rmSync(dist, { recursive: true, force: true })
})

test('a script of the build comes compressed, to be kept for ever and to be compiled while it arrives', async () => {
  const answer = await fetch(`${origin}/_next/static/chunks/a.js`)
  expect(await answer.text()).toBe(`//# allFunctionsCalledOnLoad\n${'let a = 1\n'.repeat(500)}`)
  expect(answer.headers.get('content-encoding')).toBe('gzip')
  expect(answer.headers.get('cache-control')).toContain('immutable')
  const plain = await fetch(`${origin}/_next/static/chunks/a.js`, { headers: { 'accept-encoding': 'identity' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
})

test('nothing outside the build is reached, however it is written', async () => {
  for (const path of [
    '/_next/static/../secret.js',
    '/_next/static/%2e%2e/secret.js',
    '/_next/static/chunks/..%2f..%2fsecret.js',
    '/_next/static/chunks/%',
    '/_next/static/b.js',
  ]) {
    const answer = await fetch(origin + path)
    expect(`${path} ${answer.status}`).toBe(`${path} 404`)
    await answer.text()
  }
})
