import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newSecretKey, readConfig } from './config.ts'

const least = { DATABASE_URL: 'postgresql://127.0.0.1/astrolabe' }

test('without a public address, on loopback, it is the demo', () => {
  expect(readConfig(least)).toMatchObject({ demo: true, origin: 'http://127.0.0.1:3000', roles: ['web', 'worker', 'gateway', 'course'] })
})

test('a public address, or an address others can reach, ends the demo', () => {
  expect(readConfig({ ...least, ASTROLABE_PUBLIC_URL: 'https://labs.example.org/' })).toMatchObject({
    demo: false,
    origin: 'https://labs.example.org',
  })
  expect(readConfig({ ...least, HOST: '0.0.0.0' }).demo).toBe(false)
})

test('every mistake is told at once', () => {
  const wrong = { DATABASE_URL: 'mysql://x', ASTROLABE_PUBLIC_URL: 'http://insecure.example', PORT: 'many' }
  expect(() => readConfig(wrong)).toThrow(/DATABASE_URL[\s\S]*ASTROLABE_PUBLIC_URL[\s\S]*PORT/)
  expect(() => readConfig({})).toThrow(/DATABASE_URL/)
  expect(() => readConfig({ ...least, ROLES: 'web,king' })).toThrow(/ROLES/)
  expect(() => readConfig({ ...least, ASTROLABE_SECRET_KEY: 'short' })).toThrow(/32 bytes/)
})

test('the embedded cloud alone needs no database', () => {
  expect(readConfig({ ROLES: 'dev-cloud' }).roles).toEqual(['dev-cloud'])
})

test('a printed configuration shows no secret', () => {
  const key = newSecretKey()
  const text = JSON.stringify(readConfig({ ...least, DATABASE_URL: 'postgresql://me:hidden@127.0.0.1/x', ASTROLABE_SECRET_KEY: key }))
  expect(text).not.toContain('hidden')
  expect(text).not.toContain(key)
  expect(String(readConfig(least).databaseUrl)).toBe('***')
})

test('played machines take the times that are given, and short ones else', () => {
  const times = (text: string) => readConfig({ ...least, ASTROLABE_NULL_TIMES: text }).nullTimes
  expect(times('start=20ms,suspend=3s,stop=1m')).toEqual({ start: 20, suspend: 3000, resume: 100, stop: 60_000, delete: 50 })
  expect(() => times('start=3')).toThrow(/ASTROLABE_NULL_TIMES: must be like/)
  expect(() => times('nap=3s')).toThrow(/ASTROLABE_NULL_TIMES/)
})

test('.env.example names what the configuration reads, and nothing else', () => {
  const documented = [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z_]+)=/gm)]
    .map(([, name = '']) => name)
    .toSorted((one, other) => one.localeCompare(other))
  const source = readFileSync('lib/config.ts', 'utf8')
  const schema = source.slice(source.indexOf('z.object({'), source.indexOf('/** Everything that is set'))
  const read = [...schema.matchAll(/^ {2}([A-Z_]+):/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'HOME' && name !== 'XDG_CACHE_HOME')
    .toSorted((one, other) => one.localeCompare(other))
  expect(documented).toEqual(read)
})
