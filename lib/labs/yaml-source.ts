import { type Document, isAlias, isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml'

/** Something to mend in a lab's folder, for its author. Line and column count from 1; both are null for a file as a whole. */
export type Problem = { file: string; line: number | null; column: number | null; message: string }

/** "two-machines/lab.yaml:3:5: message", as editors and compilers write it. */
export function problemLine({ file, line, column, message }: Problem): string {
  return line === null ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`
}

/** A path of keys and indexes into a document. */
export type YamlPath = readonly PropertyKey[]

export type YamlSource = {
  file: string
  document: Document.Parsed
  /** Plain values; null when `problems` is not empty. */
  value: unknown
  problems: Problem[]
  /** A problem at the value under this path; where there is none, at the nearest thing around it. */
  problemAt(path: YamlPath, message: string): Problem
  /** The same at the key itself. */
  problemAtKey(path: YamlPath, message: string): Problem
  problemAtNode(node: unknown, message: string): Problem
}

/** More aliases than anybody writes by hand; fewer than it takes to fill a machine's memory. */
const MOST_ALIASES = 200
/** One slip can break every line after it; nobody reads a thousand. */
const MOST_PROBLEMS = 50

/** Parses YAML 1.2 and keeps where everything stands. Anchors that multiply without measure are a problem like any other. */
export function readYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent', uniqueKeys: true })
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message }
  }
  const problems = document.errors.slice(0, MOST_PROBLEMS).map((error) => at(error.pos[0], error.message))
  let value: unknown = null
  if (problems.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: MOST_ALIASES })
    } catch {
      problems.push(at(0, 'There are too many aliases in this file.'))
    }
  }
  const problemAtNode = (node: unknown, message: string) => at(startOf(node) ?? 0, message)
  return {
    file,
    document,
    value,
    problems,
    problemAtNode,
    problemAt: (path, message) => problemAtNode(nearest(document, path).node, message),
    problemAtKey: (path, message) => problemAtNode(nearest(document, path).key, message),
  }
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined
}

/** Goes down the path as far as there is something. */
function nearest(document: Document.Parsed, path: YamlPath): { key: unknown; node: unknown } {
  let node: unknown = document.contents
  let key: unknown = node
  for (const step of path) {
    const below = child(node, step)
    if (!below) break
    key = below.key
    node = below.node ?? below.key
  }
  return { key, node }
}

function child(node: unknown, step: PropertyKey): { key: unknown; node: unknown } | null {
  if (!isCollection(node)) return null
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
    return pair ? { key: pair.key, node: pair.value } : null
  }
  const item = node.items[Number(step)]
  return item === undefined || isPair(item) ? null : { key: item as Node, node: item }
}
