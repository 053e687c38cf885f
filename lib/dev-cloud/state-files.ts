import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nestIn, noThings, type Stack, type State } from './state.ts'

const writePauseMs = 50

/** Reads `<folder>/stacks`. A file that cannot be read is logged and left where it is. */
export async function openState(folder: string, log: (line: string) => void): Promise<State> {
  const directory = join(folder, 'stacks')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const stacks = new Map<string, Stack>()
  for (const name of (await readdir(directory)).sort()) {
    if (!name.endsWith('.json')) continue
    try {
      const stack = JSON.parse(await readFile(join(directory, name), 'utf8')) as Stack
      // What an earlier version did not know of is not there yet.
      stack.things = { ...noThings(), ...stack.things }
      for (const child of Object.values(stack.nested ?? {})) nestIn(stack, child)
      stacks.set(stack.id, stack)
    } catch (error) {
      log(`unreadable stack file ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { stacks, find: (id) => findStack(stacks, id), ...writer(directory, stacks, log) }
}

function findStack(stacks: Map<string, Stack>, id: string): Stack | undefined {
  const root = stacks.get(id)
  if (root) return root
  for (const { nested } of stacks.values()) if (nested && Object.hasOwn(nested, id)) return nested[id]
  return undefined
}

function writer(directory: string, stacks: Map<string, Stack>, log: (line: string) => void): Omit<State, 'stacks' | 'find'> {
  const dirty = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const writeAll = async () => {
    const ids = [...dirty]
    dirty.clear()
    for (const id of ids) {
      const stack = stacks.get(id)
      const path = join(directory, `${id}.json`)
      if (!stack) await rm(path, { force: true })
      else {
        await writeFile(`${path}.new`, JSON.stringify(stack), { mode: 0o600 })
        await rename(`${path}.new`, path)
      }
    }
  }
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeAll).catch((error: unknown) => log(`cannot write the state: ${String(error)}`))
    return writing
  }
  const touch = (id: string) => {
    dirty.add(id)
    timer ??= setTimeout(write, writePauseMs)
  }
  return {
    changed: (stack) => touch(stack.parent?.rootId ?? stack.id),
    forget: (stack) => {
      stacks.delete(stack.id)
      touch(stack.id)
    },
    flush: () => write(),
  }
}
