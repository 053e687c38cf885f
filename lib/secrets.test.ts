import { beforeEach, expect, test } from 'vitest'
import { newSecretKey, readConfig, setConfig } from './config.ts'
import { hashToken, isOutdated, open, randomToken, sameBytes, seal } from './secrets.ts'

const useKeys = (newest: string, ...older: string[]) =>
  setConfig(
    readConfig({
      DATABASE_URL: 'postgresql://127.0.0.1/x',
      ASTROLABE_SECRET_KEY: newest,
      ASTROLABE_PREVIOUS_SECRET_KEYS: older.join(',') || undefined,
    }),
  )

let key = ''
beforeEach(() => {
  key = newSecretKey()
  useKeys(key)
})

test('what was sealed opens, and two seals of one text differ', () => {
  const one = seal('clouds are private', 'cloud.auth')
  expect(open(one, 'cloud.auth')).toBe('clouds are private')
  expect(Buffer.from(one).equals(Buffer.from(seal('clouds are private', 'cloud.auth')))).toBe(false)
  expect(Buffer.from(one).includes('private')).toBe(false)
})

test('a value sealed for one purpose does not open for another', () => {
  expect(() => open(seal('x', 'cloud.auth'), 'key_pair.private')).toThrow()
})

test('a changed bit is noticed, wherever it is', () => {
  const sealed = seal('x', 'p')
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = new Uint8Array(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => open(changed, 'p')).toThrow()
  }
})

test('after a rotation old values open with the previous key and are known to be outdated', () => {
  const old = seal('kept', 'p')
  const next = newSecretKey()
  useKeys(next, key)
  expect(open(old, 'p')).toBe('kept')
  expect(isOutdated(old)).toBe(true)
  expect(isOutdated(seal('kept', 'p'))).toBe(false)
  useKeys(next)
  expect(() => open(old, 'p')).toThrow(/PREVIOUS_SECRET_KEYS/)
})

test('tokens are long, different, and kept only as hashes of one length', () => {
  const tokens = new Set(Array.from({ length: 100 }, randomToken))
  expect(tokens.size).toBe(100)
  for (const token of tokens) {
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(hashToken(token)).toHaveLength(32)
  }
  expect(sameBytes(hashToken('a'), hashToken('a'))).toBe(true)
  expect(sameBytes(hashToken('a'), hashToken('b'))).toBe(false)
})
