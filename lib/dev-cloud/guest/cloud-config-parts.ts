/** One part of user data, by what it begins with (cloud-init's user-data formats). */
export type UserDataPart = { kind: 'cloud-config' | 'script' | 'boothook' | 'empty' | 'unknown'; body: string }

const MAX_PARTS = 64
const MAX_DEPTH = 4

/** Takes user data apart: a single document, or a MIME archive (RFC 2046) of such, archives within archives included. */
export function splitUserData(userData: string, depth = 0): UserDataPart[] {
  const entity = parseEntity(userData)
  const boundary = entity && /^multipart\//i.test(entity.type) ? parameter(entity.headers['content-type'] ?? '', 'boundary') : null
  if (entity === null || boundary === null || depth > MAX_DEPTH) return [classify(userData, null)]
  return between(entity.body, boundary)
    .slice(0, MAX_PARTS)
    .flatMap((text) => {
      const part = parseEntity(text) ?? { headers: {}, type: 'text/plain', body: text }
      if (/^multipart\//i.test(part.type)) return splitUserData(text, depth + 1)
      return [classify(decode(part.body, part.headers['content-transfer-encoding'] ?? ''), part.type)]
    })
}

/** The parts of a MIME archive as they are, with the second half of their type and their file's name; none where it is no archive. */
export function readArchive(archive: string): { subtype: string; filename: string; body: string }[] {
  const entity = parseEntity(archive)
  const boundary = entity && /^multipart\//i.test(entity.type) ? parameter(entity.headers['content-type'] ?? '', 'boundary') : null
  if (entity === null || boundary === null) return []
  return between(entity.body, boundary)
    .slice(0, MAX_PARTS)
    .map((text) => {
      const part = parseEntity(text) ?? { headers: {}, type: 'text/plain', body: text }
      const filename = parameter(part.headers['content-disposition'] ?? '', 'filename') ?? ''
      const body = decode(part.body, part.headers['content-transfer-encoding'] ?? '')
      return { subtype: part.type.split('/')[1] ?? 'plain', filename, body }
    })
}

const BEGINNINGS: [RegExp, UserDataPart['kind']][] = [
  [/^#cloud-config\s*(\n|$)/, 'cloud-config'],
  [/^#cloud-boothook\s*(\n|$)/, 'boothook'],
  [/^#!/, 'script'],
]

const TYPES: Record<string, UserDataPart['kind']> = {
  'text/cloud-config': 'cloud-config',
  'text/x-shellscript': 'script',
  'text/cloud-boothook': 'boothook',
}

/** What it begins with wins over what its header says, as in cloud-init. */
function classify(text: string, type: string | null): UserDataPart {
  const body = text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '')
  if (body.trim() === '') return { kind: 'empty', body }
  const found = BEGINNINGS.find(([pattern]) => pattern.test(body))?.[1]
  return { kind: found ?? TYPES[type ?? ''] ?? 'unknown', body }
}

type Entity = { headers: Record<string, string>; type: string; body: string }

/** Headers, an empty line, a body. Null when it does not look like that at all. */
function parseEntity(text: string): Entity | null {
  const start = text.replace(/^\s+/, '')
  if (!/^(content-type|mime-version|content-[a-z-]+|from|subject|number-attachments)\s*:/i.test(start)) return null
  const gap = /\r?\n\r?\n/.exec(start)
  const head = gap ? start.slice(0, gap.index) : start
  const body = gap ? start.slice(gap.index + gap[0].length) : ''
  const headers: Record<string, string> = {}
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { headers, type: (headers['content-type'] ?? 'text/plain').split(';')[0]?.trim().toLowerCase() ?? '', body }
}

function parameter(header: string, name: string): string | null {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header)
  return match?.[1] ?? match?.[2] ?? null
}

function between(body: string, boundary: string): string[] {
  const parts: string[] = []
  let current: string[] | null = null
  for (const line of body.split(/\r?\n/)) {
    const mark = line.trimEnd()
    if (mark !== `--${boundary}` && mark !== `--${boundary}--`) {
      current?.push(line)
      continue
    }
    if (current !== null) parts.push(current.join('\n'))
    if (mark.endsWith(`${boundary}--`)) return parts
    current = []
  }
  if (current !== null) parts.push(current.join('\n'))
  return parts
}

function decode(body: string, encoding: string): string {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8')
    case 'quoted-printable':
      return decodeQuoted(body)
    default:
      return body
  }
}

function decodeQuoted(body: string): string {
  const plain = body.replace(/=\r?\n/g, '')
  const bytes: number[] = []
  for (let at = 0; at < plain.length; at++) {
    const hex = plain[at] === '=' ? /^[0-9A-F]{2}/i.exec(plain.slice(at + 1, at + 3))?.[0] : undefined
    if (hex === undefined) bytes.push(...Buffer.from(plain[at] ?? ''))
    else {
      bytes.push(Number.parseInt(hex, 16))
      at += 2
    }
  }
  return Buffer.from(bytes).toString('utf8')
}
