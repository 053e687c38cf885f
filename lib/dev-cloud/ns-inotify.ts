import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, markOf, type ProcessMark } from './ns-process.ts'

/** About fourteen machines with systemd use up Debian's 128: the next one would never come up. */
const WANTED = 4096
const SETTING = '/proc/sys/fs/inotify/max_user_instances'
/** Where the clouds of this host see each other, so that the last one puts back what the first one found. */
const REGISTER = '/run/astrolabe-inotify'

type Note = { old: number; owner: ProcessMark | null }
type Options = { folder: string; mark: string; log: (line: string) => void }

/** Raises the host's limit of inotify instances, and writes down what it was: `folder` survives a crash of ours. */
export function raiseInotify({ folder, mark, log }: Options): void {
  const current = Number(readFileSync(SETTING, 'utf8'))
  const known = [...others(mark), readNote(folder)].flatMap((note) => (note === null ? [] : [note.old]))
  const old = Math.min(current, ...known)
  if (old >= WANTED) return
  const note: Note = { old, owner: markOf(process.pid) }
  writeFileSync(fileIn(folder), JSON.stringify(note), { mode: 0o600 })
  mkdirSync(REGISTER, { recursive: true, mode: 0o755 })
  rmSync(join(REGISTER, mark), { force: true })
  symlinkSync(fileIn(folder), join(REGISTER, mark))
  if (current >= WANTED) return
  writeFileSync(SETTING, String(WANTED))
  log(`dev cloud: fs.inotify.max_user_instances raised from ${old} to ${WANTED} while machines run`)
}

/** Puts the limit back, unless another cloud on this host still needs it. */
export function restoreInotify({ folder, mark, log }: Options): void {
  const note = readNote(folder)
  if (note === null) return
  rmSync(join(REGISTER, mark), { force: true })
  if (others(mark).length === 0) {
    writeFileSync(SETTING, String(note.old))
    log(`dev cloud: fs.inotify.max_user_instances put back to ${note.old}`)
    try {
      rmdirSync(REGISTER)
    } catch {
      // Another one has just come.
    }
  }
  rmSync(fileIn(folder), { force: true })
}

function fileIn(folder: string): string {
  return join(folder, 'inotify.json')
}

function readNote(folder: string): Note | null {
  try {
    const note: Note = JSON.parse(readFileSync(fileIn(folder), 'utf8'))
    return note
  } catch {
    return null
  }
}

/** The notes of other clouds whose process lives; those of the dead, or of folders that are gone, are removed. */
function others(mark: string): Note[] {
  let names: string[]
  try {
    names = readdirSync(REGISTER).filter((name) => name !== mark)
  } catch {
    return []
  }
  return names.flatMap((name) => {
    const note = noteBehind(join(REGISTER, name))
    if (note !== null && isAlive(note.owner)) return [note]
    if (note === null) rmSync(join(REGISTER, name), { force: true })
    return []
  })
}

function noteBehind(link: string): Note | null {
  try {
    const note: Note = JSON.parse(readFileSync(readlinkSync(link), 'utf8'))
    return note
  } catch {
    return null
  }
}
