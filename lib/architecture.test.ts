import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { parseSync } from 'oxc-parser'
import { expect, test } from 'vitest'

/*
 * The rules of this house, executable: who may enter which room (docs/architecture.md draws the same table).
 * A room may always import from itself. "#" marks a single file.
 */
const groundFloor = ['lib/errors.ts', 'lib/config.ts', 'lib/log.ts', 'lib/secrets.ts']
const rooms: Record<string, string[]> = {
  'lib/openstack-heat-client': [],
  'lib/lti-provider': [],
  'lib/dev-cloud': [],
  'lib/demo-course': [],
  'lib/errors.ts': [],
  'lib/config.ts': [],
  'lib/log.ts': ['lib/config.ts'],
  'lib/secrets.ts': ['lib/config.ts'],
  'lib/generated': [],
  'lib/db.ts': ['lib/generated', 'lib/config.ts', 'lib/log.ts'],
  'lib/crash-points.ts': ['lib/config.ts'],
  'lib/ledger.ts': ['lib/db.ts', 'lib/generated'],
  'lib/clouds.ts': ['lib/db.ts', 'lib/generated', 'lib/openstack-heat-client', ...groundFloor],
  'lib/reach.ts': ['lib/errors.ts'],
  'lib/reach-jobs.ts': [],
  'lib/reach-clock.ts': [],
  'lib/labs': ['lib/db.ts', 'lib/generated', ...groundFloor],
  'lib/access': ['lib/db.ts', 'lib/generated', 'lib/ledger.ts', ...groundFloor],
  'lib/launches': [
    'lib/lti-provider',
    'lib/access',
    'lib/labs',
    'lib/environments',
    'lib/crash-points.ts',
    'lib/ledger.ts',
    'lib/db.ts',
    'lib/generated',
    ...groundFloor,
  ],
  'lib/environments': [
    'lib/labs',
    'lib/clouds.ts',
    'lib/access',
    'lib/reach.ts',
    'lib/reach-clock.ts',
    'lib/reach-jobs.ts',
    'lib/crash-points.ts',
    'lib/ledger.ts',
    'lib/openstack-heat-client',
    'lib/db.ts',
    'lib/generated',
    ...groundFloor,
  ],
  'lib/worker.ts': ['lib/environments', 'lib/clouds.ts', 'lib/db.ts', 'lib/generated', ...groundFloor],
  'lib/terminal': ['lib/access', 'lib/environments', 'lib/reach.ts', 'lib/db.ts', 'lib/generated', ...groundFloor],
  'lib/live.ts': ['lib/access', 'lib/environments', 'lib/db.ts', ...groundFloor],
  'lib/http-answer.ts': ['lib/errors.ts', 'lib/log.ts'],
  'lib/health.ts': ['lib/db.ts'],
  'lib/metrics.ts': ['lib/db.ts'],
  'lib/web.ts': ['lib/config.ts', 'lib/front-door.ts', 'lib/static-files.ts'],
  'lib/front-door.ts': [],
  'lib/priority.ts': [],
  'lib/static-files.ts': [],
  'lib/server.ts': ['lib'],
  'lib/command-line': ['lib'],
  components: ['lib/environments/phase.ts', 'lib/terminal/protocol.ts', 'lib/errors.ts'],
  app: [
    'components',
    'lib/access',
    'lib/environments',
    'lib/labs',
    'lib/launches',
    'lib/http-answer.ts',
    'lib/health.ts',
    'lib/metrics.ts',
    'lib/config.ts',
    'lib/errors.ts',
    'lib/log.ts',
  ],
}
const forbiddenNames = /(^|\/)(utils?|helpers?|types|constants|misc|common|shared)\.tsx?$/
const allowedIndexes = ['lib/openstack-heat-client/index.ts', 'lib/lti-provider/index.ts']
const readsEnvironment = ['lib/config.ts']

const root = join(import.meta.dirname, '..')

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.name === 'node_modules' || entry.name.startsWith('.') || path === join('lib', 'generated')) return []
    if (entry.isDirectory()) return sourcesUnder(path)
    return /\.tsx?$/.test(entry.name) && !/\.(test|fixture|d)\.tsx?$/.test(entry.name) ? [path] : []
  })
}

const sources = ['lib', 'app', 'components'].flatMap(sourcesUnder)

function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8')
  const { module, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const found = [
    ...module.staticImports.map((one) => ({
      spec: one.moduleRequest.value,
      typeOnly: one.entries.length > 0 && one.entries.every((entry) => entry.isType),
    })),
    ...module.staticExports.flatMap((one) =>
      one.entries.map((entry) => ({ spec: entry.moduleRequest?.value ?? '', typeOnly: entry.isType })),
    ),
    ...module.dynamicImports.map((one) => ({ spec: text.slice(one.moduleRequest.start + 1, one.moduleRequest.end - 1), typeOnly: false })),
  ]
  return found.flatMap(({ spec, typeOnly }) => {
    const target = spec.startsWith('#') ? spec.slice(1) : spec.startsWith('.') ? normalize(join(dirname(file), spec)) : null
    return target ? [{ target, typeOnly }] : []
  })
}

const within = (path: string, room: string) => path === room || path.startsWith(`${room}/`)

function roomOf(file: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => within(file, room))
    .sort((one, other) => other.length - one.length)[0]
}

test('every file lives in a room', () => {
  expect(sources.filter((file) => !roomOf(file))).toEqual([])
})

test('every import obeys the house rules', () => {
  const broken: string[] = []
  for (const file of sources) {
    const room = roomOf(file)
    if (!room) continue
    for (const { target } of importsOf(file)) {
      if (within(target, room) || (rooms[room] ?? []).some((allowed) => within(target, allowed))) continue
      if (target.endsWith('.css')) continue
      broken.push(`${file} -> ${target}`)
    }
  }
  expect(broken).toEqual([])
})

test('no import goes round in a circle', () => {
  const edges = new Map(sources.map((file) => [file, importsOf(file).flatMap(({ target, typeOnly }) => (typeOnly ? [] : [target]))]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file) || path.includes(file)) return
    for (const target of edges.get(file) ?? []) if (edges.has(target)) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  expect(circles).toEqual([])
})

test('each file says by its name what lives there, and is short enough to read', () => {
  const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length
  expect(sources.filter((file) => forbiddenNames.test(file))).toEqual([])
  expect(sources.filter((file) => /(^|\/)index\.tsx?$/.test(file) && !allowedIndexes.includes(file))).toEqual([])
  expect(sources.filter((file) => lines(file) > 330).map((file) => `${file}: ${lines(file)} lines`)).toEqual([])
})

test('the environment is read at one door', () => {
  const readers = sources.filter(
    (file) => /process\.env\b/.test(readFileSync(join(root, file), 'utf8')) && !readsEnvironment.includes(file),
  )
  expect(readers).toEqual([])
})

test('time is an argument in what decides', () => {
  const pure = sources.filter((file) => /(decide|phase|policy|claims|protocol|coalesce|credit)\.tsx?$/.test(file))
  expect(pure.length).toBeGreaterThan(0)
  expect(
    pure.filter((file) => /Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(/.test(readFileSync(join(root, file), 'utf8'))),
  ).toEqual([])
})

test('the top level is what the customer fixed, and what tools insist on', () => {
  const folders = readdirSync(root).filter(
    (name) => statSync(join(root, name)).isDirectory() && !name.startsWith('.') && name !== 'node_modules',
  )
  const allowed = [
    'app',
    'bench',
    'components',
    'docs',
    'e2e',
    'heat-templates',
    'lib',
    'prisma',
    'scripts',
    'test-results',
    'playwright-report',
  ]
  expect(folders.filter((name) => !allowed.includes(name))).toEqual([])
  expect(relative(root, join(root, 'lib'))).toBe('lib')
})
