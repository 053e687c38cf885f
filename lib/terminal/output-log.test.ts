import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOutputLog } from './output-log.ts'

test('the log is the end of everything that was appended, in whatever pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 32 }), (chunks, capacity) => {
      const log = createOutputLog(capacity)
      for (const chunk of chunks) log.append(chunk)
      const all = Buffer.concat(chunks)
      expect(log.head).toBe(all.length)
      expect(log.tail).toBe(Math.max(0, all.length - capacity))
      expect(log.read(log.tail, log.head)).toEqual(all.subarray(log.tail))
    }),
  )
})

test('a cut falls behind a line or before a control sequence', () => {
  const log = createOutputLog(100)
  log.append(Buffer.from('first\nsecond \x1b[1mbold'))
  expect(log.cleanStart(0)).toBe(0)
  expect(log.cleanStart(2)).toBe(6)
  expect(log.cleanStart(7)).toBe(13)
  expect(log.cleanStart(15)).toBe(15)
})
