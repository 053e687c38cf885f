import { inTransaction, prisma, type Transaction } from '../db.ts'
import { generateToolKey, toolKeySet } from '../lti-provider/index.ts'
import { seal } from '../secrets.ts'

const dayMs = 86_400_000
/** Platforms keep our key set for a while: a new key is shown this long before it signs. */
const shownBeforeMs = dayMs
/** What an old key signed is verified within minutes; a week is for platforms with long memories. */
const shownAfterMs = 7 * dayMs

async function addKey(transaction: Transaction, activeFrom: Date): Promise<string> {
  const { kid, modulus, exponent, privatePem } = await generateToolKey()
  await transaction.toolKey.create({ data: { kid, modulus, exponent, sealedPrivate: seal(privatePem, 'tool_key.private'), activeFrom } })
  return kid
}

const lock = (transaction: Transaction) => transaction.$executeRaw`select pg_advisory_xact_lock(hashtextextended('tool keys', 0))`

const unretired = (now: Date) => ({ registrationId: null, OR: [{ retiredAt: null }, { retiredAt: { gt: now } }] })

/** The key set to publish (Security Framework 6.3). The first time it is asked for, the first key is made. */
export async function publishedKeySet(now = new Date()): Promise<ReturnType<typeof toolKeySet>> {
  const keys = await prisma().toolKey.findMany({ where: unretired(now) })
  if (keys.length > 0) return toolKeySet(keys, now)
  await inTransaction(async (transaction) => {
    await lock(transaction)
    if ((await transaction.toolKey.count({ where: unretired(now) })) === 0) await addKey(transaction, now)
  })
  return toolKeySet(await prisma().toolKey.findMany({ where: unretired(now) }), now)
}

/** Publishes a new key that signs from tomorrow, and gives the ones before it an end. @returns its `kid` */
export async function rotateKey(transaction: Transaction, now: Date): Promise<string> {
  await lock(transaction)
  const activeFrom = new Date(now.getTime() + shownBeforeMs)
  const retiredAt = new Date(activeFrom.getTime() + shownAfterMs)
  await transaction.toolKey.updateMany({ where: { registrationId: null, retiredAt: null }, data: { retiredAt } })
  const first = (await transaction.toolKey.count({ where: unretired(now) })) === 0
  return addKey(transaction, first ? now : activeFrom)
}
