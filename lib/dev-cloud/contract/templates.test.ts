import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Partner, partners } from './partner.fixture.ts'
import { templateCases } from './template.cases.ts'
import type { Verdict } from './template-case.ts'
import { verdictOf } from './verdict.fixture.ts'

/*
 * What a real Heat said of each template, once, is what every cloud says of it: the embedded one always, and a real one where
 * OS_CLIENT_CONFIG_FILE and OS_CLOUD name it.
 */
const verdicts = JSON.parse(readFileSync(new URL('verdicts.json', import.meta.url), 'utf8')) as Record<string, Verdict>

test('every template has its verdict, and every verdict its template', () => {
  const names = templateCases.map(({ name }) => name)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  expect(Object.keys(verdicts).sort()).toEqual(names.sort())
})

describe.each(partners)('%s', (_name, open) => {
  let partner: Partner
  beforeAll(async () => {
    partner = await open()
  })
  afterAll(() => partner.close(), 180_000)

  for (const one of templateCases) {
    test.concurrent(one.name, async ({ expect, skip }) => {
      skip(partner.kind === 'embedded' && one.withoutVolumes === true, 'it is true of a cloud without volumes')
      expect(await verdictOf(partner, one)).toEqual(verdicts[one.name])
    }, 150_000)
  }
})
