import headless from '@xterm/headless'
import { expect, test } from 'vitest'
import { createDrawing, leaveUnanswered } from './old-output.ts'

const questions = '\x1b[c\x1b[>c\x1b[5n\x1b[6n\x1b[?6n\x1b[?25$p\x1bP$qm\x1b\\'

test('what was asked before a page came is not answered again, and what is asked later is', async () => {
  const terminal = new headless.Terminal({ cols: 80, rows: 24, allowProposedApi: true })
  const drawing = createDrawing(terminal)
  leaveUnanswered(terminal.parser, drawing.isOld)
  const answers: string[] = []
  terminal.onData((text) => answers.push(text))
  const draw = (text: string, old: boolean) => new Promise<void>((drawn) => drawing.write(Buffer.from(text), drawn, old))
  await Promise.all([draw(`old${questions}`, true), draw('new', false)])
  expect(answers).toEqual([])
  expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('oldnew')
  await draw(questions, false)
  expect(answers).toHaveLength(7)
  terminal.dispose()
})
