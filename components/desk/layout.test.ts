import { expect, test } from 'vitest'
import * as desk from './layout.ts'

const shape = (layout: desk.Layout) =>
  layout.rows.map(({ groups }) => groups.map(({ tabs, shown }) => tabs.map((id) => (id === shown ? `[${id}]` : id)).join(' ')))

const two = desk.plainLayout(['node1', 'node2'])

test('at first each machine has one shell, all in one group', () => {
  expect(shape(two)).toEqual([['[node1/1] node2/1']])
})

test('a tab that is put below or beside has a group of its own, and the cursor goes there', () => {
  const below = desk.split(two, 'node2/1', 'below')
  expect(shape(below)).toEqual([['[node1/1]'], ['[node2/1]']])
  expect(below.focused).toBe(1)
  expect(desk.rectangles(below)).toEqual([
    { left: 0, top: 0, width: 1, height: 0.5 },
    { left: 0, top: 0.5, width: 1, height: 0.5 },
  ])
  expect(shape(desk.split(below, 'node1/1', 'right'))).toEqual([['[node1/1]', '[node1/2]'], ['[node2/1]']])
})

test('there are at most four groups, two beside each other', () => {
  let layout = desk.split(desk.split(two, 'node2/1', 'below'), 'node1/1', 'right')
  expect(desk.isDivisible(layout, 0, 'right')).toBe(false)
  layout = desk.split(layout, 'node2/1', 'right')
  expect(desk.groupsOf(layout)).toHaveLength(4)
  for (const side of ['right', 'below'] as const) expect(desk.split(layout, 'node1/1', side)).toBe(layout)
})

test('a machine has up to eight shells, and keeps its last', () => {
  let layout = two
  for (let more = 0; more < 10; more++) layout = desk.open(layout, 'node1', 0)
  expect(desk.tabsOf(layout).filter((id) => desk.hostOf(id) === 'node1')).toHaveLength(8)
  expect(desk.nextTab(layout, 'node1')).toBe(null)
  for (let less = 0; less < 10; less++) {
    const [first = ''] = desk.tabsOf(layout).filter((id) => desk.hostOf(id) === 'node1')
    layout = desk.close(layout, first)
  }
  expect(desk.tabsOf(layout).filter((id) => desk.hostOf(id) === 'node1')).toEqual(['node1/8'])
})

test('a group whose last tab goes is gone, and its room goes to the others', () => {
  const below = desk.split(two, 'node1/1', 'below')
  const back = desk.move(below, 'node1/1', 0, 0)
  expect(shape(back)).toEqual([['[node1/1] node2/1']])
  expect(desk.rectangles(back)).toEqual([{ left: 0, top: 0, width: 1, height: 1 }])
})

test('beside the tab that is closed the next one comes into sight where nothing was before', () => {
  const tabs = ['node1/1', 'node2/1', 'node1/2']
  const three = { rows: [{ share: 1, groups: [{ tabs, shown: 'node1/1', share: 1 }] }], focused: 0 }
  expect(shape(desk.close(three, 'node1/1'))).toEqual([['[node2/1] node1/2']])
})

test('a group whose tab in sight goes elsewhere shows what it showed before', () => {
  const seenLast = desk.open(desk.show(two, 'node1/1'), 'node2', 0)
  expect(shape(desk.split(seenLast, 'node2/2', 'below'))).toEqual([['[node1/1] node2/1'], ['[node2/2]']])
  expect(shape(desk.close(seenLast, 'node2/2'))).toEqual([['[node1/1] node2/1']])
})

test('tabs change places within their group', () => {
  expect(shape(desk.move(two, 'node2/1', 0, 0))).toEqual([['[node2/1] node1/1']])
})

test('a divider leaves something of either side', () => {
  const below = desk.split(two, 'node2/1', 'below')
  const heights = (share: number) => desk.rectangles(desk.divide(below, { row: 0, within: false }, share)).map(({ height }) => height)
  expect(heights(0.7)).toEqual([0.7, expect.closeTo(0.3)])
  expect(heights(0)).toEqual([0.15, 0.85])
  expect(heights(2)).toEqual([0.85, expect.closeTo(0.15)])
})

test('a remembered desk fits the machines there are: what is gone goes, what is new comes', () => {
  const kept = desk.split(two, 'node2/1', 'below')
  expect(shape(desk.fitted(kept, ['node1', 'node3']))).toEqual([['[node1/1] node3/1']])
  expect(shape(desk.fitted(kept, ['other']))).toEqual([['[other/1]']])
  expect(desk.fitted(kept, ['node1', 'node2'])).toEqual(kept)
})

test('where there is no room all tabs are in one group, with the one in sight that the cursor was in', () => {
  expect(shape(desk.merged(desk.split(two, 'node2/1', 'below')))).toEqual([['node1/1 [node2/1]']])
})
