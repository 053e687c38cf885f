import { connect, createServer, type Socket } from 'node:net'

/** One address before several processes: each connection goes to the next of them. */
export type Balancer = {
  origin: string
  /** Where connections go from now on. */
  serve(ports: readonly number[]): void
  /** How many connections each port was given. */
  taken(): ReadonlyMap<number, number>
  close(): Promise<void>
}

export async function startBalancer(port: number): Promise<Balancer> {
  let backends: readonly number[] = []
  let turn = 0
  const counts = new Map<number, number>()
  const open = new Set<Socket>()
  const server = createServer((incoming) => {
    const backend = backends[turn % backends.length]
    turn += 1
    if (backend === undefined) return void incoming.destroy()
    counts.set(backend, (counts.get(backend) ?? 0) + 1)
    const outgoing = connect(backend, '127.0.0.1')
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => open.delete(one))
    }
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', done)
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    serve: (ports) => {
      backends = ports
    },
    taken: () => counts,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of open) socket.destroy()
      }),
  }
}
