import { randomBytes } from 'node:crypto'
import { prisma } from '../db.ts'

const TAG = /^[a-z0-9]{6,32}$/

/**
 * The tag of this installation, made at its first start. Every stack of ours carries it, so that two installations can share a project
 * and a restored backup can be told from its twin.
 */
export async function ensureInstance(): Promise<string> {
  const known = await prisma().instance.findUnique({ where: { id: 1 } })
  if (known) return known.tag
  await prisma().instance.createMany({ data: [{ id: 1, tag: `a${randomBytes(6).toString('hex')}` }], skipDuplicates: true })
  const { tag } = await prisma().instance.findUniqueOrThrow({ where: { id: 1 } })
  if (!TAG.test(tag)) throw new Error('the tag of this installation is not usable in the name of a stack')
  return tag
}
