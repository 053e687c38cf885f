import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { passing } from '../crash-points.ts'
import type { ServerSpec } from '../driver.ts'
import { compileUserData } from '../guest/cloud-config.ts'
import { DEFAULT_USER } from './base-image.ts'
import { insideOfImage, makeImage, plugImage } from './disk-image.ts'
import { FIRST_ID } from './ids.ts'
import { machineFolder } from './machine.ts'
import { hostLines } from './names.ts'
import type { MachineRecord } from './record.ts'
import type { Ground, Space } from './space.ts'

/** The default user's id inside: the image's first account. */
const USER_ID = 1000

type Entry = { path: string; mode: number; owner?: number; content?: string }

/**
 * Makes the disk of a new machine: the upper layer over its image, with the few files that are its own.
 * Only ever called before the first boot: later, what lies there is the learner's, and links there could lead anywhere.
 */
export async function makeDisk(ground: Ground, space: Space, record: MachineRecord): Promise<void> {
  const folder = machineFolder(ground, record.id)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await mkdir(join(folder, 'root'))
  if (record.disk === 'image') await passing('disk is made', () => makeImage(ground, record))
  await passing('disk is plugged in', () => plugDisk(ground, space, record))
  const layers = layersOf(ground, space, record)
  if (layers === null) throw new Error('the disk is not plugged in')
  await place(layers, { path: 'console.log', mode: 0o600, content: '' })
  for (const path of ['work', 'upper']) await place(layers, { path, mode: 0o755 })
  await passing('disk is written', async () => {
    for (const entry of entriesOf(record.spec, ground.packageSources)) await place(join(layers, 'upper'), entry)
  })
}

/** Makes the layers of the machine visible in its space. */
export async function plugDisk(ground: Ground, space: Space, record: MachineRecord): Promise<void> {
  if (record.disk === 'image') await plugImage(ground, space, record.id)
}

/** Where this process finds what the machine writes: `upper`, `work` and `console.log`. Null while its disk is not plugged in. */
export function layersOf(ground: Ground, space: Space | undefined, record: MachineRecord): string | null {
  return record.disk === 'image' ? insideOfImage(space, record.id) : machineFolder(ground, record.id)
}

/** What is in the upper layer before the first boot, parents first. @param packageSources see `DriverOptions` */
export function entriesOf(spec: ServerSpec, packageSources?: string): Entry[] {
  const compiled = compileUserData(spec.userData, {
    hostname: spec.name,
    defaultUser: spec.user ?? DEFAULT_USER,
    publicKeys: spec.publicKeys,
    makesUser: spec.user !== undefined,
    hasPackageMirror: packageSources !== undefined,
  })
  const instance = 'var/lib/cloud/instance'
  const files: Entry[] = [
    { path: 'etc/hostname', mode: 0o644, content: `${spec.name}\n` },
    { path: 'etc/hosts', mode: 0o644, content: hostsFile(spec) },
    { path: 'etc/resolv.conf', mode: 0o644, content: resolverFile(spec) },
    { path: 'etc/machine-id', mode: 0o444, content: `${createHash('md5').update(spec.id).digest('hex')}\n` },
    // When memory ends, init is the last to be picked, as it never is on a machine with a kernel of its own.
    { path: 'etc/systemd/system.conf.d/oom.conf', mode: 0o644, content: '[Manager]\nDefaultOOMScoreAdjust=400\n' },
    { path: `${instance}/instance-id`, mode: 0o644, content: `${spec.id}\n` },
    { path: `${instance}/user-data.txt`, mode: 0o600, content: spec.userData },
    { path: `${instance}/user-data.sh`, mode: 0o700, content: compiled.script },
  ]
  const folders: Entry[] = ['etc', 'etc/systemd', 'etc/systemd/system.conf.d', 'var', 'var/lib', 'var/lib/cloud', instance].map((path) => ({
    path,
    mode: 0o755,
  }))
  if (packageSources !== undefined) {
    folders.push({ path: 'etc/apt', mode: 0o755 }, { path: 'etc/apt/apt.conf.d', mode: 0o755 })
    files.push({ path: 'etc/apt/sources.list', mode: 0o644, content: packageSources })
    // Translated descriptions are a third of what apt would read; the image has no translations either.
    files.push({ path: 'etc/apt/apt.conf.d/20languages', mode: 0o644, content: 'Acquire::Languages "none";\n' })
  }
  if (!compiled.defaultUser || spec.publicKeys.length === 0) return [...folders, ...files]
  const home = `home/${DEFAULT_USER}`
  return [
    ...folders,
    ...files,
    { path: 'home', mode: 0o755 },
    { path: home, mode: 0o755, owner: USER_ID },
    { path: `${home}/.ssh`, mode: 0o700, owner: USER_ID },
    { path: `${home}/.ssh/authorized_keys`, mode: 0o600, owner: USER_ID, content: `${spec.publicKeys.join('\n')}\n` },
  ]
}

async function place(root: string, { path, mode, owner = 0, content }: Entry): Promise<void> {
  const target = join(root, path)
  if (content === undefined) await mkdir(target)
  else await writeFile(target, content, { flag: 'wx' })
  await chmod(target, mode)
  await chown(target, FIRST_ID + owner, FIRST_ID + owner)
}

function hostsFile(spec: ServerSpec): string {
  const known = spec.hosts.some((entry) => entry.names.includes(spec.name))
  const own = known ? [] : [`127.0.1.1 ${spec.name}`]
  return `${['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', ...own, ...hostLines(spec.hosts)].join('\n')}\n`
}

/** The gateway has no resolver yet: it refuses at once, so that a name nobody knows costs no time. */
function resolverFile(spec: ServerSpec): string {
  const gateway = spec.nics.find((nic) => nic.gateway !== null)?.gateway
  return `${gateway ? `nameserver ${gateway}\n` : ''}options timeout:1 attempts:1\n`
}
