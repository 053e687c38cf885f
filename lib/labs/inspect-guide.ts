import type { Nodes } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { readFence } from './fence.ts'
import { type FindPicture, INLINE_PICTURE, LINK } from './guide.ts'

/** A place in a guide that would not come out as its author means. */
export type GuideProblem = { line: number; column: number; message: string }

/** The first heading, and what is wrong: fences for hosts that do not exist, pictures and links to files. */
export function inspectGuide(
  markdown: string,
  hosts: readonly string[],
  picture: FindPicture = () => null,
): { heading: string | null; problems: GuideProblem[] } {
  const tree = unified().use(remarkParse).use(remarkGfm).parse(markdown)
  const problems: GuideProblem[] = []
  let heading: string | null = null
  const walk = (node: MarkdownNode): void => {
    const message = guideProblem(node, hosts, picture)
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

function guideProblem(node: MarkdownNode, hosts: readonly string[], picture: FindPicture): string | null {
  if (node.type === 'code' && node.meta) {
    const fence = readFence(node.meta)
    if (fence === null) return `"${node.meta}" is not understood; write {host=${hosts[0] ?? 'name'}}.`
    if (fence.host !== null && !hosts.includes(fence.host)) return `There is no host "${fence.host}".`
  }
  if (node.type === 'image' && !INLINE_PICTURE.test(node.url ?? '') && !picture(node.url ?? ''))
    return `"${shortened(node.url)}" is no picture in the lab’s folder (png, jpeg, gif, webp, or an svg that only draws).`
  if (node.type === 'link' && !LINK.test(node.url ?? '') && !node.url?.startsWith('#')) return `"${node.url}" is no http(s) address.`
  return null
}

function wordsOf(node: MarkdownNode): string {
  return node.value ?? (node.children ?? []).map(wordsOf).join('')
}

const shortened = (address = '') => (address.length > 80 ? `${address.slice(0, 80)}…` : address)
