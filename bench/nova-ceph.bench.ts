import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../e2e/product.ts'
import { whyNoDiskHere } from '../lib/dev-cloud/images/write-disk.mjs'
import { type Figure, report } from './report.ts'
import { makeKey, startVirtualMachine, type VirtualMachine, whyNoVirtualMachine } from './virtual-machine.ts'

/*
 * `nova-ceph [FILE.qcow2]`: the user data of *Ceph in three nodes*, as its template fills it in, on three computers in QEMU that have the
 * image's disk (FILE, or one made now) and a wire between them. Ready when each has told the wait condition that it is, as with Heat.
 * Where QEMU must emulate each instruction this takes many minutes; no bars on time.
 */

const PATIENCE_MS = 1_200_000
const no = whyNoDiskHere() ?? whyNoVirtualMachine()
if (no !== null) {
  process.stdout.write(`skipped: ${no}\n${JSON.stringify({ suite: 'nova-ceph', skipped: no })}\n`)
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'astrolabe-nova-ceph-'))
const given = process.argv.slice(2).find((word) => !word.startsWith('-'))
const disk = given === undefined ? join(folder, 'disk.qcow2') : resolve(given)
if (given === undefined) {
  const made = spawnSync(process.execPath, ['scripts/astrolabe.mjs', 'image', 'disk', 'debian-12-ceph', disk], { stdio: 'inherit' })
  if (made.status !== 0) throw new Error('no disk was made')
}

type Signal = { status: string; reason: string; id: string }
const signals: Signal[] = []
let began = performance.now()
const door = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const signal: Signal = JSON.parse(Buffer.concat(parts).toString())
    signals.push(signal)
    process.stdout.write(`${Math.round((performance.now() - began) / 1000)} s: ${signal.status}, ${signal.reason}\n`)
    response.end()
  })
})
await new Promise<void>((done) => door.listen(0, '127.0.0.1', done))
const httpPort = (door.address() as AddressInfo).port

const inside = (file: string) => readFileSync(join('heat-templates/ceph', file), 'utf8')
const keyFile = makeKey(folder)
const shared = {
  '%fsid_digits%': randomBytes(16).toString('hex'),
  '%secret%': randomBytes(20).toString('hex'),
  '%notify%': "curl -i -X POST -H 'Content-Type: application/json' -H 'Accept: application/json' http://10.0.2.100/signal",
  '%inside_public_key%': readFileSync(`${keyFile}.pub`, 'utf8').trim(),
  '%inside_private_key%': readFileSync(keyFile).toString('base64'),
}
function userDataOf(node: string): string {
  const filled = Object.entries({ ...shared, '%node%': node }).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    inside('node.sh'),
  )
  return `${filled}\n${inside('cluster.sh')}`
}

const machines: VirtualMachine[] = []
const figures: Record<string, Figure> = {}
try {
  const group = await freePort()
  began = performance.now()
  for (const number of [1, 2, 3]) {
    const wire = { group, address: `10.40.0.1${number}`, mac: `52:54:00:12:35:0${number}` }
    const server = { name: `node${number}`, userData: userDataOf(`node${number}`), memoryMiB: 1536, diskGiB: 8, wire, httpPort }
    machines.push(await startVirtualMachine(folder, disk, keyFile, server))
  }
  const isOver = () => signals.length >= 3 || signals.some(({ status }) => status !== 'SUCCESS')
  while (!isOver() && performance.now() - began < PATIENCE_MS) await delay(500)
  const good = signals.filter(({ status }) => status === 'SUCCESS').length
  figures['machines that told the wait condition so'] = { value: good, unit: '', bar: 3, pass: good === 3 }
  figures['from power on to the last of them'] = { value: Math.round((performance.now() - began) / 1000), unit: 's' }
  const status = (await machines[0]?.ask('ceph -s', 60_000).catch((error: Error) => error.message)) ?? ''
  process.stdout.write(`${status}\n`)
  const isWell = /health: HEALTH_OK/.test(status)
  figures['ceph -s says HEALTH_OK'] = { value: isWell ? 1 : 0, unit: '', bar: 1, pass: isWell }
  if (!isWell) for (const machine of machines) process.stdout.write(`the console said last:\n${machine.console().slice(-1500)}\n`)
} finally {
  for (const machine of machines) machine.stop()
  door.closeAllConnections()
  door.close()
  rmSync(folder, { recursive: true, force: true })
}
report('nova-ceph', figures)
