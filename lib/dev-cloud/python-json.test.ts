import { expect, test } from 'vitest'
import { jsonComplaint } from './python-json.ts'

// Each as Python 3.11 says it.
test.each([
  ['{not json', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
  ['{"a": 1,}', 'Expecting property name enclosed in double quotes: line 1 column 9 (char 8)'],
  ['{"a": x}', 'Expecting value: line 1 column 7 (char 6)'],
  ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
  ['{"a": 1', "Expecting ',' delimiter: line 1 column 8 (char 7)"],
  ['{"a": [1, ]}', 'Expecting value: line 1 column 11 (char 10)'],
  ['{"a": "b', 'Unterminated string starting at: line 1 column 7 (char 6)'],
  ['{"a": "\\x"}', 'Invalid \\escape: line 1 column 8 (char 7)'],
  ['{"a":\n  "b\n"}', 'Invalid control character at: line 2 column 5 (char 10)'],
  ['{} x', 'Extra data: line 1 column 4 (char 3)'],
])('what is wrong with %s is said as Python says it', (text, complaint) => {
  expect(jsonComplaint(text)).toBe(complaint)
})

test('nothing is said of JSON', () => {
  for (const text of ['{}', ' {"a": [1, -2.5e3, true, null, "\\u00e9\\n"], "b": {"c": []}} ', '[]'])
    expect(jsonComplaint(text)).toBeUndefined()
})
