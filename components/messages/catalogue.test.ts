import { expect, test } from 'vitest'
import { language } from './catalogue.ts'

test('a language we do not have, or none, or nonsense is English', () => {
  for (const wanted of ['de-AT', 'en-GB', null, undefined, '', 'constructor', '__proto__']) expect(language(wanted).locale).toBe('en')
})
