// `npm test`: types, lint and format, unit and database tests, mutants of the lifecycle, then people using the product in a real browser. Everything it
// starts has folders and ports of its own, so a running `npm start` is not disturbed. Ends with "N passed, N failed".
//   node scripts/test.mjs [--quick]    --quick leaves the browser out
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

process.chdir(resolve(import.meta.dirname, '..'))
const quick = process.argv.includes('--quick')
const folder = mkdtempSync(join(tmpdir(), 'astrolabe-run-'))
const dist = '.next-test'
// What the machines have and this computer may lack (dtach) is found in the base image, behind everything of this computer's own.
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'astrolabe', 'images', 'debian-12', 'rootfs', 'usr', 'bin')
const env = { ...process.env, PATH: `${process.env.PATH}:${cache}`, NEXT_TELEMETRY_DISABLED: '1', ASTROLABE_DIST: dist, FORCE_COLOR: '0' }
delete env.DATABASE_URL
const totals = { passed: 0, failed: 0 }
const skipped = []
const failed = []

function run(title, args, extra = {}) {
  const began = Date.now()
  console.log(`\n== ${title}`)
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...env, ...extra } })
    child.on('exit', (code) => {
      console.log(`   ${title}: ${code === 0 ? 'ok' : `failed (${code})`}, ${((Date.now() - began) / 1000).toFixed(1)} s`)
      done(code === 0)
    })
  })
}

/** A check that is one thing: types, lint. */
async function check(title, args) {
  if (await run(title, args)) totals.passed += 1
  else {
    totals.failed += 1
    failed.push(title)
  }
}

async function suite(title, args, extra, count) {
  const ok = await run(title, args, extra)
  const counted = count()
  totals.passed += counted.passed
  totals.failed += ok ? counted.failed : Math.max(counted.failed, 1)
  skipped.push(...counted.skipped)
  failed.push(...counted.names)
  if (!ok && counted.names.length === 0) failed.push(`${title}: see its own words above`)
}

const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null)

function countVitest() {
  const report = readJson(join(folder, 'vitest.json'))
  const tests = report?.testResults.flatMap((file) => file.assertionResults.map((one) => ({ ...one, file: file.name }))) ?? []
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length,
    names: [
      ...tests.filter(({ status }) => status === 'failed').map(({ fullName, file }) => `${file}: ${fullName}`),
      // A file that could not be read to its end has no tests that failed.
      ...(report?.testResults ?? [])
        .filter((one) => one.status === 'failed' && one.message)
        .map(({ name, message }) => `${name}: ${message}`),
    ],
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
  }
}

function countMutants() {
  return { ...(readJson(join(folder, 'mutants.json')) ?? { passed: 0, failed: 1 }), skipped: [], names: [] }
}

function countPlaywright() {
  const report = readJson(join(folder, 'playwright.json'))
  const result = {
    passed: report?.stats.expected ?? 0,
    failed: (report?.stats.unexpected ?? 0) + (report?.stats.flaky ?? 0),
    skipped: [],
    names: [],
  }
  const visit = (node) => {
    for (const spec of node.specs ?? []) {
      for (const one of spec.tests) {
        if (one.status === 'unexpected' || one.status === 'flaky') result.names.push(`${spec.file}: ${spec.title} (${one.status})`)
        if (one.status === 'skipped')
          result.skipped.push(`${spec.title}: ${one.annotations.map((note) => note.description).join(' ') || 'no reason given'}`)
      }
    }
    for (const child of node.suites ?? []) visit(child)
  }
  for (const child of report?.suites ?? []) visit(child)
  return result
}

try {
  await check('types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'scripts/types.json'])
  await check('format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'])
  await check('type-aware lint', [
    'node_modules/oxlint/bin/oxlint',
    '--type-aware',
    '--deny-warnings',
    'lib',
    'app',
    'components',
    'e2e',
    'bench',
  ])
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(folder, 'vitest.json')}`,
  ]
  await suite('unit, database and contract tests', vitest, {}, countVitest)
  await suite('mutants of the lifecycle', ['scripts/mutants.mjs', '--json', join(folder, 'mutants.json')], {}, countMutants)
  if (!quick) {
    const built = spawnSync(process.execPath, ['scripts/setup.mjs', '--build'], { stdio: 'inherit', env })
    if (built.status === 0) {
      const playwright = [
        'node_modules/@playwright/test/cli.js',
        'test',
        '--config',
        'e2e/playwright.config.ts',
        '--output',
        join(folder, 'results'),
      ]
      await suite('people in a browser', playwright, { PLAYWRIGHT_JSON_OUTPUT_NAME: join(folder, 'playwright.json') }, countPlaywright)
    } else {
      totals.failed += 1
      failed.push('the pages could not be built')
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

if (skipped.length) console.log(`\nSkipped, and counted as neither:\n${skipped.map((line) => `  ${line}`).join('\n')}`)
if (failed.length) console.log(`\nFailed:\n${failed.map((line) => `  ${line}`).join('\n')}`)
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed === 0 ? 0 : 1)
