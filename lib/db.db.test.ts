import { expect, test } from 'vitest'
import { ownDatabase } from './database.fixture.ts'
import { inTransaction, listen, notify, prisma } from './db.ts'

ownDatabase()

test('a hint is heard after its transaction has committed, and not when it was rolled back', async () => {
  const heard: (string | null)[] = []
  const first = Promise.withResolvers<void>()
  const stop = await listen('environment_work', (id) => {
    heard.push(id)
    first.resolve()
  })
  await inTransaction(async (transaction) => {
    await notify(transaction, 'environment_work', 'undone')
    throw new Error('changed my mind')
  }).catch(() => {})
  await inTransaction((transaction) => notify(transaction, 'environment_work', 'done'))
  await first.promise
  stop()
  expect(heard).toEqual(['done'])
})

test('a ledger refuses changes', async () => {
  const row = await prisma().auditEntry.create({ data: { actorKind: 'system', action: 'test', subjectKind: 'nothing' } })
  await expect(prisma().auditEntry.delete({ where: { id: row.id } })).rejects.toThrow(/append-only/)
})
