import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPackageMirror, type PackageMirror } from '../packages/mirror.ts'
import { type OwnMirror, openOwnMirror } from '../packages/own-mirror.fixture.ts'
import { readSources } from '../packages/sources.ts'

/** A mirror on loopback with one package, `lab-greeter`, that is passed on to machines. */
export type LabMirror = { own: OwnMirror; packages: PackageMirror; close(): Promise<void> }

/** Why there can be none here, or null. */
export function whyNoLabMirror(): string | null {
  try {
    execFileSync('dpkg-deb', ['--version'])
    return null
  } catch {
    return 'dpkg-deb is not installed'
  }
}

/** @param parent where it keeps its files */
export async function openLabMirror(parent = tmpdir()): Promise<LabMirror> {
  const folder = mkdtempSync(join(parent, 'astrolabe-mirror-'))
  const own = await openOwnMirror({ ...filesOf('lab-greeter', folder), '/secret': 'secret' })
  const sources = readSources(`[trusted=yes] http://${own.host}/own lab main`, { codename: 'lab', hostEntries: () => '' })
  const packages = openPackageMirror(sources, { folder: join(folder, 'kept') })
  return {
    own,
    packages,
    async close() {
      await packages.close()
      await own.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A package with one program, which says who it is, and the lists of a mirror that has it, by path. */
function filesOf(name: string, folder: string): Record<string, string | Buffer> {
  const tree = join(folder, name)
  for (const part of ['DEBIAN', 'usr/bin']) mkdirSync(join(tree, part), { recursive: true })
  const fields = `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: says who it is\n`
  writeFileSync(join(tree, 'DEBIAN/control'), fields)
  writeFileSync(join(tree, 'usr/bin', name), `#!/bin/sh\necho I am ${name}\n`, { mode: 0o755 })
  const file = join(folder, `${name}.deb`)
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, file])
  const deb = readFileSync(file)
  const digest = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
  const place = `pool/main/${name}_1.0_all.deb`
  const list = `${fields}Filename: ${place}\nSize: ${deb.length}\nSHA256: ${digest(deb)}\n`
  const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim()
  const listPlace = `main/binary-${architecture}/Packages`
  const release = `Suite: lab\nCodename: lab\nComponents: main\nArchitectures: ${architecture} all\nSHA256:\n ${digest(list)} ${list.length} ${listPlace}\n`
  return { [`/own/${place}`]: deb, '/own/dists/lab/Release': release, [`/own/dists/lab/${listPlace}`]: list }
}
