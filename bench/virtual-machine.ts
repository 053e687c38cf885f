import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../e2e/product.ts'
import { configDrive } from './config-drive.ts'

/** What a machine is given, as Nova would. */
export type Server = {
  name: string
  userData: string
  memoryMiB: number
  diskGiB: number
}

export type VirtualMachine = {
  /** Runs a shell's words as the default user, with the key that the config drive carries. */
  ask(words: string, patienceMs?: number): Promise<string>
  /** Asks until it answers, and so that it is right. */
  answers(patienceMs: number, words?: string, isRight?: (answer: string) => boolean): Promise<void>
  console(): string
  stop(): void
}

const QEMU = 'qemu-system-x86_64'

/** Why no machine of this kind starts here; null where one does. */
export function whyNoVirtualMachine(): string | null {
  const absent = [QEMU, 'qemu-img', 'ssh', 'ssh-keygen'].filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  return absent.length === 0 ? null : `${absent.join(', ')} not found here (Debian: qemu-system-x86, qemu-utils, openssh-client)`
}

/** Makes a key pair in `folder`. @returns the private half's file */
export function makeKey(folder: string): string {
  const file = join(folder, 'key')
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  return file
}

const mac = '52:54:00:12:34:56'

/** What Nova writes of a server's cards: one, which asks for its address. */
const networkData = JSON.stringify({
  links: [{ id: 'tap0', vif_id: 'vif0', type: 'ovs', mtu: 1442, ethernet_mac_address: mac }],
  networks: [{ id: 'network0', link: 'tap0', network_id: 'net0', type: 'ipv4_dhcp' }],
  services: [],
})

/**
 * Starts a computer as Nova's libvirt driver would for an image with `hw_disk_bus=virtio`: its disk over the image's, larger than it;
 * virtio cards; a config drive as a CD; a serial console. It reaches nothing of this computer's network; only its SSH is forwarded, on
 * loopback.
 * @param {string} folder for its files
 */
export async function startVirtualMachine(folder: string, image: string, keyFile: string, server: Server): Promise<VirtualMachine> {
  const { name, userData, memoryMiB, diskGiB } = server
  const file = (suffix: string) => join(folder, `${name}${suffix}`)
  const port = await freePort()
  const made = spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, file('.qcow2'), `${diskGiB}G`], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  const metaData = {
    uuid: crypto.randomUUID(),
    name,
    hostname: `${name}.novalocal`,
    availability_zone: 'nova',
    launch_index: 0,
    public_keys: { lab: readFileSync(`${keyFile}.pub`, 'utf8') },
  }
  const drive = { 'meta_data.json': JSON.stringify(metaData), 'network_data.json': networkData, user_data: userData }
  writeFileSync(file('.iso'), configDrive(drive))
  const options: [string, string][] = [
    ['-machine', 'pc'],
    ['-accel', 'tcg,thread=multi'],
    ['-smp', '2'],
    ['-m', String(memoryMiB)],
    ['-display', 'none'],
    ['-serial', `file:${file('.console')}`],
    ['-sandbox', 'on'],
    ['-smbios', 'type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova'],
    ['-drive', `file=${file('.qcow2')},if=virtio,cache=unsafe`],
    ['-drive', `file=${file('.iso')},media=cdrom,readonly=on,format=raw`],
    ['-netdev', `user,id=first,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ['-device', `virtio-net-pci,netdev=first,mac=${mac}`],
  ]
  const computer = spawn(QEMU, options.flat(), { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  computer.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const gone = () => new Error(`${name} is gone: ${said}`)
  const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=10', 'BatchMode=yes']
  const toIt = [
    ...settings.flatMap((setting) => ['-o', setting]),
    '-n',
    '-F',
    'none',
    '-i',
    keyFile,
    '-p',
    String(port),
    'debian@127.0.0.1',
  ]
  const ask: VirtualMachine['ask'] = (text, patienceMs = 120_000) => {
    if (computer.exitCode !== null) return Promise.reject(gone())
    return outputOf(spawn('ssh', [...toIt, text], { stdio: ['ignore', 'pipe', 'pipe'] }), patienceMs)
  }
  return {
    ask,
    async answers(patienceMs, text = 'true', isRight = () => true) {
      const end = performance.now() + patienceMs
      for (;;) {
        const problem = await ask(text, 30_000).then(
          (answer) => (isRight(answer) ? null : new Error(`${name} answers ${answer}`)),
          (error: unknown) => error,
        )
        if (problem === null) return
        if (computer.exitCode !== null || performance.now() > end) throw problem
        await delay(500)
      }
    },
    console: () => readFileSync(file('.console'), 'latin1'),
    stop: () => void computer.kill('SIGKILL'),
  }
}

function outputOf(child: ChildProcess, patienceMs: number): Promise<string> {
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  let text = ''
  let problem = ''
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    problem += more
  })
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(late)
      if (code === 0) done(text.trim())
      else reject(new Error(`${signal ?? code}: ${problem}${text}`))
    })
  })
}
