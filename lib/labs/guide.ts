import type { Element, ElementContent, Root } from 'hast'
import type { Root as Markdown, PhrasingContent } from 'mdast'
import rehypeSanitize, { defaultSchema, type Options } from 'rehype-sanitize'
import rehypeSlug from 'rehype-slug'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { readFence } from './fence.ts'
import { codeKinds, highlight } from './highlight.ts'
import { type Picture, pictureOf } from './picture.ts'

/** Fences in these languages are commands to copy; everything else is something to read. */
const SHELLS = new Set(['sh', 'bash', 'shell'])
export const INLINE_PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)$/
export const LINK = /^(?:https?:|mailto:)/i
/** As GitHub's Markdown has them: the first line of a quotation. */
const CALLOUT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/

/** The picture of the lab's folder that an address means; null: there is none. */
export type FindPicture = (address: string) => (Picture & { path: string }) | null

// The default schema is GitHub's. Ids are not prefixed here: the only ones that can come through are ours (see `render`).
const schema: Options = {
  ...defaultSchema,
  clobber: [],
  attributes: {
    ...defaultSchema.attributes,
    a: [...(defaultSchema.attributes?.a ?? []), ['target', '_blank'], ['rel', 'noopener', 'noreferrer']],
    pre: ['dataCommand', ['dataHost', /^[a-z][a-z0-9-]*$/], ['dataRun', 'false']],
    span: [['className', ...codeKinds.map((kind) => `code-${kind}`)], 'dataTask'],
    div: ['dataCallout', 'dataTable'],
    p: ['dataCallout'],
    img: ['src', 'alt', 'width', 'height', 'title'],
  },
  protocols: { href: ['http', 'https', 'mailto'], src: ['data', 'lab'] },
}

/**
 * A step of a guide as HTML that may be put into a page as it is: Markdown with GitHub's extensions, raw HTML dropped but for `<kbd>`,
 * cleaned last of all. Headings move down by one, since the page's first is the lab's title.
 * A fence "sh {host=node1}" becomes `<pre data-command data-host="node1"><code>`, a picture of the folder `<img src="lab:its/path">`.
 * What has words of the page's own language is left open, with `data-callout`, `data-table`, `data-task` (components/lab/guide-step.ts).
 *
 * @param stepId makes the ids of headings and footnotes unique in a page that shows several steps
 */
export function renderGuide(markdown: string, stepId: string, picture: FindPicture = () => null): string {
  const prefix = `guide-${stepId}-`
  const processor = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(() => (tree: Markdown) => keepKeys(tree))
    .use(remarkRehype, { clobberPrefix: prefix })
    .use(() => (tree: Root) => dress(tree, { prefix, picture }))
    .use(rehypeSlug, { prefix })
    .use(rehypeSanitize, schema)
    .use(rehypeStringify)
  return String(processor.processSync(markdown))
}

type Dress = { prefix: string; picture: FindPicture }

/** `<kbd>Ctrl</kbd>` is the one piece of HTML that Markdown has no sign for. */
function keepKeys(node: { children?: unknown[] }): void {
  const children = (node.children ?? []) as (PhrasingContent & { children?: unknown[] })[]
  for (const child of children) keepKeys(child)
  for (let at = children.length - 1; at >= 0; at--) {
    const opening = children[at]
    if (opening?.type !== 'html' || opening.value.toLowerCase() !== '<kbd>') continue
    const end = children.findIndex((each, index) => index > at && each.type === 'html' && each.value.toLowerCase() === '</kbd>')
    if (end < 0) continue
    const inside = children.slice(at + 1, end) as PhrasingContent[]
    children.splice(at, end - at + 1, { type: 'emphasis', data: { hName: 'kbd' }, children: inside })
  }
}

function dress(node: Root | Element, how: Dress): void {
  node.children = node.children.flatMap((child): ElementContent[] => {
    if (child.type === 'doctype') return []
    if (child.type !== 'element') return [child]
    dress(child, how)
    return dressed(child, how)
  })
}

function dressed(element: Element, { prefix, picture }: Dress): ElementContent[] {
  if (/^h[1-5]$/.test(element.tagName)) element.tagName = `h${Number(element.tagName[1]) + 1}`
  if (element.properties.id === 'footnote-label') element.properties.id = `${prefix}footnote-label`
  switch (element.tagName) {
    case 'pre':
      dressCode(element)
      return [element]
    case 'img':
      return dressedPicture(element, picture)
    case 'a':
      return dressedLink(element, prefix)
    case 'table':
      return [{ type: 'element', tagName: 'div', properties: { dataTable: '' }, children: [element] }]
    case 'input':
      return [{ type: 'element', tagName: 'span', properties: { dataTask: element.properties.checked ? 'done' : 'open' }, children: [] }]
    case 'blockquote':
      return [dressedQuotation(element)]
    default:
      return [element]
  }
}

function dressCode(pre: Element): void {
  const [code] = pre.children
  if (code?.type !== 'element' || code.tagName !== 'code') return
  const classes = Array.isArray(code.properties.className) ? code.properties.className : []
  const language = classes.map((name) => String(name).replace(/^language-/, ''))[0] ?? ''
  const [text] = code.children
  if (text?.type === 'text') code.children = highlight(text.value, language)
  if (!SHELLS.has(language)) return
  const fence = readFence(code.data && 'meta' in code.data ? String(code.data.meta) : '')
  const host = fence?.host ?? null
  pre.properties = { dataCommand: '', ...(host === null ? {} : { dataHost: host }), ...(fence?.run === false ? { dataRun: 'false' } : {}) }
}

/** One in the text itself stays, one of the folder gets its size, so that nothing shifts when it comes; any other is only its words. */
function dressedPicture(image: Element, picture: FindPicture): ElementContent[] {
  const source = String(image.properties.src ?? '')
  const inline = INLINE_PICTURE.exec(source)?.[1]
  const alt = String(image.properties.alt ?? '')
  const own = inline === undefined ? picture(source) : null
  if (!own && inline === undefined) return asText(alt)
  const found = own ?? pictureOf(Buffer.from(inline ?? '', 'base64'))
  const src = own ? `lab:${own.path}` : source
  const { title } = image.properties
  image.properties = { src, alt, ...(found ? { width: found.width, height: found.height } : {}), ...(title ? { title } : {}) }
  return [image]
}

/** A quotation that begins with `[!NOTE]` or its like is a call-out, with a place for its word. */
function dressedQuotation(quotation: Element): Element {
  const first = quotation.children.find((child) => child.type === 'element')
  const [text] = first?.children ?? []
  const found = first?.tagName === 'p' && text?.type === 'text' ? CALLOUT.exec(text.value) : null
  if (!first || text?.type !== 'text' || !found) return quotation
  const kind = String(found[1]).toLowerCase()
  text.value = text.value.slice(found[0].length)
  if (text.value === '' && first.children[1]?.type === 'element' && first.children[1].tagName === 'br') first.children.splice(0, 2)
  const rest = quotation.children.filter(
    (child) => child !== first || first.children.some((each) => each.type !== 'text' || each.value !== ''),
  )
  const title: Element = { type: 'element', tagName: 'p', properties: { dataCallout: kind }, children: [] }
  return { type: 'element', tagName: 'div', properties: { dataCallout: kind }, children: [title, ...rest] }
}

/** Links leave for a tab of their own; those within the step stay; those to files are only their words, since no files are served. */
function dressedLink(link: Element, prefix: string): ElementContent[] {
  const href = String(link.properties.href ?? '')
  const described = link.properties.ariaDescribedBy
  if (Array.isArray(described)) link.properties.ariaDescribedBy = described.map((id) => prefix + id)
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
