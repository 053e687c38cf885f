import { YAMLParseError } from 'yaml'

/**
 * What PyYAML says of a text that is not YAML, for the mistakes that people make most: Heat passes its words on (recording
 * heat-validate-bad-yaml-400). For others the words of our own parser.
 */
export function yamlComplaint(source: string, error: unknown): string {
  if (!(error instanceof YAMLParseError)) return error instanceof Error ? error.message : ''
  const at = error.pos[0]
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') {
    const colon = source.slice(at).search(/:(\s|$)/)
    return `mapping values are not allowed here\n${mark(source, at + Math.max(colon, 0))}`
  }
  if (error.code === 'TAB_AS_INDENT') return strange(source, at, '\\t')
  if (error.code === 'BAD_SCALAR_START') return strange(source, at, source[at] ?? '')
  if (error.code === 'MISSING_CHAR' && error.message.includes('closing')) {
    const quote = error.message.includes("'quote") ? "'" : '"'
    const start = source.lastIndexOf(quote, at - 1)
    return `while scanning a quoted scalar\n${mark(source, start)}\nfound unexpected end of stream\n${mark(source, source.length)}`
  }
  return error.code === 'BAD_INDENT' ? flow(source, at) : error.message
}

function strange(source: string, at: number, letter: string): string {
  return `while scanning for the next token\nfound character '${letter}' that cannot start any token\n${mark(source, at)}`
}

/** A list or a map in brackets that is not ended as it should be. */
function flow(source: string, at: number): string {
  const found = source.slice(at).trim() === '' ? '<stream end>' : (source[at] ?? '')
  const before = source.slice(0, at).trimEnd()
  if (/[[,]$/.test(before)) return `while parsing a flow node\nexpected the node content, but found '${found}'\n${mark(source, at)}`
  const start = lastOpen(before)
  const [what, end] = source[start] === '{' ? ['mapping', '}'] : ['sequence', ']']
  return `while parsing a flow ${what}\n${mark(source, start)}\nexpected ',' or '${end}', but got '${found}'\n${mark(source, at)}`
}

/** Where the last bracket was opened that is still open. */
function lastOpen(text: string): number {
  const open: number[] = []
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    if (bracket === '[' || bracket === '{') open.push(index)
    else open.pop()
  }
  return open.at(-1) ?? 0
}

/** PyYAML's Mark (error.py): the place, and the line around it with a pointer; long lines are cut to about 75 letters. */
function mark(source: string, at: number): string {
  const before = source.slice(0, at)
  const column = at - before.lastIndexOf('\n') - 1
  let start = at
  let head = ''
  while (start > 0 && source[start - 1] !== '\n') {
    start -= 1
    if (at - start > 36.5) {
      head = ' ... '
      start += 5
      break
    }
  }
  let end = at
  let tail = ''
  while (end < source.length && source[end] !== '\n') {
    end += 1
    if (end - at > 36.5) {
      tail = ' ... '
      end -= 5
      break
    }
  }
  const place = `  in "<unicode string>", line ${before.split('\n').length}, column ${column + 1}:`
  return `${place}\n    ${head}${source.slice(start, end)}${tail}\n${' '.repeat(4 + at - start + head.length)}^`
}
