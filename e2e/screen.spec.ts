import { type CDPSession, expect, type Page, test } from '@playwright/test'
import { type OpenStage, openStage } from './stage.ts'
import type { ScreenStage } from './stage-screen.tsx'

/*
 * One terminal's screen: what a keyboard types, event by event as Chromium has them from Linux, Windows and macOS; what is copied, and what
 * is followed. How a system makes a dead key or a candidate of an input method is its own affair: here begins what it tells the browser.
 */

let stage: OpenStage
let cdp: CDPSession

test.beforeAll(async () => {
  stage = await openStage({ name: 'stage-screen' })
})

test.afterAll(async () => {
  await stage.close()
})

test.beforeEach(async ({ page, context }) => {
  cdp = await context.newCDPSession(page)
})

/** Opens the screen as a browser of that system does. */
async function openOn(page: Page, platform: 'Linux x86_64' | 'Win32' | 'MacIntel', query = ''): Promise<void> {
  await page.addInitScript((name) => Object.defineProperty(navigator, 'platform', { get: () => name }), platform)
  await page.goto(`${stage.origin}/${query}`)
  await page.waitForFunction(() => 'stage' in window)
  await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.focus())
}

const typed = (page: Page) => page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.typed)
const print = (page: Page, text: string) => page.evaluate((all) => (window as unknown as { stage: ScreenStage }).stage.print(all), text)

/** Bits of CDP's `modifiers`. */
const ALT = 1
const CONTROL = 2
const SHIFT = 8
type Key = { key: string; code: string; windowsVirtualKeyCode: number; modifiers?: number; text?: string; location?: number }

async function press({ text, ...key }: Key): Promise<void> {
  await cdp.send('Input.dispatchKeyEvent', { type: text === undefined ? 'rawKeyDown' : 'keyDown', text, ...key })
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
}
async function holding(held: Key, work: () => Promise<unknown>): Promise<void> {
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...held })
  await work()
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...held, modifiers: 0 })
}

/** On a German keyboard. */
const thirdLevel: Key[] = [
  { key: '@', code: 'KeyQ', windowsVirtualKeyCode: 81, text: '@' },
  { key: '{', code: 'Digit7', windowsVirtualKeyCode: 55, text: '{' },
  { key: '[', code: 'Digit8', windowsVirtualKeyCode: 56, text: '[' },
  { key: ']', code: 'Digit9', windowsVirtualKeyCode: 57, text: ']' },
  { key: '}', code: 'Digit0', windowsVirtualKeyCode: 48, text: '}' },
  { key: '\\', code: 'Minus', windowsVirtualKeyCode: 219, text: '\\' },
  { key: '~', code: 'BracketRight', windowsVirtualKeyCode: 187, text: '~' },
  { key: '|', code: 'IntlBackslash', windowsVirtualKeyCode: 226, text: '|' },
  { key: '€', code: 'KeyE', windowsVirtualKeyCode: 69, text: '€' },
]
const characters = thirdLevel.map(({ key }) => key).join('')

test('AltGr as Linux sends it, a third level of its own, types what is on the key', async ({ page }) => {
  await openOn(page, 'Linux x86_64')
  const altGr: Key = { key: 'AltGraph', code: 'AltRight', windowsVirtualKeyCode: 225, location: 2 }
  await holding(altGr, async () => {
    for (const key of thirdLevel) await press(key)
  })
  expect(await typed(page)).toBe(characters)
})

test('AltGr as Windows sends it, Control and Alt together, types what is on the key; Control and Alt alone are still theirs', async ({
  page,
}) => {
  await openOn(page, 'Win32')
  const control: Key = { key: 'Control', code: 'ControlLeft', windowsVirtualKeyCode: 17, modifiers: CONTROL, location: 1 }
  const alt: Key = { key: 'AltGraph', code: 'AltRight', windowsVirtualKeyCode: 18, modifiers: CONTROL | ALT, location: 2 }
  await holding(control, () =>
    holding(alt, async () => {
      for (const key of thirdLevel) await press({ ...key, modifiers: CONTROL | ALT })
    }),
  )
  expect(await typed(page)).toBe(characters)
  await press({ key: 'c', code: 'KeyC', windowsVirtualKeyCode: 67, modifiers: CONTROL })
  await press({ key: 'b', code: 'KeyB', windowsVirtualKeyCode: 66, modifiers: ALT })
  expect(await typed(page)).toBe(`${characters}\x03\x1bb`)
})

test('Option on a Mac types what is on the key, and is Meta where somebody wants that', async ({ page }) => {
  await openOn(page, 'MacIntel')
  const option: Key[] = [
    { key: '@', code: 'KeyL', windowsVirtualKeyCode: 76, text: '@', modifiers: ALT },
    { key: '[', code: 'Digit5', windowsVirtualKeyCode: 53, text: '[', modifiers: ALT },
    { key: '|', code: 'Digit7', windowsVirtualKeyCode: 55, text: '|', modifiers: ALT },
    { key: '\\', code: 'Digit7', windowsVirtualKeyCode: 55, text: '\\', modifiers: ALT | SHIFT },
  ]
  for (const key of option) await press(key)
  expect(await typed(page)).toBe('@[|\\')
  await openOn(page, 'MacIntel', '?meta')
  await press({ key: '∫', code: 'KeyB', windowsVirtualKeyCode: 66, text: '∫', modifiers: ALT })
  expect(await typed(page)).toBe('\x1bb')
})

/** The middle of a column of the first row, in the window. */
async function cell(page: Page, column: number): Promise<{ x: number; y: number }> {
  const screen = await page.locator('.xterm-screen').boundingBox()
  if (!screen) throw new Error('there is no screen')
  const columns = await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.columns())
  return { x: screen.x + (screen.width / columns) * (column + 0.5), y: screen.y + 8 }
}

const compose = (text: string) => cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
const commit = (text: string) => cdp.send('Input.insertText', { text })
const backspaceOfMethod: Key = { key: 'Process', code: 'Backspace', windowsVirtualKeyCode: 229 }

test('a dead key types nothing until its letter comes, and then that letter alone', async ({ page }) => {
  await openOn(page, 'Linux x86_64')
  await press({ key: 'Dead', code: 'BracketLeft', windowsVirtualKeyCode: 229 })
  await compose('^')
  expect(await typed(page)).toBe('')
  await commit('ê')
  await expect.poll(() => typed(page)).toBe('ê')
  await press({ key: 'x', code: 'KeyX', windowsVirtualKeyCode: 88, text: 'x' })
  await expect.poll(() => typed(page)).toBe('êx')
})

test('Backspace within what is being composed is the input method’s; afterwards it is the shell’s again', async ({ page }) => {
  await openOn(page, 'Linux x86_64')
  await compose('にほ')
  await press(backspaceOfMethod)
  await compose('に')
  await press(backspaceOfMethod)
  await compose('')
  expect(await typed(page)).toBe('')
  await compose('日')
  await compose('日本')
  await commit('日本')
  await expect.poll(() => typed(page)).toBe('日本')
  await press({ key: 'Backspace', code: 'Backspace', windowsVirtualKeyCode: 8 })
  await expect.poll(() => typed(page)).toBe('日本\x7f')
})

test('what is inserted at once arrives whole: from right to left, emoji of several parts', async ({ page }) => {
  await openOn(page, 'Linux x86_64')
  const texts = ['שלום', 'مرحبا', '🦊', '👩🏽‍💻', '🇩🇪', 'ñ']
  for (const text of texts) await commit(text)
  await expect.poll(() => typed(page)).toBe(texts.join(''))
})

test('emoji, wide characters and combined ones are copied whole, in the order of their text', async ({ page }) => {
  await openOn(page, 'Linux x86_64')
  const lines = ['ab 🦊 日本語 x', 'שלום 👍🏽 e\u0301 🫠']
  await print(page, `${lines.join('\r\n')}`)
  await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.selectAll())
  const selected = () => page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.selected().trimEnd())
  expect(await selected()).toBe(lines.join('\n'))
  await page.keyboard.press('Control+Shift+C')
  expect(await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.copied.trimEnd())).toBe(lines.join('\n'))
  // A double click on the right half of a wide character has all of it.
  const fox = await cell(page, 4)
  await page.mouse.dblclick(fox.x, fox.y)
  expect(await selected()).toBe('🦊')
})

test('as many columns as the machines count: the cursor stands where their C library expects it', async ({ page }) => {
  await openOn(page, 'Linux x86_64')
  // Columns by wcwidth(3) of glibc, character by character.
  const cases: [text: string, columns: number][] = [
    ['a', 1],
    ['🦊', 2],
    ['🥲', 2],
    ['🫠', 2],
    ['日', 2],
    ['ｱ', 1],
    ['e\u0301', 1],
    ['ש', 1],
    ['👩🏽‍💻', 6],
    ['🇩🇪', 2],
    ['€', 1],
  ]
  for (const [text, columns] of cases) {
    const before = (await typed(page)).length
    await print(page, `\r${text}\x1b[6n`)
    expect({ text, said: (await typed(page)).slice(before) }).toEqual({ text, said: `\x1b[1;${columns + 1}R` })
  }
})

test('addresses are followed by a click, words that lead somewhere say where, and nothing but the web is opened', async ({ page }) => {
  await page.addInitScript(() => {
    const opened: string[] = []
    Object.assign(window, { opened, open: (address: string) => void opened.push(address) })
  })
  await openOn(page, 'Linux x86_64')
  const link = (address: string, words: string) => `\x1b]8;;${address}\x1b\\${words}\x1b]8;;\x1b\\`
  await print(page, `http://a.example/x?y=1 ${link('https://b.example/hidden', 'words')} ${link('javascript:alert(1)', 'other')} rest`)
  const click = async (column: number) => {
    const { x, y } = await cell(page, column)
    await page.mouse.move(x, y)
    await page.mouse.move(x + 1, y)
    await page.mouse.click(x, y)
  }
  const opened = () => page.evaluate(() => (window as unknown as { opened: string[] }).opened)
  await click(25)
  await expect.poll(opened).toEqual(['https://b.example/hidden'])
  await expect(page.locator('#root')).toHaveAttribute('title', 'https://b.example/hidden')
  await click(31)
  await click(3)
  await expect.poll(opened).toEqual(['https://b.example/hidden', 'http://a.example/x?y=1'])
  await expect(page.locator('#root')).not.toHaveAttribute('title')
})
