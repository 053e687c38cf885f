/**
 * What Python's `json.loads` says of a text that is no JSON (CPython 3.11, json/decoder.py and json/scanner.py), because Heat hands it
 * on word for word. Undefined for JSON.
 */
export function jsonComplaint(text: string): string | undefined {
  try {
    const scan = new Scan(text)
    const end = scan.blanks(scan.value(scan.blanks(0)))
    if (end < text.length) throw new Complaint('Extra data', end)
    return undefined
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    const before = text.slice(0, error.at)
    const line = before.split('\n').length
    const column = error.at - before.lastIndexOf('\n')
    return `${error.message}: line ${line} column ${column} (char ${error.at})`
  }
}

class Complaint extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

const words = ['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity']
/** Deeper than any template is; Python gives up at about as much. */
const mostDepth = 900

/** Each method is given where something begins, and answers where it has ended. */
class Scan {
  readonly text: string
  depth = 0

  constructor(text: string) {
    this.text = text
  }

  blanks(from: number): number {
    let at = from
    while (/[ \t\n\r]/.test(this.text[at] ?? '')) at += 1
    return at
  }

  value(from: number): number {
    const first = this.text[from] ?? ''
    if (first === '"') return this.string(from + 1)
    if (first === '{') return this.nested(() => this.map(from + 1))
    if (first === '[') return this.nested(() => this.list(from + 1))
    const word = words.find((each) => this.text.startsWith(each, from))
    if (word !== undefined) return from + word.length
    const number = /-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
    number.lastIndex = from
    const found = number.exec(this.text)
    if (!found) throw new Complaint('Expecting value', from)
    return from + found[0].length
  }

  nested(inside: () => number): number {
    this.depth += 1
    if (this.depth > mostDepth) throw new Complaint('maximum recursion depth exceeded', 0)
    const end = inside()
    this.depth -= 1
    return end
  }

  string(from: number): number {
    for (let at = from; at < this.text.length; at += 1) {
      const letter = this.text[at] ?? ''
      if (letter === '"') return at + 1
      if (letter < ' ') throw new Complaint('Invalid control character at', at)
      if (letter !== '\\') continue
      const next = this.text[at + 1]
      if (next === undefined) break
      if (next === 'u' && !/^[0-9a-fA-F]{4}$/.test(this.text.slice(at + 2, at + 6))) throw new Complaint('Invalid \\uXXXX escape', at + 2)
      if (!'"\\/bfnrtu'.includes(next)) throw new Complaint('Invalid \\escape', at)
      at += 1
    }
    throw new Complaint('Unterminated string starting at', from - 1)
  }

  map(from: number): number {
    let at = this.blanks(from)
    if (this.text[at] === '}') return at + 1
    for (;;) {
      if (this.text[at] !== '"') throw new Complaint('Expecting property name enclosed in double quotes', at)
      at = this.blanks(this.string(at + 1))
      if (this.text[at] !== ':') throw new Complaint("Expecting ':' delimiter", at)
      at = this.blanks(this.value(this.blanks(at + 1)))
      if (this.text[at] === '}') return at + 1
      if (this.text[at] !== ',') throw new Complaint("Expecting ',' delimiter", at)
      at = this.blanks(at + 1)
    }
  }

  list(from: number): number {
    let at = this.blanks(from)
    if (this.text[at] === ']') return at + 1
    for (;;) {
      at = this.blanks(this.value(at))
      if (this.text[at] === ']') return at + 1
      if (this.text[at] !== ',') throw new Complaint("Expecting ',' delimiter", at)
      at = this.blanks(at + 1)
    }
  }
}
