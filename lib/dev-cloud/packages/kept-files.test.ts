import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { openKeptFiles } from './kept-files.ts'

function answer(body: string): IncomingMessage {
  const message = new IncomingMessage(new Socket())
  message.statusCode = 200
  message.headers['content-length'] = String(body.length)
  message.push(body)
  message.push(null)
  return message
}

test('there is room for so much: what was unused for longest goes, what is too large is not kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-kept-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const kept = openKeptFiles(folder, { room: 10, file: 6 })
  const fetched: string[] = []
  const get = async (name: string, size: number) => {
    const found = await kept.get(name, async () => {
      fetched.push(name)
      return answer(name.repeat(size))
    })
    return text('size' in found ? found.stream : found)
  }
  const settled = (count: number) => expect.poll(() => readdirSync(folder).filter((name) => !name.endsWith('.part')).length).toBe(count)
  await get('a', 4)
  await settled(1)
  await get('b', 4)
  await settled(2)
  expect(await get('a', 4)).toBe('aaaa')
  // No room beside both: b was used before a.
  await get('c', 4)
  await settled(2)
  expect(await get('large', 7)).toBe('large'.repeat(7))
  await settled(2)
  expect(fetched).toEqual(['a', 'b', 'c', 'large'])
  await get('a', 4)
  await get('b', 4)
  await settled(2)
  expect(fetched).toEqual(['a', 'b', 'c', 'large', 'b'])
  await kept.close()
})
