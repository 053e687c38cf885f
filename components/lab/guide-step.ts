/** A piece of a guide's step: text as it came, or a block to copy. */
export type GuideSegment =
  | { kind: 'text'; html: string }
  /** `host` is `hosts[].id` in lab.yaml; `shell` tells a command from something to read; `run`: whether a click may run it. */
  | { kind: 'block'; html: string; host: string | null; shell: boolean; run: boolean }

/** One step of a guide, ready to be shown. `titled`: its text begins with a heading of its own. `language`: BCP 47. */
export type GuideStep = { id: string; title: string; language: string; titled: boolean; segments: GuideSegment[] }

/** A guide in one language; `name` is the language's own name for itself. */
export type Guide = { language: string; name: string; steps: GuideStep[] }

const kinds = ['note', 'tip', 'important', 'warning', 'caution'] as const
export type CalloutKind = (typeof kinds)[number]

/** What a guide's text is completed with: words of the page's language, and where the lab's files are. */
export type GuideWords = {
  /** `/l/<launch>/files`, and the version that the files are of. */
  files: string
  version: string
  kinds: Record<CalloutKind, string>
  table: string
  done: string
  open: string
  linkTo: (heading: string) => string
}

const block = /<pre([^>]*)>\s*<code[^>]*>([\s\S]*?)<\/code>\s*<\/pre>/g

/**
 * A step as the page shows it.
 * @param step `html` sanitised, as lib/labs renders it: commands are `<pre data-command data-host="node1"><code>`
 */
export function guideStep(step: { id: string; title: string; language: string; html: string }, words: GuideWords): GuideStep {
  const { id, title, language, html } = step
  return { id, title, language, titled: /^\s*<h2[\s>]/.test(html), segments: guideSegments(completed(html, words)) }
}

/** Puts in what the text leaves open. Only tags can match: in words every `<` is written out as an entity. */
function completed(html: string, words: GuideWords): string {
  return html
    .replaceAll(/<img src="lab:([^"]*)"/g, (_, path: string) => `<img src="${words.files}/${path}?v=${words.version}"`)
    .replaceAll(/<p data-callout="(\w+)"><\/p>/g, (_, kind: string) => {
      const known = kinds.find((each) => each === kind) ?? 'note'
      return `<p class="callout-title"><span class="callout-sign" aria-hidden="true"></span>${attribute(words.kinds[known])}</p>`
    })
    .replaceAll('<div data-table="">', `<div class="table-box" role="group" tabindex="0" aria-label="${attribute(words.table)}">`)
    .replaceAll(/<span data-task="(done|open)"><\/span>/g, (_, state: 'done' | 'open') => {
      return `<span class="task" data-task="${state}" role="img" aria-label="${attribute(words[state])}"></span>`
    })
    .replaceAll(/<(h[2-6]) id="([^"]+)">([\s\S]*?)<\/\1>/g, (heading: string, _tag, id: string, inside: string) => {
      const label = attribute(words.linkTo(inside.replaceAll(/<[^>]*>/g, '')))
      return `<div class="heading">${heading}<a class="heading-link" href="#${id}" aria-label="${label}">#</a></div>`
    })
}

/** Sanitised text has its entities already; a quotation mark is all that an attribute needs beyond. */
const attribute = (text: string) => text.replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** Takes the code blocks out, so that each can have its Copy button. */
function guideSegments(html: string): GuideSegment[] {
  const segments: GuideSegment[] = []
  let at = 0
  for (const found of html.matchAll(block)) {
    pushText(segments, html.slice(at, found.index))
    const attributes = found[1] ?? ''
    segments.push({
      kind: 'block',
      html: (found[2] ?? '').replace(/\n$/, ''),
      host: /\bdata-host="([^"]+)"/.exec(attributes)?.[1] ?? null,
      shell: /\bdata-command\b/.test(attributes),
      run: !/\bdata-run="false"/.test(attributes),
    })
    at = found.index + found[0].length
  }
  pushText(segments, html.slice(at))
  return segments
}

function pushText(segments: GuideSegment[], html: string): void {
  if (html.trim() !== '') segments.push({ kind: 'text', html })
}

/** Which step an address names (`#step-3`, or something in one: `#guide-<step>-<heading>`), counted from 0; null where it names none. */
export function stepFromHash(hash: string, steps: readonly { id: string }[]): number | null {
  const number = Number(/^#step-(\d{1,3})$/.exec(hash)?.[1] ?? 0)
  if (number > 0) return Math.min(number, Math.max(1, steps.length)) - 1
  // The longest id first: a step "disks" is no part of a step "disks-again".
  const of = steps.filter(({ id }) => hash.startsWith(`#guide-${id}-`)).sort((one, other) => other.id.length - one.id.length)[0]
  return of ? steps.indexOf(of) : null
}
