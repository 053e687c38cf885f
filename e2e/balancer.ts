import { connect, createServer, type Socket } from 'node:net'

/**
 * One address before several processes, as docs/operations.md describes it: each connection goes where its first request belongs, to the
 * next process whose turn it is, or to the one after where that one is not there.
 */
export type Balancer = {
  origin: string
  /** Where connections go from now on; those of terminals elsewhere, where gateways are named. */
  serve(ports: readonly number[], gateways?: readonly number[]): void
  /** Cuts the connections that stand whose first request is as wanted. @returns how many */
  cut(wanted: (head: string) => boolean, how: Cut): number
  /** Turns such away from now on, as a network does that is not there. @returns a function that ends it */
  turnAway(wanted: (head: string) => boolean): () => void
  /** How many connections each port has taken. */
  taken(): ReadonlyMap<number, number>
  close(): Promise<void>
}

/** `reset` and `end`: both ends hear of it. `silent`: nothing comes through any more, and nobody is told. */
export type Cut = 'reset' | 'end' | 'silent'

const HEAD_MOST_BYTES = 16 * 1024
const terminal = /^GET \/socket\.io\/\?(?:[^ ]*&)?to=terminal[& ]/
/** What may be asked once more where nobody answered: nothing is done twice by it. */
const harmless = /^(?:GET|HEAD) /
const nobody = 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

export async function startBalancer(port: number): Promise<Balancer> {
  let backends: readonly number[] = []
  let gateways: readonly number[] = []
  let turn = 0
  const counts = new Map<number, number>()
  const open = new Set<Socket>()
  const pairs = new Set<Pair>()
  const unwanted = new Set<(head: string) => boolean>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    return socket
  }
  const server = createServer((incoming) => {
    keep(incoming)
    incoming.on('error', () => incoming.destroy())
    readHead(incoming, (head) => {
      if ([...unwanted].some((wanted) => wanted(head.toString('latin1')))) return void incoming.resetAndDestroy()
      const choice = terminal.test(head.toString('latin1')) ? gateways : backends
      const from = turn++
      pass(incoming, head, {
        choice: choice.map((_, index) => choice[(from + index) % choice.length] ?? 0),
        taken: (backend) => void counts.set(backend, (counts.get(backend) ?? 0) + 1),
        keep,
        joined(pair) {
          pairs.add(pair)
          pair.incoming.once('close', () => pairs.delete(pair))
        },
      })
    })
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', done)
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    serve: (ports, terminals = ports) => {
      backends = ports
      gateways = terminals
    },
    cut(wanted, how) {
      const found = [...pairs].filter(({ head }) => wanted(head))
      for (const pair of found) cutPair(pair, how)
      return found.length
    },
    turnAway(wanted) {
      unwanted.add(wanted)
      return () => void unwanted.delete(wanted)
    },
    taken: () => counts,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** What a connection sends first, with the whole first line. */
function readHead(incoming: Socket, then: (head: Buffer) => void): void {
  let head = Buffer.alloc(0)
  const more = (bytes: Buffer) => {
    head = Buffer.concat([head, bytes])
    if (!head.includes('\r\n') && head.length < HEAD_MOST_BYTES) return
    incoming.off('data', more)
    incoming.pause()
    then(head)
  }
  incoming.on('data', more)
}

type Pair = { head: string; incoming: Socket; outgoing: Socket; hangUp: () => void }
type Way = {
  choice: number[]
  taken: (backend: number) => void
  keep: (socket: Socket) => Socket
  /** Both ends speak to each other. */
  joined: (pair: Pair) => void
}

function cutPair({ incoming, outgoing, hangUp }: Pair, how: Cut): void {
  if (how === 'silent') {
    incoming.off('close', hangUp).unpipe(outgoing).pause()
    outgoing.unpipe(incoming).pause()
    return
  }
  for (const socket of [incoming, outgoing]) {
    if (how === 'reset') socket.resetAndDestroy()
    else socket.destroy()
  }
}

/** Hands a connection to the first of the processes that takes it. */
function pass(incoming: Socket, head: Buffer, way: Way): void {
  const { choice, taken, keep, joined } = way
  const [backend, ...others] = choice
  if (incoming.destroyed) return
  if (backend === undefined) return void incoming.end(nobody)
  const outgoing = keep(connect(backend, '127.0.0.1'))
  let [connected, answered] = [false, false]
  const hangUp = () => void outgoing.destroy()
  incoming.on('close', hangUp)
  outgoing.once('connect', () => {
    connected = true
    taken(backend)
    outgoing.write(head)
    incoming.pipe(outgoing)
  })
  outgoing.once('data', (bytes) => {
    answered = true
    incoming.write(bytes)
    outgoing.pipe(incoming)
    joined({ head: head.toString('latin1'), incoming, outgoing, hangUp })
  })
  outgoing.on('error', () => answered && incoming.destroy())
  outgoing.once('close', () => {
    if (answered) return
    incoming.off('close', hangUp)
    incoming.unpipe(outgoing)
    incoming.pause()
    // Taken and then let go without a word: it was about to end, and has not begun to answer.
    if (connected && !harmless.test(head.toString('latin1', 0, 5))) return void incoming.destroy()
    pass(incoming, head, { ...way, choice: others })
  })
}
