import { io, type Socket } from 'socket.io-client'
import type { BrowserToServer, Hello, ServerToBrowser } from '#lib/terminal/protocol.ts'
import type { Refusal, Wire, WireEvents } from './terminal-client.ts'

/** In the address of a terminal's connection: whatever stands before several processes finds the gateway by it (docs/operations.md). */
export const terminalMark = { to: 'terminal' } as const

/** A connection of its own for one terminal, so that the flood of one never stands before the echo of another. Made once, never again. */
export function dialTerminal(hello: Hello, events: WireEvents): Wire {
  const socket: Socket<ServerToBrowser, BrowserToServer> = io('/terminal', {
    auth: hello,
    query: terminalMark,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  return wireOver(socket, events)
}

/** The conversation over a socket that is being connected. */
export function wireOver(socket: Socket<ServerToBrowser, BrowserToServer>, events: WireEvents): Wire {
  socket.on('welcome', events.welcome)
  socket.on('output', (seq, bytes) => events.output(seq, new Uint8Array(bytes)))
  socket.on('state', events.state)
  socket.on('size', events.size)
  socket.on('accepted', events.accepted)
  socket.on('connect_error', (error) => events.closed(refusalOf(error)))
  socket.on('disconnect', () => events.closed(null))
  return {
    input: (seq, bytes) => void socket.emit('input', seq, bytes),
    resize: (size) => void socket.emit('resize', size),
    ack: (seq) => void socket.emit('ack', seq),
    ask: () => void socket.emit('alive', events.alive),
    close() {
      socket.removeAllListeners()
      socket.disconnect()
    },
  }
}

/** The reason as the gateway's handshake gives it; null: nobody answered. */
function refusalOf(error: Error & { data?: unknown }): Refusal | null {
  const { data } = error
  if (typeof data !== 'object' || data === null) return null
  const { code, says, retry } = data as Record<string, unknown>
  return { code: typeof code === 'string' ? code : null, says: typeof says === 'string' ? says : null, retry: retry !== false }
}
