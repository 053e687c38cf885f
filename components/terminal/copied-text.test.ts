import { expect, test } from 'vitest'
import { copiedText } from './copied-text.ts'

test('no line that is copied ends with blanks; those before words stay', () => {
  expect(copiedText('  a b   \nc\t \n\n  d')).toBe('  a b\nc\n\n  d')
})
