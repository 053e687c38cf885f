// Bundles the server into <dist>/astrolabe: resolves #lib, keeps source maps, and needs no TypeScript at run time.
import { join } from 'node:path'
import { build } from 'esbuild'

const dist = process.env.ASTROLABE_DIST ?? '.next'

await build({
  entryPoints: { server: 'lib/server.ts', cli: 'lib/command-line/main.ts' },
  outdir: join(dist, 'astrolabe'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
})
