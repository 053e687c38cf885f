import { gzipSync } from 'node:zlib'
import { chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { enterCourse, openLab } from '../e2e/people.ts'
import { startProduct } from '../e2e/product.ts'
import { atMost, type Figure, report } from './report.ts'

/*
 * Bar 8 of "The thread": how much JavaScript the lab page loads, terminal included, over a page of ours with nothing on it.
 */

/** Adds up every script of ours that the page loads from now on, each as gzip would send it. */
function weigh(page: Page, origin: string): () => Promise<number> {
  const bodies: Promise<number>[] = []
  page.on('response', (response) => {
    const { origin: from, pathname } = new URL(response.url())
    if (from === origin && pathname.endsWith('.js')) bodies.push(response.body().then((body) => gzipSync(body).length))
  })
  return async () => (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0) / 1024
}

const product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'memory' } })
const browser = await chromium.launch(await browserLaunchOptions())
const figures: Record<string, Figure> = {}
try {
  const empty = await browser.newPage()
  const emptyWeight = weigh(empty, product.origin)
  await empty.goto(`${product.origin}/nothing-here`, { waitUntil: 'networkidle' })
  const page = await enterCourse(browser, product.course, 'ada')
  const labWeight = weigh(page, product.origin)
  const { lab } = await openLab(page)
  await lab.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
  await page.waitForLoadState('networkidle')
  const [without, full] = [await emptyWeight(), await labWeight()]
  figures['thread.8 empty page'] = { value: Math.round(without), unit: 'KB' }
  figures['thread.8 lab page'] = { value: Math.round(full), unit: 'KB' }
  figures['thread.8 lab page over an empty one'] = atMost(full - without, 'KB', 350)
} finally {
  await browser.close()
  await product.stop()
}
report('page', figures)
