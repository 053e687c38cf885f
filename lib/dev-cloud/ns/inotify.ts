import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, markOf, type ProcessMark } from './process.ts'

/** About fourteen machines with systemd use up Debian's 128: the next one would never come up. */
const WANTED = 4096
const SETTING = '/proc/sys/fs/inotify/max_user_instances'
/** Where the clouds of this host see each other, so that the last one puts back what the first one found. */
const REGISTER = '/run/astrolabe-inotify'
const HOST = { setting: SETTING, register: REGISTER }

type Note = { old: number; owner: ProcessMark | null }
type Options = { folder: string; mark: string; log: (line: string) => void; host?: typeof HOST }

/** Raises the host's limit of inotify instances, and writes down what it was: `folder` survives a crash of ours. */
export function raiseInotify({ folder, mark, log, host = HOST }: Options): void {
  const current = Number(readFileSync(host.setting, 'utf8'))
  const found = [...others(host.register, mark).map((entry) => entry.note), ...readNote(fileIn(folder))]
  const old = Math.min(current, ...found.map((note) => note.old))
  if (old >= WANTED) return
  const note: Note = { old, owner: markOf(process.pid) }
  mkdirSync(host.register, { recursive: true, mode: 0o700 })
  for (const path of [fileIn(folder), join(host.register, mark)]) writeFileSync(path, JSON.stringify(note), { mode: 0o600 })
  if (current >= WANTED) return
  writeFileSync(host.setting, String(WANTED))
  log(`dev cloud: fs.inotify.max_user_instances raised from ${old} to ${WANTED} while machines run`)
}

/** Puts the limit back, unless another cloud on this host still needs it. */
export function restoreInotify({ folder, mark, log, host = HOST }: Options): void {
  const own = readNote(fileIn(folder))[0]
  rmSync(fileIn(folder), { force: true })
  rmSync(join(host.register, mark), { force: true })
  const rest = others(host.register, mark)
  if (own === undefined || rest.some((entry) => isAlive(entry.note.owner))) return
  const old = Math.min(own.old, ...rest.map((entry) => entry.note.old))
  writeFileSync(host.setting, String(old))
  log(`dev cloud: fs.inotify.max_user_instances put back to ${old}`)
  for (const { name } of rest) rmSync(join(host.register, name), { force: true })
  try {
    rmdirSync(host.register)
  } catch {
    // Another one has just come.
  }
}

function fileIn(folder: string): string {
  return join(folder, 'inotify.json')
}

function readNote(path: string): Note[] {
  try {
    const note: Note = JSON.parse(readFileSync(path, 'utf8'))
    return [note]
  } catch {
    return []
  }
}

/** What the other clouds of this host wrote down, the dead ones' too: theirs may be the true value. */
function others(register: string, mark: string): { name: string; note: Note }[] {
  let names: string[]
  try {
    names = readdirSync(register).filter((name) => name !== mark)
  } catch {
    return []
  }
  return names.flatMap((name) => readNote(join(register, name)).map((note) => ({ name, note })))
}
