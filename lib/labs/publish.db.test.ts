import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownDatabase } from '#lib/database.fixture.ts'
import { prisma } from '#lib/db.ts'
import { isFailure } from '#lib/errors.ts'
import { type LabFiles, readLabFolder } from './folder.ts'
import { publishLab, publishLabs } from './publish.ts'
import { findLab, labVersion, listLabs } from './store.ts'

ownDatabase()

const labs = join(import.meta.dirname, '../../heat-templates')
const starter = () => readLabFolder(join(labs, 'two-machines'))
const changed = async (note: string): Promise<LabFiles> => new Map([...(await starter()), ['note.md', new TextEncoder().encode(note)]])

test('twenty that publish the same lab at once make one lab with one version', async () => {
  const files = await starter()
  const all = await Promise.all(Array.from({ length: 20 }, () => publishLab(files)))
  expect(new Set(all.map((one) => one.versionId)).size).toBe(1)
  expect(all.filter((one) => one.isNew).length).toBe(1)
  expect(await prisma().labVersion.count()).toBe(1)
})

test('a changed lab is a new version, and the old one stays as it was', async () => {
  const before = await publishLab(await starter())
  const after = await publishLab(await changed('more'))
  expect(after).toMatchObject({ labId: before.labId, isNew: true })
  expect(await findLab('two-machines')).toMatchObject({ versionId: after.versionId, revision: after.revision, title: 'Two machines' })
  expect((await labVersion(before.versionId)).revision).toBe(before.revision)
})

test('a version is read back as the lab it was', async () => {
  const { versionId } = await publishLab(await starter())
  const read = await labVersion(versionId)
  expect(read).toMatchObject({ slug: 'two-machines', lab: { title: 'Two machines', defaultHost: 'node1' } })
  expect(read.lab.guides[0]?.steps[0]?.html).toContain('data-host="node1"')
  expect(await labVersion(versionId)).toBe(read)
})

test('a version that is not there is told as such, each time', async () => {
  const id = '0198c6a2-1111-7222-8333-444455556666'
  for (let time = 0; time < 2; time++) {
    const error: unknown = await labVersion(id).catch((caught: unknown) => caught)
    expect(isFailure(error, 'lab.not_found')).toBe(true)
  }
})

test('a lab with mistakes is refused with every one of them, and nothing is written', async () => {
  const files = new Map(await starter())
  files.set('lab.yaml', new TextEncoder().encode('kind: Lab'))
  const count = await prisma().labVersion.count()
  const error: unknown = await publishLab(files).catch((caught: unknown) => caught)
  expect(isFailure(error, 'lab.invalid') && error.detail).toContain('lab.yaml:1:1: "apiVersion" is missing.\n')
  expect(await prisma().labVersion.count()).toBe(count)
})

test('a lab with mistakes does not keep the other labs of a folder back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'astrolabe-labs-'))
  try {
    await mkdir(join(folder, 'broken'))
    await writeFile(join(folder, 'broken', 'lab.yaml'), 'kind: Lab')
    await mkdir(join(folder, 'no-lab'))
    await mkdir(join(folder, 'good/guide'), { recursive: true })
    for (const [path, content] of await starter()) await writeFile(join(folder, 'good', path), content)
    expect((await publishLabs(folder)).map((one) => one.slug)).toEqual(['two-machines'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a retired lab is no longer offered, but still found', async () => {
  const { labId } = await publishLab(await starter())
  expect((await listLabs()).map((lab) => lab.slug)).toContain('two-machines')
  await prisma().lab.update({ where: { id: labId }, data: { retiredAt: new Date() } })
  expect(await listLabs()).toEqual([])
  expect((await findLab('two-machines'))?.labId).toBe(labId)
})
