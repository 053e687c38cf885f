import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inTransaction } from '#lib/db.ts'
import { fail, isFailure } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { type LabFiles, readLabFolder } from './folder.ts'
import { MANIFEST, parseLab } from './lab.ts'
import { addVersion } from './store.ts'
import { problemLine } from './yaml-source.ts'

export type Published = { slug: string; labId: string; versionId: string; revision: string; isNew: boolean }

/** SHA-256 over all files, whatever the order they come in. Lengths stand before paths and contents, so that no two folders can look alike. */
export function revisionOf(files: LabFiles): string {
  const hash = createHash('sha256')
  for (const [path, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${Buffer.byteLength(path)}:${path}${content.byteLength}:`).update(content)
  }
  return hash.digest('hex')
}

/**
 * Makes a new version of a lab, unless these very files are one already.
 *
 * @throws Failure `lab.invalid`: `detail` has one problem a line, "file:line:column: message"
 */
export async function publishLab(files: LabFiles): Promise<Published> {
  const { lab, problems } = parseLab(files)
  if (!lab) throw fail('lab.invalid', { detail: problems.map(problemLine).join('\n') })
  const revision = revisionOf(files)
  const written = await inTransaction((transaction) => addVersion(transaction, { slug: lab.slug, title: lab.title, revision, files }))
  return { slug: lab.slug, revision, ...written }
}

/** Publishes every folder inside `folder` that has a lab.yaml. One that has mistakes is logged and does not keep the others back. */
export async function publishLabs(folder: string): Promise<Published[]> {
  const published: Published[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const one = await publishFolder(join(folder, entry.name))
    if (one) published.push(one)
  }
  return published
}

async function publishFolder(folder: string): Promise<Published | null> {
  try {
    const files = await readLabFolder(folder)
    if (!files.has(MANIFEST)) return null
    const published = await publishLab(files)
    if (published.isNew) log().info({ lab: published.slug, revision: published.revision }, 'lab published')
    return published
  } catch (error) {
    if (!isFailure(error, 'lab.invalid')) throw error
    log().error({ folder, problems: error.detail?.split('\n') }, 'lab has mistakes and was not published')
    return null
  }
}
