import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'

/** The one Socket.IO server of a process, for `/live` and `/terminal`: websocket only, uncompressed, small messages. */
export function createSocketServer(http: HttpServer): Server {
  return new Server(http, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: 128 * 1024,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    connectTimeout: 10_000,
    // Next answers everything else on this port.
    destroyUpgrade: false,
  })
}
