import { expect, test } from 'vitest'
import { addressOf, isImmutable, readSources, redirectOf, sourcesList } from './sources.ts'

const hostEntries = () => `deb [signed-by=/usr/share/keyrings/d.gpg] http://one.example/debian bookworm main
deb cdrom:[Debian]/ bookworm main
`
const read = (setting: string) => readSources(setting, { codename: 'bookworm', hostEntries })

test('what machines may read is what this computer reads, a mirror of the distribution, or a line of sources.list', () => {
  const sources = read(
    'host, http://two.example:8080/debian/,https://ada:secret@three.example/debian-security , deb [arch=amd64,i386] http://four.example ./',
  )
  expect(sourcesList(sources).split('\n').slice(1)).toEqual([
    'deb [signed-by=/usr/share/keyrings/d.gpg] http://169.254.169.254/packages/one.example/debian bookworm main',
    'deb http://169.254.169.254/packages/two.example:8080/debian bookworm main',
    'deb http://169.254.169.254/packages/two.example:8080/debian bookworm-updates main',
    'deb http://169.254.169.254/packages/three.example/debian-security bookworm-security main',
    'deb [arch=amd64,i386] http://169.254.169.254/packages/four.example ./',
    '',
  ])
  expect(sourcesList(sources)).not.toContain('secret')
})

test.each([
  'ftp://one.example/debian',
  'file:///srv/debian',
  'one.example/debian',
  '',
  'http://one.example/a?b bookworm main',
  'http://[::1]/debian',
])('whoever wrote %j is told so', (setting) => {
  expect(() => read(setting)).toThrow('is neither "host" nor a mirror')
})

test('a setting that cannot be read tells nothing of a password in it', () => {
  expect(() => read('ftp://ada:secret@one.example/x')).toThrow('"ftp://one.example/x" is neither')
})

test('a computer whose apt reads no mirror over HTTP has none to pass on', () => {
  expect(() => readSources('host', { codename: 'bookworm', hostEntries: () => 'deb file:/srv/debian bookworm main' })).toThrow(
    "this computer's own apt reads no mirror over HTTP",
  )
})

const sources = read('http://ada:secret@one.example/debian,https://two.example:444,http://one.example/debian-security')
const at = (path: string) => addressOf(sources, `/packages/${path}`)?.href

test('a path below a mirror is an address below it, as this computer signs in there', () => {
  expect(at('one.example/debian/dists/bookworm/InRelease')).toBe('http://ada:secret@one.example/debian/dists/bookworm/InRelease')
  expect(at('one.example/debian/pool/main/a/a/a_1%3a2%2b3%7e4_all.deb')).toBe(
    'http://ada:secret@one.example/debian/pool/main/a/a/a_1:2+3~4_all.deb',
  )
  expect(at('one.example/debian-security/x')).toBe('http://one.example/debian-security/x')
  expect(at('two.example:444/./Packages')).toBe('https://two.example:444/Packages')
})

test.each([
  'other.example/debian/x',
  'two.example/x',
  'one.example',
  'one.example/debian',
  'one.example/debian/',
  'one.example/other/x',
  'one.example/debianx/x',
  'one.example/debian/../secret/x',
  'one.example/debian/%2e%2e/secret',
  'one.example/debian/%2E%2e%2fsecret',
  'one.example/debian/%252e%252e/secret',
  'one.example/debian//other.example/x',
  'one.example/debian/.git/config',
  'one.example/debian/x?y=1',
  'one.example/debian/x#y',
  'one.example/debian/x\\..\\y',
  'one.example/debian/x%00',
  'one.example/debian/x%0d%0aHost:%20y',
  'one.example/debian/%zz',
  'http://one.example/debian/x',
  'ada:secret@one.example/debian/x',
  '169.254.169.254/latest',
])('%s is nothing that a machine may read', (path) => {
  expect(at(path)).toBeUndefined()
})

test('a path that is not below the packages is no package', () => {
  expect(addressOf(sources, '/one.example/debian/x')).toBeNull()
  expect(addressOf(sources, 'http://one.example/debian/x')).toBeNull()
})

test('a mirror may send us to a place below a mirror, and nowhere else', () => {
  const from = new URL('http://one.example/debian/x')
  const to = (location: string) => redirectOf(sources, from, location)?.href
  expect(to('/debian/y')).toBe('http://ada:secret@one.example/debian/y')
  expect(to('https://two.example:444/y%2b')).toBe('https://two.example:444/y%2b')
  for (const location of [
    'http://169.254.169.254/x',
    '/other',
    '/debian/y?z',
    'https://one.example/debian/y',
    'file:///etc/passwd',
    'http://:',
  ]) {
    expect([location, to(location)]).toEqual([location, undefined])
  }
})

test('only what never changes under its name is kept', () => {
  const kept = (path: string) => isImmutable(new URL(path, 'http://one.example'))
  expect(['/pool/main/a/a_1_all.deb', '/d/by-hash/SHA256/00ff'].map(kept)).toEqual([true, true])
  expect(['/dists/bookworm/InRelease', '/Packages', '/pool/main/a/a.dsc', '/flat/a_1_all.deb'].map(kept)).toEqual([
    false,
    false,
    false,
    false,
  ])
})
