import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Json } from '../json.ts'
import { apart, mapOf, wordOf } from './apart.ts'
import type { Answer } from './partner.fixture.ts'

/** An exchange with a real cloud as it was once recorded, with ids, times, addresses and names apart. */
export type Recording = { line: string; answer: Answer }

const folder = process.env.OPENSTACK_RECORDINGS ?? fileURLToPath(new URL('../../../../shared/openstack/recordings', import.meta.url))
/** Why there are no recordings, where there are none. */
export const withoutRecordings = existsSync(folder)
  ? undefined
  : 'no recordings beside this checkout (OPENSTACK_RECORDINGS names their folder)'
export const recordingNames = withoutRecordings
  ? []
  : readdirSync(folder).flatMap((file) => (file === 'index.json' ? [] : file.replace(/\.json$/, '')))

export function readRecording(name: string): Recording {
  const said = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as {
    request: { method: string; url: string; body?: Json }
    response: { status: number; headers: Record<string, string>; body: Json }
  }
  const words = wordsOf(said.request)
  const headers = Object.fromEntries(
    Object.entries(said.response.headers).map(([key, value]) => [key.toLowerCase(), wordOf(apart(value, words))]),
  )
  // An answer without a body was written down as null; so was Heat's null, which comes with its length.
  const empty =
    said.response.body === null && said.response.headers['content-length'] !== '4' && said.response.headers['Content-Length'] !== '4'
  const body = empty ? '' : apart(said.response.body, words)
  return {
    line: requestLine(said.request.method, wordOf(apart(said.request.url, words))),
    answer: { status: said.response.status, headers, body },
  }
}

/** Method and address of a request, without its query. */
export function requestLine(method: string, address: string): string {
  return `${method} ${address.split('?')[0]}`
}

/** Every stack that was recorded is called `rec-...`; all but those that were refused occur in an address. */
const knownNames = withoutRecordings ? [] : namesIn(JSON.parse(readFileSync(`${folder}/index.json`, 'utf8')) as { path: string }[])

function namesIn(index: { path: string }[]): string[] {
  return index.flatMap(({ path }) => /\/stacks\/(rec-[^/?]+)/.exec(path)?.[1] ?? [])
}

function wordsOf(request: { body?: Json }): [string | RegExp, string][] {
  const sent = mapOf(request.body).stack_name
  const names = new Set([...knownNames, ...(typeof sent === 'string' && sent.startsWith('rec-') ? [sent] : [])])
  return [
    [/http:\/\/127\.0\.0\.1:8004\/v1\/(55c69aebf4304fb8b3677d639c9f322d|8198ae04a2684f338389a38e64e3d7b5)/g, '<orchestration>'],
    [/rec-(list|fill)-\w+/g, '<stack>'],
    ['http://127.0.0.1:5000/v3', '<identity>'],
    ['http://127.0.0.1:8774/v2.1', '<compute>'],
    ['http://127.0.0.1:8774', '<compute root>'],
    ['http://127.0.0.1:9696', '<network>'],
    ['http://127.0.0.1:9292', '<image>'],
    ...[...names].sort((one, other) => other.length - one.length).map((name): [string, string] => [name, '<stack>']),
  ]
}
