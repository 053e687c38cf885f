import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { build, type Plugin } from 'esbuild'
import type { Guide } from '../components/lab/guide-step.ts'

/*
 * A stage for the lab page alone: the real components and the real style sheet in a real browser, with no product behind them. For
 * states that would take the product half an hour to reach, or that it reaches only when something breaks.
 */

/** What the page is told; the rest stays as it was told before. */
export type StageProps = {
  /** An `EnvironmentView`; null: nobody has asked for machines yet. */
  view: unknown
  lostAt?: string | null
  signedOut?: boolean
  noMachines?: string | null
  instructor?: boolean
  skewMs?: number | null
  /** Instead of the stage's own. */
  guides?: readonly Guide[]
}

/** What stands in the page's `window.stage`. */
export type Stage = {
  madeAt: string
  /** When the page told that somebody is here, milliseconds since it was opened. */
  heres: number[]
  show: (props: Partial<StageProps>) => void
}

export type OpenStage = { origin: string; close(): Promise<void> }

const root = resolve(import.meta.dirname, '..')
const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', woff2: 'font/woff2', html: 'text/html; charset=utf-8' }
const htmlOf = (name: string) => `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="stylesheet" href="/globals.css"><link rel="stylesheet" href="/${name}.css"></head>
<body><div id="root"></div><script type="module" src="/${name}.js"></script></body></html>`

type StageOptions = {
  /** Which file of this folder is the page. */
  name?: string
  plugins?: Plugin[]
}

/** Builds the page and serves it on a port of its own. Whatever it asks for beside itself is a test's to answer (`page.route`). */
export async function openStage({ name = 'stage-page', plugins = [] }: StageOptions = {}): Promise<OpenStage> {
  const files = new Map<string, Uint8Array | string>([['/', htmlOf(name)]])
  files.set('/globals.css', await styleSheet())
  const { outputFiles } = await build({
    entryPoints: [join(root, 'e2e', `${name}.tsx`)],
    outdir: join(root, 'stage'),
    bundle: true,
    splitting: true,
    format: 'esm',
    write: false,
    jsx: 'automatic',
    loader: { '.woff2': 'file', '.woff': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins,
    logLevel: 'error',
  })
  for (const { path, contents } of outputFiles) files.set(`/${relative(join(root, 'stage'), path)}`, contents)
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://stage').pathname
    const body = files.get(path)
    if (body === undefined) return void response.writeHead(404).end()
    response.setHeader('content-type', types[path === '/' ? 'html' : (path.split('.').at(-1) ?? '')] ?? 'application/octet-stream')
    response.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** The style sheet with every class that the components name, made as the product's build makes it. */
async function styleSheet(): Promise<string> {
  const require = createRequire(import.meta.url)
  const tailwind = require.resolve('@tailwindcss/postcss')
  // The postcss that the plug-in itself was made for.
  const postcss = createRequire(tailwind)('postcss')
  const from = join(root, 'app', 'globals.css')
  const { readFile } = await import('node:fs/promises')
  const { css } = await postcss([require(tailwind)({ base: root })]).process(await readFile(from, 'utf8'), { from })
  return css
}

/** Tells the page something. */
export async function show(page: Page, props: Partial<StageProps>): Promise<void> {
  await page.evaluate((told) => (window as unknown as { stage: Stage }).stage.show(told), props)
}
