// Breaks what decides about environments, one small way at a time, and shows that the tests notice: the simulation (fewer runs, always
// the same, up to the first that goes wrong), and where it does not, the tables of the broken file. Each mutant is made in a copy of the
// room in a temporary folder; the checkout is never touched. One that neither notices fails the run, by its name.
//   node scripts/mutants.mjs [--json <file>] [<words of a mutant's sentence>]
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startVitest } from 'vitest/node'
import { mutants } from './mutants.table.mjs'

const root = resolve(import.meta.dirname, '..')
const ROOM = join('lib', 'environments')
/** Most mutants are noticed in the first hundred. */
const RUNS = 1_000
/** The simulation alone has to notice so many (the tables are written by who wrote the code). */
const LEAST_BY_SIMULATION = 12
/** What is decided in one file shows in the tables of these. */
const TABLES = ['decide.test.ts', 'account.test.ts']

const args = process.argv.slice(2)
const json = args.includes('--json') ? args.splice(args.indexOf('--json'), 2)[1] : null
const chosen = mutants.filter(({ breaks }) => args.every((word) => breaks.includes(word)))

const folder = mkdtempSync(join(tmpdir(), 'astrolabe-mutants-'))
const began = Date.now()
try {
  const whole = copyRoom(null)
  const broken = chosen.map((mutant) => ({ ...mutant, copy: copyRoom(mutant) }))
  const wrong = await simulateAll([whole, ...broken.map(({ copy }) => copy)])
  const unnoticed = broken.filter(({ copy }) => wrong.get(copy) === null)
  const failed = await runTables(whole, unnoticed)
  if (wrong.get(whole) !== null || failed.has(whole)) throw new Error('the room is not well as it is: see its own tests')
  report(broken.map((mutant) => ({ ...mutant, run: wrong.get(mutant.copy), tables: failed.has(mutant.copy) })))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @returns the folder of a copy in which one thing is broken; nothing is where `mutant` is null */
function copyRoom(mutant) {
  const copy = mkdtempSync(join(folder, 'copy-'))
  mkdirSync(join(copy, 'lib'))
  for (const name of ['node_modules', 'package.json']) symlinkSync(join(root, name), join(copy, name))
  for (const name of readdirSync(join(root, 'lib')))
    if (name !== 'environments') symlinkSync(join(root, 'lib', name), join(copy, 'lib', name))
  cpSync(join(root, ROOM), join(copy, ROOM), { recursive: true })
  if (mutant === null) return copy
  const path = join(copy, ROOM, mutant.file)
  const text = readFileSync(path, 'utf8')
  const found = text.split(mutant.from).length - 1
  if (found !== 1) throw new Error(`"${mutant.breaks}": its text is ${found} times in ${mutant.file}, and has to be there once`)
  writeFileSync(
    path,
    text.replace(mutant.from, () => mutant.to),
  )
  return copy
}

/** @returns for each copy the first run that went wrong; null: none */
async function simulateAll(copies) {
  const seeds = new Map()
  for (const copy of copies) {
    const { simulate } = await import(pathToFileURL(join(copy, ROOM, 'simulation.fixture.ts')).href)
    const { failures } = simulate({ from: 1, runs: RUNS, stop: true })
    seeds.set(copy, failures[0] ?? null)
  }
  return seeds
}

/** @returns the copies whose tables do not hold, among them the whole one if so */
async function runTables(whole, mutants) {
  if (mutants.length === 0) return new Set()
  const tablesOf = ({ file }) => [...TABLES, file.replace(/\.ts$/, '.test.ts')]
  const copies = [...mutants.map((mutant) => [mutant.copy, tablesOf(mutant)]), [whole, [...new Set(mutants.flatMap(tablesOf))]]]
  const paths = copies.flatMap(([copy, names]) => names.map((name) => join(copy, ROOM, name)))
  const include = [...new Set(paths)].filter((path) => existsSync(path)).map((path) => relative(folder, path))
  const failed = new Set()
  const listen = {
    onTestModuleEnd(module) {
      if (!module.ok()) failed.add(join(folder, relative(folder, module.moduleId).split(sep)[0]))
    },
  }
  const settings = { root: folder, config: false, watch: false, include, reporters: [listen], environment: 'node', maxWorkers: 2 }
  const vitest = await startVitest('test', [], settings)
  await vitest.close()
  // That tables fail is what is wanted.
  process.exitCode = 0
  return failed
}

function report(results) {
  const survivors = results.filter(({ run, tables }) => run === null && !tables)
  const simulated = results.filter(({ run }) => run !== null).length
  for (const { breaks, file, run, tables } of results) {
    const by = run === null ? 'by its tables' : `in run ${run.seed}: ${run.words}`
    console.log(run === null && !tables ? `  SURVIVES ${file}: ${breaks}` : `  noticed  ${file}: ${breaks} (${by})`)
  }
  const tooFew = args.length === 0 && simulated < LEAST_BY_SIMULATION
  if (tooFew) console.log(`  the simulation alone notices ${simulated}, and has to notice ${LEAST_BY_SIMULATION}`)
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  console.log(
    `${results.length - survivors.length} of ${results.length} mutants noticed, ${simulated} by the simulation alone, in ${seconds} s`,
  )
  const failed = survivors.length + (tooFew ? 1 : 0)
  if (json) writeFileSync(json, JSON.stringify({ passed: results.length - survivors.length, failed }))
  process.exitCode = failed === 0 ? 0 : 1
}
