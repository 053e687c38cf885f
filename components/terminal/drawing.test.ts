import headless from '@xterm/headless'
import { expect, test } from 'vitest'
import { lateStart } from '#lib/terminal/late-start.ts'
import { createDrawing } from './drawing.ts'
import { leaveUnanswered } from './old-output.ts'

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

/** A terminal, and what has to be told to it so that its frames go by. */
function stage() {
  const terminal = new headless.Terminal({ cols: 80, rows: 24, scrollback: 5_000, allowProposedApi: true })
  const frames: (() => void)[] = []
  const drawing = createDrawing(terminal, undefined, (draw, rest) => draw(() => frames.push(rest)))
  const lines = () => {
    const { active } = terminal.buffer
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '')
  }
  /** When all that was told so far has been drawn. */
  const settled = () => new Promise<void>((done) => terminal.write('', done))
  return { terminal, frames, drawing, lines, settled, inSight: () => lines().slice(-24), at: () => terminal.buffer.active.cursorX }
}

const counted = Buffer.from(`${Array.from({ length: 3_000 }, (_, at) => `\x1b[3${at % 8}mline ${at}\x1b[0m\r\n`).join('')}$ `)

test('of long old output the screen is shown first and all of it a frame later, and what came in between follows', async () => {
  const plain = stage()
  await new Promise<void>((drawn) => plain.drawing.write(counted, drawn, true))
  const late = stage()
  const drawn: string[] = []
  late.drawing.write(counted, () => drawn.push('old'), true, lateStart(counted, 24))
  late.drawing.write(Buffer.from('ls\r\n'), () => drawn.push('new'), false)
  late.drawing.say('said')
  await expect.poll(() => late.frames.length).toBe(1)
  expect(late.inSight()).toEqual(plain.inSight())
  expect(late.lines().length).toBeLessThan(30)
  expect(drawn).toEqual([])
  late.frames[0]?.()
  await late.settled()
  plain.terminal.write('ls\r\nsaid')
  await plain.settled()
  expect(late.lines()).toEqual(plain.lines())
  expect(late.at()).toBe(plain.at())
  expect(drawn).toEqual(['old', 'new'])
  expect(late.frames).toHaveLength(1)
})

test('old output that is short is drawn at once', async () => {
  const { drawing, frames, lines, settled } = stage()
  drawing.write(Buffer.from('one\r\ntwo'), () => {}, true, 5)
  await settled()
  expect(frames).toEqual([])
  expect(lines().slice(0, 2)).toEqual(['one', 'two'])
})
