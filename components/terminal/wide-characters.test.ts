import { expect, test } from 'vitest'
import { ofOlderTables } from './wide-characters.ts'

const stands = (text: string) => ofOlderTables(text.codePointAt(0) ?? 0)

test('emoji of the last years count as older ones do, and what older tables know stays as it is', () => {
  for (const wide of ['🥲', '🥷', '🫠', '🪿', '🫨', '🛗']) expect(stands(wide)).toBe(0x1f98a)
  for (const known of ['a', 'é', '日', '🦊', 'ש', '😀']) expect(stands(known)).toBe(known.codePointAt(0))
  expect(ofOlderTables(0x1f93b)).toBe(0x41)
})
