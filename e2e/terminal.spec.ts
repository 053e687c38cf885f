import { type BrowserContext, expect, test } from '@playwright/test'
import { enterCourse, type Learner, openLab, proveShell } from './people.ts'
import { type Product, startProduct } from './product.ts'

/*
 * Ada's terminals on real machines: several shells, commands of the guide, search, pasting, and what programs ask for.
 */

test.describe.configure({ mode: 'serial', timeout: 90_000 })
test.skip(process.getuid?.() !== 0, 'Machines need root; start the tests as root to have this story told.')

let product: Product
let context: BrowserContext
let ada: Learner

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000)
  product = await startProduct()
  context = await browser.newContext()
  ada = await openLab(await enterCourse(context, product.course, 'ada'))
  await proveShell(ada, 'node1')
})

test.afterAll(async () => {
  await context?.close()
  await product?.stop()
})

const pane = (name = 'node1') => ada.lab.getByRole('tabpanel', { name, exact: true })
const rows = (name?: string) => pane(name).locator('.xterm-rows')
const type = async (text: string, name?: string) => {
  await pane(name).locator('.xterm-helper-textarea').focus()
  await ada.page.keyboard.type(text)
}
const menu = async (item: string) => {
  await ada.lab.getByRole('button', { name: 'Terminals', exact: true }).first().click()
  await ada.lab.getByRole('menuitem', { name: item }).click()
}
/** As the browser's own paste would: no clipboard permission is needed for it. */
const paste = async (text: string, name?: string) => {
  await pane(name)
    .locator('.xterm-helper-textarea')
    .evaluate((field, pasted) => {
      const data = new DataTransfer()
      data.setData('text/plain', pasted)
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, text)
}

test('a second terminal on a machine is a shell of its own, below the first', async () => {
  await menu('New terminal on node1')
  await menu('Put below')
  await expect(rows('node1 (2)')).toContainText('$')
  await type('mine=second; echo in-$mine\n', 'node1 (2)')
  await expect(rows('node1 (2)')).toContainText('in-second')
  await ada.lab.getByRole('tab', { name: 'node1', exact: true }).click()
  await type('echo in-[$mine]\n', 'node1')
  await expect(rows('node1')).toContainText('in-[]')
})

test('both are there again after a reload, where they were, with what they showed', async () => {
  await ada.page.reload()
  ada = { page: ada.page, lab: ada.page.frameLocator('iframe') }
  await expect(rows('node1 (2)')).toContainText('in-second')
  await type('echo still-$mine\n', 'node1 (2)')
  await expect(rows('node1 (2)')).toContainText('still-second')
})

test('a command of the guide runs in the terminal of its machine', async () => {
  const run = ada.lab.getByRole('button', { name: /^Run on node1: / }).first()
  const command = (await run.getAttribute('aria-label'))?.replace('Run on node1: ', '') ?? ''
  await run.click()
  await expect(rows('node1')).toContainText(command)
})

test('what has scrolled away is found', async () => {
  await type('clear; echo needle-$((40 + 2)); seq 200\n', 'node1')
  await expect(rows('node1')).toContainText('200')
  await ada.page.keyboard.press('Control+Shift+F')
  const field = ada.lab.getByRole('textbox', { name: 'Search in the terminal' })
  await expect(field).toBeFocused()
  await field.fill('needle-42')
  await expect(rows('node1')).toContainText('needle-42')
  await field.press('Escape')
  await expect(pane('node1').locator('.xterm-helper-textarea')).toBeFocused()
})

test('a window that comes late scrolls up through what was printed before', async () => {
  await type('clear; seq 1 9000; echo all-$((40+2))\n', 'node1')
  await expect(rows('node1')).toContainText('all-42')
  await ada.page.reload()
  ada = { page: ada.page, lab: ada.page.frameLocator('iframe') }
  await expect(rows('node1')).toContainText('all-42')
  await pane('node1').locator('.xterm-helper-textarea').focus()
  // The last lines are there first, and what is above them a moment later.
  await expect(async () => {
    await ada.page.keyboard.press('Shift+PageUp')
    await expect(rows('node1')).not.toContainText('all-42', { timeout: 500 })
  }).toPass()
  await expect(rows('node1')).toContainText(/89\d\d/)
  await ada.page.keyboard.press('Shift+PageDown')
  await expect(rows('node1')).toContainText('all-42')
})

test('when the network is another, the page hears of its machines by a new connection', async () => {
  const told = new Promise<void>((done) => {
    ada.page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('["environment"')) done()
      }),
    )
  })
  await ada.lab.locator('body').evaluate(() => void window.dispatchEvent(new Event('online')))
  await told
  await expect(ada.lab.getByText(/^Connection lost/)).toHaveCount(0)
  await type('echo on-$((40 + 2))\n', 'node1')
  await expect(rows('node1')).toContainText('on-42')
})

test('lines that would run at once are pasted after a question only; a shell that knows of pasting needs none', async () => {
  await type("bind 'set enable-bracketed-paste off'\n", 'node1')
  await paste('echo one-$((1 + 1))\necho two-$((1 + 2))\n', 'node1')
  await expect(ada.lab.getByRole('alert').filter({ hasText: '2 lines would run' })).toBeVisible()
  await ada.lab.getByRole('button', { name: 'Do not paste' }).click()
  await paste('echo one-$((1 + 1))\necho two-$((1 + 2))\n', 'node1')
  await ada.lab.getByRole('button', { name: 'Paste them' }).click()
  await expect(rows('node1')).toContainText('two-3')
  await type("bind 'set enable-bracketed-paste on'; clear; echo knows-$((5 + 5))\n", 'node1')
  await expect(rows('node1')).toContainText(/knows-10.*\$/)
  await paste('echo three-$((1 + 2))\necho four-$((1 + 3))', 'node1')
  await ada.page.keyboard.press('Enter')
  await expect(rows('node1')).toContainText('four-4')
})

test('a program that wants the clipboard is asked about, and one that wants to read it gets no answer', async () => {
  await type("clear; printf '\\033]52;c;%s\\007' $(printf secret | base64)\n", 'node1')
  await expect(ada.lab.getByRole('alert').filter({ hasText: '6 characters' })).toBeVisible()
  await ada.lab.getByRole('button', { name: 'Do not', exact: true }).click()
  await type("printf '\\033]52;c;?\\007'; read -t 1 -n 1 got; echo got-[$got]\n", 'node1')
  await expect(rows('node1')).toContainText('got-[]')
})

/** What the next line that is typed consists of, as the machine got it: bytes in hexadecimal. */
const bytesOfNextLine = async (typing: () => Promise<unknown>) => {
  await type('clear; read -r got; printf %s "$got" | od -An -tx1 -w99\n', 'node1')
  await expect(rows('node1')).not.toContainText('$ ')
  await typing()
  await ada.page.keyboard.press('Enter')
}

test('what is composed arrives once, as it was in the end: input methods, dead keys, other scripts, emoji', async () => {
  const cdp = await context.newCDPSession(ada.page)
  const compose = async (...stages: string[]) => {
    for (const text of stages) await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    await cdp.send('Input.insertText', { text: stages.at(-1) ?? '' })
  }
  await bytesOfNextLine(() => compose('に', 'にほ', '日本'))
  await expect(rows('node1')).toContainText('e6 97 a5 e6 9c ac')
  await bytesOfNextLine(() => compose('´', 'é'))
  await expect(rows('node1')).toContainText('c3 a9')
  await bytesOfNextLine(() => cdp.send('Input.insertText', { text: 'שלום🦊' }))
  await expect(rows('node1')).toContainText('d7 a9 d7 9c d7 95 d7 9d f0 9f a6 8a')
})

test('letters grow by Ctrl and plus, and the menu of the text copies what is selected', async () => {
  const size = () => rows('node1').evaluate((each) => getComputedStyle(each).fontSize)
  await type('', 'node1')
  await ada.page.keyboard.press('Control+Equal')
  await expect.poll(size).toBe('14px')
  await ada.page.keyboard.press('Control+0')
  await expect.poll(size).toBe('13px')
  await type('clear; cd /tmp; echo word-$((3 + 4))\n', 'node1')
  await expect(ada.lab.getByRole('tab', { name: 'node1', exact: true })).toHaveAttribute('title', /debian@node1: \/tmp/)
  await pane('node1')
    .locator('.xterm-screen')
    .click({ button: 'right', position: { x: 40, y: 30 } })
  await ada.lab.getByRole('menuitem', { name: 'Select all' }).click()
  await pane('node1')
    .locator('.xterm-screen')
    .click({ button: 'right', position: { x: 40, y: 30 } })
  await ada.lab.getByRole('menuitem', { name: /^Copy/ }).click()
  await expect(pane('node1').locator('.xterm-helper-textarea')).toBeFocused()
})
