import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '#lib/errors.ts'

/** A lab's files by their path in its folder, with "/" between its parts. */
export type LabFiles = ReadonlyMap<string, Uint8Array>

export const folderLimits = { files: 200, bytesEach: 1024 * 1024, bytesTogether: 4 * 1024 * 1024, depth: 6 } as const

/**
 * Reads a lab's folder. Names that begin with a dot are left out; symbolic links are refused, wherever they point.
 *
 * @throws Failure `lab.invalid`, with what is wrong in `detail`
 */
export async function readLabFolder(folder: string): Promise<LabFiles> {
  const files = new Map<string, Uint8Array>()
  let bytes = 0
  for await (const path of pathsUnder(folder, '', 0)) {
    const content = await readFile(join(folder, path))
    bytes += content.byteLength
    if (content.byteLength > folderLimits.bytesEach) throw refuse(`${path} is larger than ${folderLimits.bytesEach} bytes.`)
    if (bytes > folderLimits.bytesTogether) throw refuse(`The folder holds more than ${folderLimits.bytesTogether} bytes.`)
    files.set(path, new Uint8Array(content))
    if (files.size > folderLimits.files) throw refuse(`The folder holds more than ${folderLimits.files} files.`)
  }
  return files
}

async function* pathsUnder(folder: string, inside: string, depth: number): AsyncGenerator<string> {
  if (depth > folderLimits.depth) throw refuse(`${inside} is nested too deeply.`)
  const entries = await readdir(join(folder, inside), { withFileTypes: true })
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`
    if (entry.isDirectory()) yield* pathsUnder(folder, path, depth + 1)
    else if (!entry.isFile()) throw refuse(`${path} is neither a file nor a folder; links are not followed.`)
    else if ((await lstat(join(folder, path))).size > folderLimits.bytesEach)
      throw refuse(`${path} is larger than ${folderLimits.bytesEach} bytes.`)
    else yield path
  }
}

const refuse = (detail: string) => fail('lab.invalid', { detail })

const strict = new TextDecoder('utf-8', { fatal: true })

/** A file as text, or null if it is missing or no UTF-8. */
export function textOf(files: LabFiles, path: string): string | null {
  const content = files.get(path)
  if (!content) return null
  try {
    return strict.decode(content)
  } catch {
    return null
  }
}
