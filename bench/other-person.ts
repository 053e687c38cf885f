import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { flood } from './line-trials.ts'
import { type Order, openOrdered } from './lines.ts'

/*
 * Somebody else, at another computer: their terminal is read by a process of its own, so that what is measured beside it does not wait for
 * their page to take the flood.
 */

export type OtherPerson = {
  /** Begins a flood; resolves once it runs. */
  flood: () => Promise<void>
  calm: () => Promise<void>
  close: () => Promise<void>
}

export async function otherPerson(order: Order): Promise<OtherPerson> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'other-person.ts'), ['--alone'], { execArgv: ['--import', 'tsx'] })
  const ask = async (words: unknown) => {
    child.send(words as object)
    await once(child, 'message')
  }
  await ask({ open: order })
  return {
    flood: () => ask('flood'),
    calm: () => ask('calm'),
    async close() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

if (process.argv.includes('--alone')) {
  setPriority(0)
  const line = Promise.withResolvers<Awaited<ReturnType<typeof openOrdered>>>()
  let calm = async () => {}
  process.on('message', async (words: { open: Order } | 'flood' | 'calm') => {
    if (words === 'flood') calm = await flood(await line.promise)
    else if (words === 'calm') await calm()
    else line.resolve(await openOrdered(words.open))
    process.send?.('done')
  })
  process.once('disconnect', () => process.exit(0))
}
