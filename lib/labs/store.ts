import { prisma, type Transaction } from '#lib/db.ts'
import { fail } from '#lib/errors.ts'
import type { Prisma } from '#lib/generated/prisma/client.ts'
import type { LabFiles } from './folder.ts'
import { type Lab, parseLab } from './lab.ts'
import { pictureOf } from './picture.ts'
import { problemLine } from './yaml-source.ts'

export type LabSummary = {
  labId: string
  slug: string
  /** Its newest version. */
  versionId: string
  revision: string
  title: string
  publishedAt: Date
}

/** One immutable version of a lab, as the product uses it. */
export type LabVersion = { versionId: string; labId: string; slug: string; revision: string; lab: Lab }

const newest = { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 1 } satisfies Prisma.Lab$versionsArgs

/** Labs that can be offered, by title. */
export async function listLabs(): Promise<LabSummary[]> {
  const labs = await prisma().lab.findMany({ where: { retiredAt: null }, include: { versions: newest } })
  return labs.flatMap(summary).sort((one, other) => one.title.localeCompare(other.title, 'en'))
}

/** A lab by its slug, retired or not; null if there is none. */
export async function findLab(slug: string): Promise<LabSummary | null> {
  const lab = await prisma().lab.findUnique({ where: { slug }, include: { versions: newest } })
  return lab ? (summary(lab)[0] ?? null) : null
}

/** A lab by its id. */
export async function findLabById(labId: string): Promise<LabSummary | null> {
  const lab = await prisma().lab.findUnique({ where: { id: labId }, include: { versions: newest } })
  return lab ? (summary(lab)[0] ?? null) : null
}

type LabRow = { id: string; slug: string; versions: { id: string; revision: string; title: string; createdAt: Date }[] }

function summary({ id: labId, slug, versions }: LabRow): LabSummary[] {
  return versions.map(({ id: versionId, revision, title, createdAt }) => ({
    labId,
    slug,
    versionId,
    revision,
    title,
    publishedAt: createdAt,
  }))
}

// Versions never change, so what is read once stays true. The promise is kept, so that a hundred launches at once read it once.
const cache = new Map<string, Promise<LabVersion>>()
const MOST_CACHED = 50

/**
 * @param from whoever is in a transaction reads through it: waiting for a second connection while holding one can wait for ever
 * @throws Failure `lab.not_found`; `lab.invalid` when it was published under older rules and does not fit today's
 */
export function labVersion(versionId: string, from: Pick<Transaction, 'labVersion'> = prisma()): Promise<LabVersion> {
  const known = cache.get(versionId)
  if (known) return known
  const loading = loadVersion(versionId, from)
  cache.set(versionId, loading)
  loading.catch(() => cache.delete(versionId))
  const [oldest] = cache.keys()
  if (cache.size > MOST_CACHED && oldest !== undefined) cache.delete(oldest)
  return loading
}

async function loadVersion(versionId: string, from: Pick<Transaction, 'labVersion'>): Promise<LabVersion> {
  const row = await from.labVersion.findUnique({ where: { id: versionId }, include: { lab: true, files: true } })
  if (!row) throw fail('lab.not_found', { internal: `no version ${versionId}` })
  const { lab, problems } = parseLab(new Map(row.files.map(({ path, content }) => [path, content])))
  if (!lab) throw fail('lab.invalid', { detail: problems.map(problemLine).join('\n') })
  return { versionId, labId: row.labId, slug: row.lab.slug, revision: row.revision, lab }
}

/**
 * A picture of a lab version, by its path in the folder. Nothing else of the folder is handed out: templates and scripts stay with us.
 * @throws Failure `page.not_found`
 */
export async function labPicture(versionId: string, path: string): Promise<{ revision: string; type: string; bytes: Uint8Array }> {
  if (!/^[\w./-]{1,200}$/.test(path)) throw fail('page.not_found')
  const file = await prisma().labFile.findUnique({
    where: { labVersionId_path: { labVersionId: versionId, path } },
    select: { content: true, labVersion: { select: { revision: true } } },
  })
  const picture = file ? pictureOf(file.content) : null
  if (!file || !picture) throw fail('page.not_found')
  return { revision: file.labVersion.revision, type: picture.type, bytes: file.content }
}

/** Writes a version unless its revision is there already. Two that do so at once end with one row. */
export async function addVersion(
  transaction: Transaction,
  version: { slug: string; title: string; revision: string; files: LabFiles },
): Promise<{ labId: string; versionId: string; isNew: boolean }> {
  const { slug, title, revision, files } = version
  await transaction.lab.createMany({ data: { slug }, skipDuplicates: true })
  // Held until the end of the transaction: whoever publishes the same lab at the same time waits here.
  const [locked] = await transaction.$queryRaw<{ id: string }[]>`select id from lab where slug = ${slug} for update`
  if (!locked) throw fail('internal.fault', { internal: `lab ${slug} vanished` })
  const where = { labId_revision: { labId: locked.id, revision } }
  const existing = await transaction.labVersion.findUnique({ where, select: { id: true } })
  if (existing) return { labId: locked.id, versionId: existing.id, isNew: false }
  const created = await transaction.labVersion.create({ data: { labId: locked.id, revision, title }, select: { id: true } })
  await transaction.labFile.createMany({
    data: [...files].map(([path, content]) => ({ labVersionId: created.id, path, content: new Uint8Array(content) })),
  })
  return { labId: locked.id, versionId: created.id, isNew: true }
}
