import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fail, failureCodes, failureRow, isFailure } from './errors.ts'

const sources = ['lib', 'app', 'components'].flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.startsWith('generated') && name !== 'errors.ts')
    .map((name) => readFileSync(join(room, name), 'utf8')),
)

test('a failure is known by its code, through copies of the class', () => {
  const error = fail('cloud.unavailable', { internal: 'ECONNREFUSED', cause: new Error('socket') })
  expect(isFailure(error)).toBe(true)
  expect(isFailure(error, 'cloud.unavailable')).toBe(true)
  expect(isFailure(error, 'cloud.refused')).toBe(false)
  expect(isFailure(new Error('x'))).toBe(false)
  expect(error.message).toBe('ECONNREFUSED')
})

test('every sentence says what is, in the voice of the product', () => {
  for (const code of failureCodes) expect(failureRow(code).says, code).toMatch(/^[A-Z][^!]+\.$/)
})

test('every code is thrown or answered somewhere', () => {
  expect(failureCodes.filter((code) => !sources.some((text) => text.includes(`'${code}'`)))).toEqual([])
})
