import type { ElementContent } from 'hast'

/*
 * Colours for what guides show: commands and the few kinds of files that labs are made of. It reads words, not grammar: where it is wrong,
 * a colour is wrong and no letter.
 */

/** What a piece of code is. Each is a class `code-…` of the page's style sheet. */
export const codeKinds = ['comment', 'string', 'variable', 'keyword', 'number', 'option', 'name'] as const
export type CodeKind = (typeof codeKinds)[number]

type Rule = [kind: CodeKind, pattern: RegExp]

const quoted = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`
const number: Rule = ['number', /(?<![\w.-])-?\d+(?:\.\d+)?\b(?![\w.])/]

const shell: Rule[] = [
  ['comment', /(?<![^\s;(])#.*/],
  ['string', /"(?:[^"\\]|\\[\s\S])*"|'[^']*'/],
  ['variable', /\$(?:\{[^}\n]*\}|[A-Za-z_]\w*|[0-9?!#@*$-])|(?<![^\s;(])[A-Za-z_]\w*(?==)/],
  ['keyword', /(?<![\w./-])(?:if|then|elif|else|fi|for|in|while|until|do|done|case|esac|function|sudo|export|local|return)(?![\w./=-])/],
  ['option', /(?<=\s)--?[A-Za-z][\w-]*/],
  number,
]
const yaml: Rule[] = [
  ['comment', /(?<![^\s])#.*/],
  ['name', /(?<=^[ \t]*(?:- )?)[\w./"'-]+(?=:(?:\s|$))/m],
  ['string', new RegExp(quoted)],
  ['keyword', /(?<=[\s[,])(?:true|false|null|yes|no)(?=\s|[,\]]|$)/],
  ['variable', /[&*][A-Za-z]\w*|\{\{[^}\n]*\}\}/],
  number,
]
const json: Rule[] = [
  ['name', /"(?:[^"\\]|\\.)*"(?=\s*:)/],
  ['string', /"(?:[^"\\]|\\.)*"/],
  ['keyword', /\b(?:true|false|null)\b/],
  number,
]
const python: Rule[] = [
  ['comment', /#.*/],
  ['string', new RegExp(String.raw`"""[\s\S]*?"""|'''[\s\S]*?'''|${quoted}`)],
  [
    'keyword',
    /\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|if|import|in|is|lambda|not|or|pass|raise|return|try|while|with|yield)\b/,
  ],
  ['name', /\b[A-Za-z_]\w*(?=\()/],
  number,
]
const settings: Rule[] = [
  ['comment', /^\s*[#;].*/m],
  ['keyword', /^\[[^\]\n]+\]/m],
  ['name', /^[ \t]*[\w.-]+(?=\s*=)/m],
  ['string', new RegExp(quoted)],
  number,
]

const languages: Record<string, Rule[]> = {
  sh: shell,
  bash: shell,
  shell,
  console: shell,
  yaml,
  yml: yaml,
  json,
  python,
  py: python,
  ini: settings,
  conf: settings,
  toml: settings,
  systemd: settings,
}

/**
 * A text in pieces: those that have a colour are `<span class="code-…">`. Together they are the text, letter by letter. Pure.
 * @param language of the fence; one that is not known leaves the text as it is
 */
export function highlight(text: string, language: string): ElementContent[] {
  const rules = Object.hasOwn(languages, language) ? languages[language] : undefined
  if (!rules) return [{ type: 'text', value: text }]
  const any = new RegExp(rules.map(([, { source }]) => `(${source})`).join('|'), 'gm')
  const pieces: ElementContent[] = []
  let at = 0
  for (const found of text.matchAll(any)) {
    const kind = rules[found.slice(1).findIndex((group) => group !== undefined)]?.[0]
    if (found[0] === '' || !kind) continue
    if (found.index > at) pieces.push({ type: 'text', value: text.slice(at, found.index) })
    const value: ElementContent = { type: 'text', value: found[0] }
    pieces.push({ type: 'element', tagName: 'span', properties: { className: [`code-${kind}`] }, children: [value] })
    at = found.index + found[0].length
  }
  if (at < text.length) pieces.push({ type: 'text', value: text.slice(at) })
  return pieces
}
