import { defineConfig } from '@playwright/test'
import { browserLaunchOptions } from './browser.mjs'

export default defineConfig({
  testDir: '.',
  fullyParallel: false,
  // Two cores carry the browser, the product and the machines: one story at a time.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json']],
  outputDir: '../test-results',
  use: { launchOptions: await browserLaunchOptions(), trace: 'retain-on-failure', colorScheme: 'light' },
})
