import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig, setConfig } from './config.ts'
import { fail } from './errors.ts'
import { answering, failureRedirect, readForm, readJson } from './http-answer.ts'

beforeAll(() => {
  setConfig(readConfig({ DATABASE_URL: 'postgresql://nobody@127.0.0.1/none', ASTROLABE_LOG: 'silent' }))
})

const schema = z.object({ host: z.string() })
const post = (body: BodyInit | null, type: string) =>
  new Request('http://127.0.0.1/x', { method: 'POST', body, headers: { 'content-type': type } })

test('a failure is answered with the status and the sentence of its row, and never with what is meant for operators', async () => {
  const answer = await answering(() => Promise.reject(fail('environment.not_ready', { internal: 'SECRET', cause: new Error('SECRET') })))
  expect(answer.status).toBe(409)
  const text = await answer.text()
  expect(JSON.parse(text)).toMatchObject({ code: 'environment.not_ready', sentence: 'Your machines are not ready yet.' })
  expect(JSON.parse(text).reference).toMatch(/^[0-9a-f]{8}$/)
  expect(text).not.toContain('SECRET')
})

test('whatever else breaks is a fault, without its words', async () => {
  const answer = await answering(() => Promise.reject(new Error('select * from person')))
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('person')
})

test('a form that was refused leads back to its page with the code', async () => {
  const answer = await answering(() => Promise.reject(fail('access.denied')), failureRedirect('/operator'))
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toMatch(/^\/operator\?failure=access\.denied&reference=[0-9a-f]{8}$/)
  const narrowed = await answering(() => Promise.reject(fail('access.denied')), failureRedirect('/operator?state=ready'))
  expect(narrowed.headers.get('location')).toMatch(/^\/operator\?state=ready&failure=access\.denied&reference=[0-9a-f]{8}$/)
})

test('a body is read where its type, its size and its shape are as they should be', async () => {
  await expect(readJson(post('{"host":"node1"}', 'application/json; charset=utf-8'), schema)).resolves.toEqual({ host: 'node1' })
  await expect(readForm(post('host=node1', 'application/x-www-form-urlencoded'), schema)).resolves.toEqual({ host: 'node1' })
  await expect(readJson(post('{"host":"node1"}', 'text/plain'), schema)).rejects.toMatchObject({ code: 'input.wrong_type' })
  await expect(readJson(post('{"host":', 'application/json'), schema)).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(readJson(post('{"host":1}', 'application/json'), schema)).rejects.toMatchObject({ code: 'input.invalid', detail: 'host' })
})

test('a body without a length is cut off as soon as it is too large', async () => {
  let sent = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1
      controller.enqueue(new Uint8Array(8 * 1024))
    },
  })
  const request = new Request('http://127.0.0.1/x', {
    method: 'POST',
    body: endless,
    headers: { 'content-type': 'application/json' },
    duplex: 'half',
  } as RequestInit)
  await expect(readJson(request, schema)).rejects.toMatchObject({ code: 'input.too_large' })
  expect(sent).toBeLessThan(6)
})
