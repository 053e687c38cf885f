import { expect, test } from 'vitest'
import { ownDatabase } from './database.fixture.ts'
import { prisma } from './db.ts'
import { Prisma } from './generated/prisma/client.ts'

ownDatabase()

test('the committed SQL and the schema agree: every model can be read', async () => {
  const client = prisma() as unknown as Record<string, { findFirst(): Promise<unknown> }>
  for (const model of Object.values(Prisma.ModelName)) {
    const reader = client[model.charAt(0).toLowerCase() + model.slice(1)]
    expect(await reader?.findFirst(), model).toBeNull()
  }
})
