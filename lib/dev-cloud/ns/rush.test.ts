import { expect, test } from 'vitest'
import { createRush } from './rush.ts'

/** Whoever is inside, in the order they came in; each can be let out by name. */
function line(places: number) {
  const changes: boolean[] = []
  const inside: string[] = []
  const leave = new Map<string, () => void>()
  const rush = createRush({ spaces: 1, machines: places }, (isOn) => changes.push(isOn))
  const come = (name: string) =>
    rush.machine().then((out) => {
      inside.push(name)
      leave.set(name, out)
    })
  return { changes, inside, come, leave: (name: string) => leave.get(name)?.(), settled: () => new Promise(setImmediate) }
}

test('no more start at the same time than may, the others in the order they came', async () => {
  const { inside, come, leave, settled } = line(2)
  for (const name of ['one', 'two', 'three', 'four']) void come(name)
  await settled()
  expect(inside).toEqual(['one', 'two'])
  leave('two')
  await settled()
  expect(inside).toEqual(['one', 'two', 'three'])
  leave('one')
  await settled()
  expect(inside).toEqual(['one', 'two', 'three', 'four'])
})

test('whoever leaves twice makes room for one', async () => {
  const { inside, come, leave, settled } = line(1)
  for (const name of ['one', 'two', 'three']) void come(name)
  await settled()
  leave('one')
  leave('one')
  await settled()
  expect(inside).toEqual(['one', 'two'])
})

test('there is a rush as long as anybody waits, and it is told once', async () => {
  const { changes, come, leave, settled } = line(1)
  void come('one')
  await settled()
  expect(changes).toEqual([])
  void come('two')
  void come('three')
  await settled()
  expect(changes).toEqual([true])
  leave('one')
  await settled()
  expect(changes).toEqual([true])
  leave('two')
  await settled()
  expect(changes).toEqual([true, false])
  leave('three')
  await settled()
  void come('four')
  await settled()
  expect(changes).toEqual([true, false])
})
