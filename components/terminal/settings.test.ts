import { expect, test } from 'vitest'
import { plainLiking, readLiking, zoomed } from './settings.ts'

test('what was kept holds as far as it makes sense, the rest is as at first', () => {
  for (const text of [null, '', '{', '[]', '7', '{"fontSize":"x","theme":"pink","scrollback":3,"blink":null}'])
    expect(readLiking(text)).toEqual(plainLiking)
  const mine = { fontSize: 16, theme: 'paper', screenReader: true, blink: false, scrollback: 20_000, optionIsMeta: true } as const
  expect(readLiking(JSON.stringify(mine))).toEqual(mine)
  expect(readLiking('{"fontSize":400}').fontSize).toBe(24)
})

test('letters grow and shrink by a pixel within their bounds, and go back to how they were', () => {
  expect(zoomed(plainLiking, 1).fontSize).toBe(14)
  expect(zoomed({ ...plainLiking, fontSize: 24 }, 1).fontSize).toBe(24)
  expect(zoomed({ ...plainLiking, fontSize: 10 }, -1).fontSize).toBe(10)
  expect(zoomed({ ...plainLiking, fontSize: 20 }, 0).fontSize).toBe(13)
})
