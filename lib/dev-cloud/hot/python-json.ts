import type { Json } from '../json.ts'

/** JSON that cannot be read, in the words of Python's json module. */
export class JsonTrouble extends Error {}

/** Reads JSON as Python does. Throws JsonTrouble with Python's words for what is wrong, and where. */
export function readJson(source: string): Json {
  try {
    return JSON.parse(source) as Json
  } catch {
    throw new JsonTrouble(troubleIn(source))
  }
}

const token =
  /[\s]*(?:("(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([[\]{},:]))/y

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'more' | 'end'
const expected: Record<State, string> = {
  value: 'Expecting value',
  'first item': 'Expecting value',
  'first key': 'Expecting property name enclosed in double quotes',
  key: 'Expecting property name enclosed in double quotes',
  colon: "Expecting ':' delimiter",
  more: "Expecting ',' delimiter",
  end: 'Extra data',
}

/** The first place where something else should stand (json/decoder.py, JSONDecodeError). */
function troubleIn(source: string): string {
  const open: string[] = []
  let state: State = 'value'
  let at = 0
  for (;;) {
    const start = at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0)
    token.lastIndex = at
    const [, text, plain, sign] = token.exec(source) ?? []
    const after = () => (open.length === 0 ? 'end' : 'more')
    if (text !== undefined && (state === 'first key' || state === 'key')) state = 'colon'
    else if ((text ?? plain) !== undefined && (state === 'value' || state === 'first item')) state = after()
    else if ((sign === '[' || sign === '{') && (state === 'value' || state === 'first item')) {
      open.push(sign)
      state = sign === '[' ? 'first item' : 'first key'
    } else if (sign === ']' && open.at(-1) === '[' && (state === 'first item' || state === 'more')) {
      open.pop()
      state = after()
    } else if (sign === '}' && open.at(-1) === '{' && (state === 'first key' || state === 'more')) {
      open.pop()
      state = after()
    } else if (sign === ':' && state === 'colon') state = 'value'
    else if (sign === ',' && state === 'more') state = open.at(-1) === '[' ? 'value' : 'key'
    else
      return placed(
        source[start] === '"' && state !== 'end' && text === undefined ? 'Unterminated string starting at' : expected[state],
        source,
        start,
      )
    at = token.lastIndex
  }
}

function placed(words: string, source: string, at: number): string {
  const before = source.slice(0, at)
  const line = before.split('\n').length
  return `${words}: line ${line} column ${at - before.lastIndexOf('\n')} (char ${at})`
}
