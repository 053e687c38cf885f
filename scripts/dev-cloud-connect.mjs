// `npm run astrolabe -- dev-cloud connect SERVER PORT`: a connection to a machine of the embedded cloud over standard input and output, as
// the `ProxyCommand` of ssh_config(5) wants it. It goes through the cloud's SOCKS door, as terminals do: this computer has no other way.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SocksClient } from 'socks'
import { parse } from 'yaml'

/**
 * @param {string} folder of the embedded cloud
 * @param {{ address: string, port: number }} machine
 * @param {{ input: NodeJS.ReadableStream, output: NodeJS.WritableStream }} ends what is carried to and fro until either side is done
 * @throws Error in a sentence: no cloud is there, or nobody answers
 */
export async function connectTo(folder, { address, port }, { input, output }) {
  const socket = await reached(doorOf(folder), { host: address, port })
  const away = pipeline(input, socket, { end: true })
  await Promise.allSettled([pipeline(socket, output), away])
}

async function reached(door, destination) {
  const proxy = { host: door.hostname, port: Number(door.port), type: 5, userId: door.username, password: door.password }
  try {
    return (await SocksClient.createConnection({ command: 'connect', proxy, destination, timeout: 20_000 })).socket
  } catch (error) {
    throw new Error(`Nobody answers at ${destination.host}, port ${destination.port}: ${error.message}`)
  }
}

function doorOf(folder) {
  try {
    return new URL(parse(readFileSync(join(folder, 'clouds.yaml'), 'utf8')).clouds.dev.ssh_proxy)
  } catch {
    throw new Error('There is no embedded cloud here. npm start brings it up.')
  }
}
