/** A piece of a guide's step: text as it came, or a block to copy. */
export type GuideSegment =
  | { kind: 'text'; html: string }
  /** `host` is `hosts[].id` in lab.yaml; `shell` tells a command from something to read. */
  | { kind: 'block'; html: string; host: string | null; shell: boolean }

/** One step of a guide, ready to be shown. `titled`: its text begins with a heading of its own. */
export type GuideStep = { id: string; title: string; titled: boolean; segments: GuideSegment[] }

const block = /<pre([^>]*)>\s*<code[^>]*>([\s\S]*?)<\/code>\s*<\/pre>/g

/**
 * A step as the page shows it.
 * @param step `html` sanitised, as lib/labs renders it: commands are `<pre data-command data-host="node1"><code>`
 */
export function guideStep(step: { id: string; title: string; html: string }): GuideStep {
  return { id: step.id, title: step.title, titled: /^\s*<h2[\s>]/.test(step.html), segments: guideSegments(step.html) }
}

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
    })
    at = found.index + found[0].length
  }
  pushText(segments, html.slice(at))
  return segments
}

function pushText(segments: GuideSegment[], html: string): void {
  if (html.trim() !== '') segments.push({ kind: 'text', html })
}

/** Which step an address names (`#step-3`), counted from 0; null where it names none. */
export function stepFromHash(hash: string, count: number): number | null {
  const number = Number(/^#step-(\d{1,3})$/.exec(hash)?.[1] ?? 0)
  return number === 0 ? null : Math.min(number, Math.max(1, count)) - 1
}
