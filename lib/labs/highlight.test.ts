import type { ElementContent } from 'hast'
import { expect, test } from 'vitest'
import { highlight } from './highlight.ts'

const letters = (pieces: readonly ElementContent[]): string =>
  pieces.map((piece) => (piece.type === 'element' ? letters(piece.children) : piece.type === 'text' ? piece.value : '')).join('')
const kindOf = (pieces: readonly ElementContent[], word: string): unknown =>
  pieces.flatMap((piece) => (piece.type === 'element' && letters([piece]) === word ? [piece.properties.className] : []))[0]

const shown = {
  bash: '# look\nfor host in "$@"; do ssh $host true; done\n',
  yaml: 'name: two # machines\nready: true\ncount: 3\n',
  json: '{"name": "two", "count": 3, "ready": null}\n',
  python: 'def hello(name):\n    return f"hi {name}"  # politely\n',
  systemd: '; a comment\n[Service]\nExecStart=/bin/true\n',
}

test.each(Object.entries(shown))('what is shown of %s is what was written, letter by letter', (language, text) => {
  const pieces = highlight(text, language)
  expect(letters(pieces)).toBe(text)
  expect(pieces.length).toBeGreaterThan(1)
})

test('comments, words of the language and values have colours of their own', () => {
  expect(kindOf(highlight(shown.bash, 'sh'), '# look')).toEqual(['code-comment'])
  expect(kindOf(highlight(shown.bash, 'sh'), 'for')).toEqual(['code-keyword'])
  expect(kindOf(highlight(shown.yaml, 'yml'), 'name:')).toEqual(['code-name'])
  expect(kindOf(highlight(shown.json, 'json'), '3')).toEqual(['code-number'])
})

test('a language that is not known is left as it is', () => {
  expect(highlight('<b>', 'brainfog')).toEqual([{ type: 'text', value: '<b>' }])
})
