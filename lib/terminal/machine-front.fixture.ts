import { connect, createServer, type Server, type Socket } from 'node:net'

/** What stands between a machine and the world: it plays the network of a machine that is suspended, or of one that was forgotten. */
export type Front = {
  readonly port: number
  readonly sinceFrozen: { bytes: number; connections: number }
  freeze: () => void
  thaw: () => void
  forget: () => void
  close: () => Promise<void>
}

type Pair = { outside: Socket; inside: Socket; forgotten: boolean }

export async function startFront(target: number): Promise<Front> {
  const pairs = new Set<Pair>()
  let frozen = false
  let since = { bytes: 0, connections: 0 }
  /** A suspended guest's kernel takes what is sent; here it lies in the socket, which is not read. */
  const stop = ({ outside, inside }: Pair) => {
    outside.unpipe(inside).pause()
    inside.unpipe(outside).pause()
  }
  const go = ({ outside, inside, forgotten }: Pair) => {
    if (forgotten) return
    outside.pipe(inside)
    inside.pipe(outside)
  }
  const server = createServer((outside) => {
    const inside = connect(target, '127.0.0.1')
    const pair = { outside, inside, forgotten: false }
    pairs.add(pair)
    outside.on('error', () => {})
    inside.on('error', () => {})
    outside.on('close', () => inside.destroy())
    inside.on('close', () => {
      pairs.delete(pair)
      if (!pair.forgotten) outside.destroy()
    })
    if (frozen) since.connections++
    if (frozen) stop(pair)
    else go(pair)
  })
  const received = () => [...pairs].reduce((sum, { outside }) => sum + outside.bytesRead, 0)
  let before = 0
  return {
    port: await listening(server),
    get sinceFrozen() {
      // A paused socket still reads once: what came is counted.
      return frozen ? { ...since, bytes: received() - before } : since
    },
    freeze() {
      frozen = true
      since = { bytes: 0, connections: 0 }
      before = received()
      for (const pair of pairs) stop(pair)
    },
    thaw() {
      since = { ...since, bytes: received() - before }
      frozen = false
      for (const pair of pairs) go(pair)
    },
    forget() {
      for (const pair of pairs) {
        stop(pair)
        pair.forgotten = true
      }
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const { outside, inside } of pairs) {
        outside.destroy()
        inside.destroy()
      }
      await closed
    },
  }
}

/** Listens on a port of its own. @returns the port */
export async function listening(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
