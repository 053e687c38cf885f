// Where Chromium comes from: the one named, Playwright's own, the system's, or the one in the npm registry.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { chromium } from '@playwright/test'

const flags = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
// Third-party cookies are blocked in every test, as in the browsers of learners.
const noThirdPartyCookies = ['--test-third-party-cookie-phaseout']

/** @returns {Promise<{ executablePath: string, args: string[], env?: Record<string, string | undefined> }>} launch options for Playwright */
export async function browserLaunchOptions() {
  const args = [...flags, ...noThirdPartyCookies]
  const local = [process.env.CHROMIUM_PATH, chromium.executablePath(), '/usr/bin/google-chrome', '/usr/lib/chromium/chromium'].find(
    (path) => path && existsSync(path),
  )
  return local && process.env.BROWSER_FROM !== 'registry' ? { executablePath: local, args } : { ...(await fromRegistry()), args }
}

/** @sparticuz/chromium, unpacked once into a folder named for its version. */
async function fromRegistry() {
  let folder = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))
  while (!existsSync(join(folder, 'package.json')) || !JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
    folder = dirname(folder)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const target = resolve('node_modules', '.cache', `chromium-${version}`)
  mkdirSync(target, { recursive: true })
  const before = { ...process.env }
  // It unpacks into the temporary folder, and brings its own libraries only where it believes it is in a Lambda.
  Object.assign(process.env, { TMPDIR: target, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x', AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' })
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    const executablePath = await packaged.executablePath()
    // Its own list of font folders names places of a Lambda; without a font no text has a size.
    const fonts = join(target, 'fonts')
    const folders = [fonts, '/usr/share/fonts'].map((folder) => `<dir>${folder}</dir>`).join('')
    writeFileSync(
      join(target, 'fonts.conf'),
      `<?xml version="1.0"?><fontconfig>${folders}<cachedir>${join(target, 'fonts-cache')}</cachedir></fontconfig>`,
    )
    return {
      executablePath,
      env: { ...before, LD_LIBRARY_PATH: join(target, 'al2023', 'lib'), FONTCONFIG_FILE: join(target, 'fonts.conf') },
    }
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  }
}
