import { expect, type Page, test } from '@playwright/test'
import { look, overflow, picture } from './look.ts'
import { clipped, pseudoLanguage, unmarked } from './pseudo-language.ts'
import { type OpenStage, openStage, show } from './stage.ts'
import { stageHistory, stageViews } from './stage-views.ts'

/*
 * Every page in a language that nobody speaks: what is not in the messages shows, and what has no room for longer words.
 */

/** What comes from the lab, the cloud, an operator or the keyboard, not from the messages. */
const foreign = [
  /Two machines/,
  /From one to the other/,
  /ResourceInError: resources\./,
  /rados bench on/,
  /The course ended in July/,
  /node[12]/,
  /Ada|Lin|Tomás/,
  /\w+day, \w+ \d+/,
  // The sentences of failures stand in lib/errors.ts.
  /The cloud [^.⟦⟧]*\.( We keep trying\.)?/,
  /Your machines [^⟦⟧]*\./,
  /This computer [^.⟦⟧]*\./,
]

async function wrongWith(page: Page, name: string): Promise<string[]> {
  const over = await overflow(page)
  const found = [
    ...(await unmarked(page, foreign)),
    ...(await clipped(page)),
    ...(over > 0 ? [`larger than the window by ${over} px`] : []),
  ]
  if (found.length > 0) await picture(page, `pseudo ${name}`)
  return found
}

test.describe('the lab page', () => {
  let stage: OpenStage
  test.beforeAll(async () => {
    stage = await openStage({ plugins: [pseudoLanguage] })
  })
  test.afterAll(async () => {
    await stage.close()
  })

  for (const width of [360, 768, 1280]) {
    test(`says nothing of its own in any state, and has room for longer words, ${width} pixels wide`, async ({ page }) => {
      test.setTimeout(90_000)
      await page.setViewportSize({ width, height: 720 })
      await page.route('**/l/stage/history', (route) => route.fulfill({ json: stageHistory() }))
      await page.goto(stage.origin)
      await page.waitForFunction(() => 'stage' in window)
      if (width <= 640) await page.getByRole('button', { name: /Machines/ }).click()
      const wrong: Record<string, string[]> = {}
      for (const [name, told] of Object.entries(stageViews)) {
        await show(page, { lostAt: null, signedOut: false, noMachines: null, ...told() })
        const found = await wrongWith(page, `${name} ${width}`)
        if (found.length > 0) wrong[name] = found
      }
      expect(wrong).toEqual({})
    })
  }

  test('says nothing of its own in its menus and dialogs', async ({ page }) => {
    await page.route('**/l/stage/history', (route) => route.fulfill({ json: stageHistory() }))
    await page.goto(stage.origin)
    await page.waitForFunction(() => 'stage' in window)
    await show(page, { ...stageViews.ready?.() })
    const menu = page.getByRole('button', { name: /Lab menu/ })
    await menu.click()
    expect(await wrongWith(page, 'menu')).toEqual([])
    await page.getByRole('menuitem', { name: /What happened/ }).click()
    await page.getByRole('dialog').waitFor()
    expect(await wrongWith(page, 'history')).toEqual([])
    await page.keyboard.press('Escape')
    await menu.click()
    await page.getByRole('menuitem', { name: /Reset the machines/ }).click()
    await page.getByRole('alertdialog').waitFor()
    expect(await wrongWith(page, 'reset')).toEqual([])
  })
})

test('pages that say one thing, and those around a lab, say nothing of their own and have room for longer words', async ({ page }) => {
  test.setTimeout(90_000)
  const stage = await openStage({ name: 'stage-notices', plugins: [pseudoLanguage] })
  await page.goto(stage.origin)
  const names = JSON.parse((await page.locator('#root').textContent()) ?? '[]') as string[]
  const wrong: Record<string, string[]> = {}
  for (const name of names) {
    await page.goto(`${stage.origin}/?page=${encodeURIComponent(name)}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 720 })
      const found = await wrongWith(page, `${name} ${width}`)
      if (found.length > 0) wrong[`${name}, ${width}`] = found
    }
  }
  await stage.close()
  expect(wrong).toEqual({})
})

test('a fault can be read by everybody', async ({ page }) => {
  const stage = await openStage({ name: 'stage-notices' })
  await page.goto(`${stage.origin}/?page=error`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  expect(await look(page, 'error')).toEqual([])
  await stage.close()
})
