// `npm run bench -- SUITE`: measures ours beside a named baseline in the same run, prints a table, and ends with one line of JSON.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'

process.chdir(resolve(import.meta.dirname, '..'))
const suites = readdirSync('bench')
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.replace('.bench.ts', ''))
const [suite, ...rest] = process.argv.slice(2)
if (!suite || !suites.includes(suite)) {
  console.error(`npm run bench -- SUITE, where SUITE is one of: ${suites.join(', ')}`)
  process.exit(2)
}
const child = spawn(process.execPath, ['--import', 'tsx', `bench/${suite}.bench.ts`, ...rest], { stdio: 'inherit' })
child.on('exit', (code) => process.exit(code ?? 1))
