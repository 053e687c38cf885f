import headless from '@xterm/headless'
import { expect, test } from 'vitest'
import { gapText } from './gap.ts'

const ROWS = 10

/** What is above, and what is shown, after a gap. */
async function afterGap(before: string) {
  const terminal = new headless.Terminal({ cols: 40, rows: ROWS, allowProposedApi: true })
  await new Promise<void>((drawn) => terminal.write(`${before}${gapText(ROWS, 'missing')}painted anew`, drawn))
  const { length, baseY, type } = terminal.buffer.active
  const rows = Array.from({ length }, (_, index) => terminal.buffer.active.getLine(index)?.translateToString(true) ?? '')
  terminal.dispose()
  return { above: rows.slice(0, baseY), shown: rows.slice(baseY).join('\n').trim(), type }
}

test('what was shown goes up, then it is said that something is missing, and what is painted anew has the screen', async () => {
  for (const rows of [1, 5, ROWS, 3 * ROWS]) {
    const lines = Array.from({ length: rows }, (_, number) => `line ${number}`)
    expect(await afterGap(lines.join('\r\n'))).toEqual({ above: [...lines, 'missing'], shown: 'painted anew', type: 'normal' })
  }
})

test('so it is where a program had saved a place of the cursor, and where one had the whole screen', async () => {
  const above = ['one', 'two', 'three', 'missing']
  expect(await afterGap('one\x1b7\r\ntwo\r\nthree')).toEqual({ above, shown: 'painted anew', type: 'normal' })
  const program = '\x1b[?1049h\x1b[2J\x1b[5;5Ha program\x1b7\x1b[2;2Hmore'
  expect(await afterGap(`one\r\ntwo\r\nthree${program}`)).toEqual({ above, shown: 'painted anew', type: 'normal' })
})
