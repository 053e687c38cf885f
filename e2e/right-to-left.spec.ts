import { expect, type Page, test } from '@playwright/test'
import { type OpenStage, openStage } from './stage.ts'
import type { ScreenStage } from './stage-screen.tsx'

/*
 * Text from right to left, as it is drawn: by elements, as browsers without a graphics card do, and by WebGL, here with a browser that
 * says that it has a card.
 */

let stage: OpenStage

test.beforeAll(async () => {
  stage = await openStage({ name: 'stage-screen' })
})

test.afterAll(async () => {
  await stage.close()
})

async function open(page: Page): Promise<void> {
  await page.goto(stage.origin)
  await page.waitForFunction(() => 'stage' in window)
}

const print = (page: Page, text: string) => page.evaluate((all) => (window as unknown as { stage: ScreenStage }).stage.print(all), text)

/** The characters of a row from left to right as they are seen, and where the last one stands, in cells. */
const seen = (page: Page, row: number) =>
  page.evaluate((index) => {
    const line = document.querySelectorAll('.xterm-rows > div')[index]
    if (!line) throw new Error('there is no such row')
    const letters: { letter: string; left: number }[] = []
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? ''
      for (let at = 0; at < text.length; at++) {
        const range = document.createRange()
        range.setStart(node, at)
        range.setEnd(node, at + 1)
        letters.push({ letter: text[at] ?? '', left: range.getBoundingClientRect().left })
      }
    }
    letters.sort((one, other) => one.left - other.left)
    const box = line.getBoundingClientRect()
    const columns = (window as unknown as { stage: ScreenStage }).stage.columns()
    const last = letters.findLast(({ letter }) => letter !== ' ')
    return {
      text: letters
        .map(({ letter }) => letter)
        .join('')
        .trimEnd(),
      lastCell: Math.round((((last?.left ?? 0) - box.left) / box.width) * columns),
    }
  }, row)

const reversed = (text: string) => Array.from(text).reverse().join('')

test('sentences are seen in their own direction, columns and what stands around them where they were', async ({ page }) => {
  await open(page)
  const lines: [printed: string, shown: string][] = [
    ['echo שלום עולם x', `echo ${reversed('שלום עולם')} x`],
    ['│שלום │עולם │', `│${reversed('שלום')} │${reversed('עולם')} │`],
    ['مرحبا بالعالم z', `${reversed('مرحبا بالعالم')} z`],
    ['\x1b[31mאבג\x1b[0mדהו.', `${reversed('אבג')}${reversed('דהו')}.`],
    ['שלום 42 כן |', `${reversed('כן')} 42 ${reversed('שלום')} |`],
  ]
  await print(page, lines.map(([printed]) => printed).join('\r\n'))
  await print(page, '\r\n')
  for (const [row, [printed, shown]] of lines.entries()) {
    const cells = printed.replaceAll('\x1b[31m', '').replaceAll('\x1b[0m', '').length
    await expect.poll(() => seen(page, row)).toEqual({ text: shown, lastCell: cells - 1 })
  }
})

test('where the cursor stands in it, each letter is in its cell; when the cursor has left, it is whole again', async ({ page }) => {
  await open(page)
  await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.focus())
  await print(page, 'a שלום b\x1b[5D')
  await expect.poll(async () => (await seen(page, 0)).text).toBe('a שלום b')
  await print(page, '\r\n')
  await expect.poll(async () => (await seen(page, 0)).text).toBe(`a ${reversed('שלום')} b`)
})

test('what is selected and copied keeps the order in which it is read', async ({ page }) => {
  await open(page)
  await print(page, 'a שלום עולם b\r\n')
  await expect.poll(async () => (await seen(page, 0)).text).toBe(`a ${reversed('שלום עולם')} b`)
  await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.selectAll())
  expect(await page.evaluate(() => (window as unknown as { stage: ScreenStage }).stage.selected().trimEnd())).toBe('a שלום עולם b')
  await expect.poll(async () => (await seen(page, 0)).text, 'all of it is selected').toBe(`a ${reversed('שלום עולם')} b`)
})

test('drawn by a graphics card it is seen in its own direction too', async ({ page }) => {
  await page.addInitScript(() => {
    const UNMASKED_RENDERER = 0x9246
    const { prototype } = WebGL2RenderingContext
    const original = Reflect.get(prototype, 'getParameter') as (this: WebGL2RenderingContext, name: number) => unknown
    Object.assign(prototype, {
      getParameter(this: WebGL2RenderingContext, name: number) {
        return name === UNMASKED_RENDERER ? 'A card' : original.call(this, name)
      },
    })
  })
  await open(page)
  await expect(page.locator('.xterm-screen canvas').first()).toBeAttached()
  await expect(page.locator('.xterm-rows')).toHaveCount(0)
  // Letters of much ink, then hyphens; then the same with a letter between them that divides them.
  await print(page, `${'ש'.repeat(10)}${'־'.repeat(20)}\r\n`)
  await expect.poll(() => inkOfHalves(page)).toBeLessThan(0.7)
  await print(page, `\x1b[H\x1b[2J${'ש'.repeat(10)}a${'־'.repeat(20)}\r\n`)
  await expect.poll(() => inkOfHalves(page)).toBeGreaterThan(1.4)
  // More of it than is kept drawn, a screen a frame.
  for (let screen = 0; screen < 15; screen++) {
    await print(page, Array.from({ length: 24 }, (_, line) => `\r\n${'שלום '.repeat(14)}${screen * 24 + line}`).join(''))
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
  await print(page, `\x1b[H\x1b[2J${'ש'.repeat(10)}${'־'.repeat(20)}\r\n`)
  await expect.poll(() => inkOfHalves(page)).toBeLessThan(0.7)
})

/** How much ink the left half of what is drawn in the first row has, over how much the right one has. */
async function inkOfHalves(page: Page): Promise<number> {
  const box = await page.locator('.xterm-screen').boundingBox()
  if (!box) throw new Error('there is no screen')
  const picture = await page.screenshot({ clip: { ...box, height: 17 } })
  return page.evaluate(
    async (source) => {
      const image = new Image()
      image.src = source
      await image.decode()
      const { width, height } = image
      const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d')
      if (!context) throw new Error('there is no canvas')
      context.drawImage(image, 0, 0)
      const { data } = context.getImageData(0, 0, width, height)
      const red = (x: number, y: number) => data[(y * width + x) * 4] ?? 0
      const paper = red(width - 1, 0)
      const ink = Array.from({ length: width }, (_, x) =>
        Array.from({ length: height }, (_, y) => Math.abs(red(x, y) - paper)).reduce((sum, each) => sum + each, 0),
      )
      const [first, last] = [ink.findIndex((each) => each > 0), ink.findLastIndex((each) => each > 0)]
      const sumOf = (columns: number[]) => columns.reduce((sum, each) => sum + each, 0)
      const middle = Math.round((first + last) / 2)
      return sumOf(ink.slice(first, middle)) / sumOf(ink.slice(middle, last + 1))
    },
    `data:image/png;base64,${picture.toString('base64')}`,
  )
}
