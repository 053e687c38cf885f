import type { Element, ElementContent, Nodes, Root } from 'hast'
import rehypeSanitize, { defaultSchema, type Options } from 'rehype-sanitize'
import rehypeSlug from 'rehype-slug'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'

/** What follows the language of a code fence: ```sh {host=node1} */
const HOST = /^\{\s*host\s*=\s*"?([a-z][a-z0-9-]*)"?\s*\}$/
/** Fences in these languages are commands to copy; everything else is something to read. */
const SHELLS = new Set(['sh', 'bash', 'shell'])
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/
const LINK = /^(?:https?:|mailto:)/i

/** Which host a code fence is meant for, if it says so. */
export function hostOfFence(meta: string | null | undefined): string | null {
  return HOST.exec(meta?.trim() ?? '')?.[1] ?? null
}

// The default schema is GitHub's. Ids are not prefixed here: the only ones that can come through are ours (see `render`).
const schema: Options = {
  ...defaultSchema,
  clobber: [],
  attributes: {
    ...defaultSchema.attributes,
    a: [...(defaultSchema.attributes?.a ?? []), ['target', '_blank'], ['rel', 'noopener', 'noreferrer']],
    pre: ['dataCommand', ['dataHost', /^[a-z][a-z0-9-]*$/]],
  },
  protocols: { href: ['http', 'https', 'mailto'], src: ['data'] },
}

/**
 * A step of a guide as HTML that may be put into a page as it is: Markdown with GitHub's extensions, raw HTML dropped, cleaned
 * last of all. Headings move down by one, since the page's first is the lab's title.
 * A fence "sh {host=node1}" becomes `<pre data-command data-host="node1"><code>`.
 *
 * @param stepId makes the ids of headings and footnotes unique in a page that shows several steps
 */
export function renderGuide(markdown: string, stepId: string): string {
  const prefix = `guide-${stepId}-`
  const processor = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { clobberPrefix: prefix })
    .use(() => (tree: Root) => dress(tree, prefix))
    .use(rehypeSlug, { prefix })
    .use(rehypeSanitize, schema)
    .use(rehypeStringify)
  return String(processor.processSync(markdown))
}

function dress(node: Root | Element, prefix: string): void {
  node.children = node.children.flatMap((child): ElementContent[] => {
    if (child.type === 'doctype') return []
    if (child.type !== 'element') return [child]
    dress(child, prefix)
    return dressed(child, prefix)
  })
}

function dressed(element: Element, prefix: string): ElementContent[] {
  if (/^h[1-5]$/.test(element.tagName)) element.tagName = `h${Number(element.tagName[1]) + 1}`
  if (element.tagName === 'pre') markCommand(element)
  if (element.tagName === 'img')
    return PICTURE.test(String(element.properties.src)) ? [element] : asText(String(element.properties.alt ?? ''))
  if (element.tagName === 'a') return dressedLink(element, prefix)
  return [element]
}

function markCommand(pre: Element): void {
  const [code] = pre.children
  if (code?.type !== 'element' || code.tagName !== 'code') return
  const classes = Array.isArray(code.properties.className) ? code.properties.className : []
  const shell = classes.some((name) => SHELLS.has(String(name).replace(/^language-/, '')))
  if (!shell) return
  const host = hostOfFence(code.data && 'meta' in code.data ? String(code.data.meta) : null)
  pre.properties = { dataCommand: '', ...(host === null ? {} : { dataHost: host }) }
}

/** Links leave for a tab of their own; those within the step stay; those to files are only their words, since no files are served. */
function dressedLink(link: Element, prefix: string): ElementContent[] {
  const href = String(link.properties.href ?? '')
  if (href.startsWith('#')) {
    const target = href.slice(1)
    link.properties.href = `#${target.startsWith(prefix) ? target : prefix + target}`
    return [link]
  }
  if (!LINK.test(href)) return link.children
  link.properties.target = '_blank'
  link.properties.rel = ['noopener', 'noreferrer']
  return [link]
}

const asText = (value: string): ElementContent[] => (value === '' ? [] : [{ type: 'text', value }])

/** A place in a guide that would not come out as its author means. */
export type GuideProblem = { line: number; column: number; message: string }

/** The first heading, and what is wrong: fences for hosts that do not exist, pictures and links to files. */
export function inspectGuide(markdown: string, hosts: readonly string[]): { heading: string | null; problems: GuideProblem[] } {
  const tree = unified().use(remarkParse).use(remarkGfm).parse(markdown)
  const problems: GuideProblem[] = []
  let heading: string | null = null
  const walk = (node: MarkdownNode): void => {
    const message = guideProblem(node, hosts)
    if (message !== null) problems.push({ line: node.position?.start.line ?? 1, column: node.position?.start.column ?? 1, message })
    if (node.type === 'heading') heading ??= wordsOf(node)
    for (const child of node.children ?? []) walk(child)
  }
  walk(tree)
  return { heading, problems }
}

/** As much of a Markdown node as is read here. */
type MarkdownNode = {
  type: string
  position?: Nodes['position']
  children?: MarkdownNode[]
  value?: string
  url?: string
  meta?: string | null
}

function guideProblem(node: MarkdownNode, hosts: readonly string[]): string | null {
  if (node.type === 'code' && node.meta) {
    const host = hostOfFence(node.meta)
    if (host === null) return `"${node.meta}" is not understood; write {host=${hosts[0] ?? 'name'}}.`
    if (!hosts.includes(host)) return `There is no host "${host}".`
  }
  if (node.type === 'image' && !PICTURE.test(node.url ?? '')) return 'Pictures must be data: URLs (png, jpeg, gif or webp).'
  if (node.type === 'link' && !LINK.test(node.url ?? '') && !node.url?.startsWith('#')) return `"${node.url}" is no http(s) address.`
  return null
}

function wordsOf(node: MarkdownNode): string {
  return node.value ?? (node.children ?? []).map(wordsOf).join('')
}
