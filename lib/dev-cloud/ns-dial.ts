import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { DriverFailure } from './driver.ts'
import { environment } from './ns-command.ts'

/** A machine that does not answer at all (frozen, no such address) is given up after this. */
const PATIENCE_MS = 10_000

/** `open`: the processes that carry connections, so that whoever ends the space can end them. */
type Dial = { pid: number; image: string; address: string; port: number; mark: string; open: Set<ChildProcess> }

/**
 * Connects to an address from inside a space's network. `nc` of the pristine image does it (never the machine's own,
 * which is the learner's), with one socket pair for both directions.
 */
export function dialThrough({ pid, image, address, port, mark, open }: Dial): Promise<Duplex> {
  const words = ['-t', String(pid), '-U', '--net', '-S', '0', '-G', '0', `--root=${image}`, '--wd=/', '--']
  const connect = ['/bin/sh', '-c', 'exec nc -N -n -v "$1" "$2" <&3 >&3 3>&-', 'sh', address, String(port)]
  const child = spawn('nsenter', [...words, ...connect], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: environment(mark), cwd: '/' })
  open.add(child)
  child.once('close', () => open.delete(child))
  const socket = child.stdio[3]
  return new Promise((done, reject) => {
    let said = ''
    const refuse = (cause: unknown) => {
      clearTimeout(patience)
      child.kill('SIGKILL')
      if (socket instanceof Socket) socket.destroy()
      reject(new DriverFailure('machine.refused', 'The machine does not answer.', { cause }))
    }
    const patience = setTimeout(() => refuse(new Error(`no answer from ${address}:${port}`)), PATIENCE_MS)
    const onClose = () => refuse(new Error(said.trim()))
    child.once('error', refuse)
    child.once('close', onClose)
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => {
      said = (said + text).slice(-1000)
      if (!said.includes('succeeded!') || !(socket instanceof Socket)) return
      clearTimeout(patience)
      child.removeListener('close', onClose)
      child.stderr?.destroy()
      socket.once('close', () => child.kill('SIGKILL'))
      done(socket)
    })
  })
}
