import { afterEach, expect, test } from 'vitest'
import { type Cleanups, openWorld } from './serve-terminals.fixture.ts'

const cleanups: Cleanups = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function twoTerminals() {
  const { machine, open } = await openWorld(cleanups)
  const quiet = open({ asks: { tab: '1' } })
  await quiet.live()
  // The machine tells of its newest channel.
  const loud = open({ asks: { tab: '2' } })
  await loud.live()
  return { machine, quiet, loud }
}

test('a flood beside somebody who types arrives whole and in order', async () => {
  const { quiet, loud } = await twoTerminals()
  let isOver = false
  const typing = (async () => {
    for (let number = 1; !isOver; number++) {
      quiet.type(`echo here-$((${number} + 1))\r`)
      await quiet.sees(`here-${number + 1}`)
    }
  })()
  loud.type('stty -opost; seq 100001 200000; echo all-$((1 + 1))-done\r')
  await loud.sees('all-2-done')
  isOver = true
  await typing
  const shown = loud.page.text.match(/^\d{6}$/gm) ?? []
  const first = 200_001 - shown.length
  expect(shown.length).toBeGreaterThan(50_000)
  expect(shown).toEqual(shown.map((_, index) => String(first + index)))
  expect(loud.page.bytes).toBeGreaterThan(100_000 * 7)
})

test('beside somebody who types a flood has little under way, and ends at Ctrl-C', async () => {
  const { machine, quiet, loud } = await twoTerminals()
  loud.type('yes\r')
  await loud.until(() => loud.page.bytes > 1_000_000, 'a flood')
  const wanted = loud.page.bytes + 300_000
  for (let number = 1; loud.page.bytes < wanted; number++) {
    quiet.type(`echo here-$((${number} + 1))\r`)
    await quiet.sees(`here-${number + 1}`)
  }
  expect(machine.granted()).toBeLessThanOrEqual(64 * 1024)
  loud.type('\x03')
  loud.type('echo over-$((1 + 1))\r')
  await loud.sees('over-2')
})
