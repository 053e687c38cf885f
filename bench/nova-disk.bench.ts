import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { distribution } from '../lib/dev-cloud/images/host-apt.mjs'
import { diskLayersOf } from '../lib/dev-cloud/images/recipe.mjs'
import { completeOf, isComplete } from '../lib/dev-cloud/images/store.mjs'
import { whyNoDiskHere } from '../lib/dev-cloud/images/write-disk.mjs'
import { imageFolder } from '../scripts/machines.mjs'
import { type Figure, report } from './report.ts'
import { makeKey, startVirtualMachine, whyNoVirtualMachine } from './virtual-machine.ts'

/*
 * `nova-disk [NAME]`: an image's disk for a real Nova, made by the command that people use, started in QEMU as Nova starts it (virtio
 * disk, config drive, no metadata address), and asked what cloud-init, systemd and dpkg say of it; then once more after a reboot. QEMU
 * emulates each instruction where it may not use KVM, so its times say little of a cloud.
 */

const image = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? 'debian-12-ceph'
const DISK_GIB = 8
const PATIENCE_MS = 280_000

const no = whyNoDiskHere() ?? whyNoVirtualMachine()
if (no !== null) {
  process.stdout.write(`skipped: ${no}\n${JSON.stringify({ suite: 'nova-disk', skipped: no })}\n`)
  process.exit(0)
}

const userData = `#!/bin/sh
echo "$(hostname) $(id -un)" >> /var/lib/user-data-ran
`
/** What a package brought and the disk has not, without what a recipe leaves out on purpose. */
const absent = `sudo dpkg --verify 2>/dev/null | grep '^missing' | grep -Ev ' /usr/share/(man|doc|info|locale|lintian)/| /var/log/'`

const layers = diskLayersOf(image, distribution().codename)
const top = layers.at(-1)?.folder ?? ''
const wasThere = isComplete(imageFolder(), top)
const folder = mkdtempSync(join(tmpdir(), 'astrolabe-nova-disk-'))
const disk = join(folder, 'disk.qcow2')
const figures: Record<string, Figure> = {}
const counted = (name: string, value: number, wanted = 0) => {
  figures[name] = { value, unit: '', bar: wanted, pass: value === wanted }
}
const seconds = (began: number) => ({ value: Math.round((performance.now() - began) / 100) / 10, unit: 's' })
const megabytes = (bytes: number) => ({ value: Math.round(bytes / 1e6), unit: 'MB' })

let began = performance.now()
const made = spawnSync(process.execPath, ['scripts/astrolabe.mjs', 'image', 'disk', image, disk], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
})
process.stdout.write(made.stdout)
if (made.status !== 0) throw new Error('no disk was made')
figures[wasThere ? 'disk, all layers there' : 'disk, with the layers that were missing'] = seconds(began)
const { seconds: took = 0, bytes = 0 } = completeOf(imageFolder(), top)
figures['its layer for computers, when that was built'] = { value: took, unit: 's' }
figures['the layer'] = megabytes(bytes)
figures['the disk as qcow2'] = megabytes(statSync(disk).size)

began = performance.now()
const server = { name: 'node1', userData, memoryMiB: 1024, diskGiB: DISK_GIB }
const machine = await startVirtualMachine(folder, disk, makeKey(folder), server)
const number = async (words: string) => Number(await machine.ask(words))
async function standsWell(when: string) {
  const state = await machine.ask(
    'cloud-init status --wait; systemctl is-system-running --wait || :; systemctl --failed --no-legend --plain',
    PATIENCE_MS,
  )
  counted(`${when}: cloud-init status is done`, /^\.*status: done$/m.test(state) ? 1 : 0, 1)
  counted(`${when}: units that failed`, await number('systemctl --failed --no-legend --plain | wc -l'))
  counted(`${when}: times the user data ran`, await number('cat /var/lib/user-data-ran 2>/dev/null | wc -l'), 1)
  if (!/^running$/m.test(state)) process.stdout.write(`${when}: ${state}\n`)
}
try {
  await machine.answers(PATIENCE_MS)
  figures['from power on to SSH with the key of the config drive'] = seconds(began)
  await standsWell('first boot')
  figures['from power on to the end of cloud-init'] = seconds(began)
  counted('its name and the user data’s account', (await machine.ask('cat /var/lib/user-data-ran')) === 'node1 root' ? 1 : 0, 1)
  const grown = (await number('df --output=size -B1 / | tail -n 1')) / (DISK_GIB * 2 ** 30)
  figures['its file system, of the disk'] = { value: Math.round(grown * 1000) / 10, unit: '%', bar: 95, pass: grown >= 0.95 }
  const fromDrive = await machine.ask('cat /run/cloud-init/result.json')
  counted('data came from the config drive', fromDrive.includes('DataSourceConfigDrive') ? 1 : 0, 1)
  counted(
    'host keys older than the machine',
    await number('for k in /etc/ssh/ssh_host_*; do [ $(stat -c %W $k) -ge $(date -d "$(uptime -s)" +%s) ] || echo; done | wc -l'),
  )
  const lacking = (await machine.ask(`${absent} || :`)).split('\n').filter((line) => line !== '')
  counted('files of packages that are absent', lacking.length)
  for (const line of lacking) process.stdout.write(`${line}\n`)
  figures['memory in use'] = { value: await number("free -m | awk '/^Mem/ {print $3}'"), unit: 'MB' }
  if (image === 'debian-12-ceph')
    counted('ceph --version answers', (await machine.ask('ceph --version')).startsWith('ceph version') ? 1 : 0, 1)
  const whichBoot = 'cat /proc/sys/kernel/random/boot_id'
  const boot = await machine.ask(whichBoot)
  began = performance.now()
  await machine.ask('sudo systemctl reboot').catch(() => undefined)
  await machine.answers(PATIENCE_MS, whichBoot, (answer) => answer !== boot)
  figures['from reboot to SSH'] = seconds(began)
  await standsWell('second boot')
  counted('the console log ends with a prompt for a name', /node1 login: /.test(machine.console()) ? 1 : 0, 1)
} catch (error) {
  process.stdout.write(`the console said last:\n${machine.console().slice(-3000)}\n`)
  throw error
} finally {
  machine.stop()
  rmSync(folder, { recursive: true, force: true })
}
report('nova-disk', figures)
