import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/*
 * Every way into the product, read from its code: the HTTP methods that a route exports, the pages, and what a Socket.IO namespace
 * listens to. Nothing here is a list to be kept up by hand.
 */

const root = resolve(import.meta.dirname, '..')
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
/** What Socket.IO itself says to a handler; nobody can send these. */
const reserved = new Set(['disconnect', 'disconnecting', 'error', 'connection'])

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'generated' || entry.name === 'node_modules' ? [] : filesUnder(path)
    return /\.[jt]sx?$/.test(entry.name) && !/\.(test|fixture|d)\.[jt]sx?$/.test(entry.name) ? [path] : []
  })
}

function parsed(file: string) {
  const text = readFileSync(join(root, file), 'utf8')
  const result = parseSync(file, text)
  if (result.errors[0]) throw new Error(`${file}: ${result.errors[0].message}`)
  return { module: result.module, program: result.program, text }
}

/** `app/l/[launch]/page.tsx` answers `/l/[launch]`; a folder in brackets is no part of the address. */
function addressOf(file: string): string {
  const folder = relative('app', dirname(file))
  const parts = folder.split('/').filter((part) => part !== '' && !/^\(.*\)$/.test(part))
  return `/${parts.join('/')}`
}

/** `GET /l/[launch]`, one for every method and address that is answered. */
export function httpDoors(): string[] {
  return filesUnder('app')
    .flatMap((file) => {
      if (/(^|\/)page\.[jt]sx?$/.test(file)) return [`GET ${addressOf(file)}`]
      if (!/(^|\/)route\.[jt]sx?$/.test(file)) return []
      const { module } = parsed(file)
      const exported = module.staticExports.flatMap(({ entries }) => entries.map(({ exportName }) => exportName.name ?? ''))
      return exported.filter((name) => methods.has(name)).map((name) => `${name} ${addressOf(file)}`)
    })
    .sort()
}

/**
 * Ways in that this house does not use, and that would need rows of their own: server actions, a proxy in front of the pages.
 */
export function unexpectedDoors(): string[] {
  const actions = ['app', 'components'].flatMap(filesUnder).filter((file) => /^\s*['"]use server['"]/m.test(parsed(file).text))
  const proxies = readdirSync(root).filter((name) => /^(proxy|middleware)\.[jt]s$/.test(name))
  const handlers = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name === 'pages')
  return [...actions, ...proxies, ...handlers.map(({ name }) => name)]
}

/** `/terminal` and `/terminal input`: each namespace, and each message that one of its files listens to. */
export function socketDoors(): string[] {
  const doors = filesUnder('lib').flatMap((file) => {
    const { program, text } = parsed(file)
    if (!text.includes('socket.io')) return []
    const namespaces: string[] = []
    const messages: string[] = []
    new Visitor({
      CallExpression({ callee, arguments: [first] }) {
        if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
        const word = first?.type === 'Literal' && typeof first.value === 'string' ? first.value : null
        if (callee.property.name === 'of' && nameOf(callee.object) === 'io')
          namespaces.push(word ?? `a namespace in ${file} that is not written out`)
        if (!['on', 'once', 'onAny'].includes(callee.property.name) || !/socket$/i.test(nameOf(callee.object))) return
        if (word === null) messages.push(`a message in ${file} that is not written out`)
        else if (!reserved.has(word)) messages.push(word)
      },
    }).visit(program)
    return namespaces.flatMap((namespace) => [namespace, ...messages.map((message) => `${namespace} ${message}`)])
  })
  return [...new Set(doors)].sort()
}

function nameOf(node: { type: string; name?: unknown }): string {
  return node.type === 'Identifier' && typeof node.name === 'string' ? node.name : ''
}
