import { expect, test } from 'vitest'
import { readLayout } from './kept-layout.ts'
import { plainLayout, split } from './layout.ts'

const kept = split(plainLayout(['node1', 'node2']), 'node2/1', 'below')

test('a desk comes back as it was kept', () => {
  expect(readLayout(JSON.parse(JSON.stringify(kept)))).toEqual(kept)
})

test.each([
  ['nothing', null],
  ['another form', { rows: 'all' }],
  ['no rows', { rows: [], focused: 0 }],
  ['a tab that is none', { rows: [{ share: 1, groups: [{ share: 1, shown: 'x', tabs: ['../../x/1'] }] }], focused: 0 }],
  ['a shell twice', { rows: [{ share: 1, groups: [{ share: 1, shown: 'a/1', tabs: ['a/1', 'a/1'] }] }], focused: 0 }],
  ['no room', { rows: [{ share: 0, groups: [{ share: 1, shown: 'a/1', tabs: ['a/1'] }] }], focused: 0 }],
  [
    'five rows',
    { rows: Array.from({ length: 5 }, (_, at) => ({ share: 0.2, groups: [{ share: 1, tabs: [`a/${at + 1}`] }] })), focused: 0 },
  ],
])('what is not a desk is not taken for one: %s', (_what, value) => {
  expect(readLayout(value)).toBe(null)
})

test('a cursor that stood nowhere stands in the first group', () => {
  expect(readLayout({ ...kept, focused: 9 })?.focused).toBe(0)
})
