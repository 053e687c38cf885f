import type { ElementContent } from 'hast'
import bash from 'highlight.js/lib/languages/bash'
import ini from 'highlight.js/lib/languages/ini'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import yaml from 'highlight.js/lib/languages/yaml'
import { createLowlight } from 'lowlight'

/*
 * Colours for what guides show: commands and the few kinds of files that labs are made of, when a lab is read and never in a browser.
 */

const lowlight = createLowlight({ bash, ini, json, python, yaml })
lowlight.registerAlias({ bash: ['shell', 'console'], ini: ['conf', 'systemd'] })

/** What a piece of code is. Each is a class `code-…` of the page's style sheet. */
export const codeKinds = ['comment', 'string', 'variable', 'keyword', 'number', 'name'] as const
type CodeKind = (typeof codeKinds)[number]

/** highlight.js's names of scopes that have a colour here; whatever has none keeps that of the text around it. */
const kinds: Record<string, CodeKind> = {
  comment: 'comment',
  meta: 'comment',
  string: 'string',
  regexp: 'string',
  variable: 'variable',
  subst: 'variable',
  'template-variable': 'variable',
  keyword: 'keyword',
  literal: 'keyword',
  section: 'keyword',
  number: 'number',
  attr: 'name',
  title: 'name',
}

/**
 * A text in pieces: those that have a colour are `<span class="code-…">`, one in another where it is so. Together they are the text,
 * letter by letter. Pure.
 * @param language of the fence; one that is not known leaves the text as it is
 */
export function highlight(text: string, language: string): ElementContent[] {
  if (!lowlight.registered(language)) return [{ type: 'text', value: text }]
  return coloured(lowlight.highlight(language, text).children as ElementContent[])
}

function coloured(pieces: ElementContent[]): ElementContent[] {
  return pieces.flatMap((piece) => {
    if (piece.type !== 'element') return [piece]
    const children = coloured(piece.children)
    const classes = Array.isArray(piece.properties.className) ? piece.properties.className : []
    const kind = classes.map((name) => kinds[String(name).replace(/^hljs-/, '')]).find((found) => found !== undefined)
    return kind ? [{ type: 'element', tagName: 'span', properties: { className: [`code-${kind}`] }, children }] : children
  })
}
