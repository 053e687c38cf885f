import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { flood } from './line-trials.ts'
import { type Line, type Order, openOrdered } from './lines.ts'

/*
 * Somebody else, at another computer: their terminal is read by a process of its own, so that what is measured beside it does not wait for
 * their page to take the flood.
 */

export type OtherPerson = {
  /** Begins a flood; resolves once it runs. */
  flood: () => Promise<void>
  /** Ends it. @returns how fast it was, MB/s */
  calm: () => Promise<number>
  close: () => Promise<void>
}

export async function otherPerson(order: Order): Promise<OtherPerson> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'other-person.ts'), ['--alone'], { execArgv: ['--import', 'tsx'] })
  const ask = async (words: unknown): Promise<number> => {
    child.send(words as object)
    const [rate] = (await once(child, 'message')) as [number]
    return rate
  }
  await ask({ open: order })
  return {
    flood: async () => void (await ask('flood')),
    calm: () => ask('calm'),
    async close() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** A flood whose bytes are counted. */
async function measured(line: Line): Promise<() => Promise<number>> {
  const stop = await flood(line)
  const began = performance.now()
  let bytes = 0
  line.hear((chunk) => {
    bytes += chunk.length
  })
  return async () => {
    const rate = bytes / 1e6 / ((performance.now() - began) / 1000)
    await stop()
    return rate
  }
}

if (process.argv.includes('--alone')) {
  setPriority(0)
  const line = Promise.withResolvers<Awaited<ReturnType<typeof openOrdered>>>()
  let calm = async () => 0
  process.on('message', async (words: { open: Order } | 'flood' | 'calm') => {
    let rate = 0
    if (words === 'flood') calm = await measured(await line.promise)
    else if (words === 'calm') rate = await calm()
    else line.resolve(await openOrdered(words.open))
    process.send?.(rate)
  })
  process.once('disconnect', () => process.exit(0))
}
