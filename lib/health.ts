import { prisma } from './db.ts'

/** Whether the database answers within `withinMs`: without it this process can do nothing for anybody. */
export async function databaseAnswers(withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  try {
    return await Promise.race([prisma().$queryRaw`select 1`.then(() => true), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
