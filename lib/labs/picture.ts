import { dirname, posix } from 'node:path'
import type { LabFiles } from './folder.ts'

/** A picture of a guide: what it is told to a browser as, and its size in CSS pixels. */
export type Picture = { type: string; width: number; height: number }

/** More than any screen shows; a file that says more is broken or means harm. */
const MOST_PIXELS = 20_000

/**
 * What a file is by its own first bytes, whatever its name says: PNG, JPEG, GIF, WebP, or an SVG that can do nothing but be looked at.
 * Null: none of these. Pure.
 */
export function pictureOf(bytes: Uint8Array): Picture | null {
  const found = png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes) ?? svg(bytes)
  if (!found || found.width < 1 || found.height < 1 || found.width > MOST_PIXELS || found.height > MOST_PIXELS) return null
  return found
}

/**
 * Which file of the folder an address in a guide means: relative to the guide's own file, as in any Markdown. Null: it leads out of the
 * folder, or is no path. Pure.
 */
export function pathOfPicture(address: string, guideFile: string): string | null {
  if (!/^[\w./-]+$/.test(address) || address.startsWith('/')) return null
  const path = posix.normalize(posix.join(dirname(guideFile), address))
  return path.startsWith('..') ? null : path
}

/** A guide's own pictures by the addresses it uses: null where there is none. */
export function picturesFor(files: LabFiles, guideFile: string): (address: string) => (Picture & { path: string }) | null {
  return (address) => {
    const path = pathOfPicture(address, guideFile)
    const bytes = path === null ? undefined : files.get(path)
    const picture = bytes ? pictureOf(bytes) : null
    return path !== null && picture ? { path, ...picture } : null
  }
}

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** PNG, 11.2.2: IHDR comes first. */
function png(bytes: Uint8Array): Picture | null {
  if (bytes.length < 33 || ascii(bytes, 1, 4) !== 'PNG' || bytes[0] !== 0x89 || ascii(bytes, 12, 16) !== 'IHDR') return null
  return { type: 'image/png', width: view(bytes).getUint32(16), height: view(bytes).getUint32(20) }
}

/** GIF89a, 18: the logical screen. */
function gif(bytes: Uint8Array): Picture | null {
  if (bytes.length < 13 || !/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return null
  return { type: 'image/gif', width: view(bytes).getUint16(6, true), height: view(bytes).getUint16(8, true) }
}

/** WebP container (RFC 9649, 2.5 to 2.7): the size stands in the first chunk, in one of three ways. */
function webp(bytes: Uint8Array): Picture | null {
  if (bytes.length < 30 || ascii(bytes, 0, 4) !== 'RIFF' || ascii(bytes, 8, 12) !== 'WEBP') return null
  const type = 'image/webp'
  const data = view(bytes)
  switch (ascii(bytes, 12, 16)) {
    case 'VP8 ':
      return { type, width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff }
    case 'VP8L': {
      const packed = data.getUint32(21, true)
      return { type, width: (packed & 0x3fff) + 1, height: ((packed >> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { type, width: (data.getUint32(24, true) & 0xffffff) + 1, height: (data.getUint32(26, true) >> 8) + 1 }
    default:
      return null
  }
}

/** JPEG (ITU T.81, B.2): segments up to the frame's header, which has the size. */
function jpeg(bytes: Uint8Array): Picture | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null
  const data = view(bytes)
  for (let at = 2; at + 9 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return null
    if (marker === 0xff) at += 1
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { type: 'image/jpeg', height: data.getUint16(at + 5), width: data.getUint16(at + 7) }
    else at += 2 + Math.max(2, data.getUint16(at + 2))
  }
  return null
}

/** What an SVG could act with, load or hide by: programs, other documents, other addresses, entities. Addresses within it may stay. */
const ACTING = /<!|<\?(?!xml[\s])|<\s*(?:[\w-]+:)?(?:script|foreignObject|iframe|object|embed|audio|video|handler|set|animate)|\son\w+\s*=/i
const ELSEWHERE = /(?:href|src)\s*=\s*(?:"(?!#)|'(?!#)|[^"'\s])|url\(\s*["']?(?!#)|@import/i

function svg(bytes: Uint8Array): Picture | null {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
  const root = /^\s*(?:<\?xml[^>]*\?>\s*)?<svg\b([^>]*)>/.exec(text)?.[1]
  if (root === undefined || ACTING.test(text) || ELSEWHERE.test(text)) return null
  const length = (name: string) => Number(new RegExp(`\\s${name}="([0-9.]+)(?:px)?"`).exec(root)?.[1] ?? Number.NaN)
  const box = /\sviewBox="\s*[-0-9.]+[\s,]+[-0-9.]+[\s,]+([0-9.]+)[\s,]+([0-9.]+)\s*"/.exec(root)
  const width = Math.round(length('width') || Number(box?.[1]))
  const height = Math.round(length('height') || Number(box?.[2]))
  return Number.isFinite(width) && Number.isFinite(height) ? { type: 'image/svg+xml', width, height } : null
}
