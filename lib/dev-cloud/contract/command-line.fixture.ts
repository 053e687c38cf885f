import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isMap, type Json } from '../json.ts'
import { apart, wordOf } from './apart.ts'
import type { Step, Words } from './command-line.steps.ts'
import type { Partner } from './partner.fixture.ts'

const program = fileURLToPath(new URL('openstack-command.py', import.meta.url))
const python = '/usr/bin/python3'

/** Why the real command-line client cannot be run here, where it cannot. */
export function withoutClient(): string | undefined {
  const found = spawnSync(python, ['-c', 'import openstackclient.shell, heatclient.osc.v1.stack'], { stdio: 'ignore' })
  return found.status === 0 ? undefined : 'the openstack command is not installed (python3-openstackclient, python3-heatclient)'
}

export type Line = { command: string; status: number; out: Json; err: Json }

/** Runs the steps one after the other; what was typed and what was answered, with everything apart that differs each time. */
export async function transcriptOf(partner: Partner, steps: Step[], files: Record<string, string>): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), 'command-line-'))
  const client = openClient()
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    const words: Words = { stack: partner.stackName(), other: partner.stackName(), kept: {} }
    const lines: Line[] = []
    const elsewhere = { ...partner, apart: (value: Json) => apart(partner.apart(value), [[folder, '<folder>']]) }
    for (const step of steps) {
      const argv = step.argv(words)
      const answer = await client.run({
        argv: [...(step.cloud ?? entry(partner)), ...argv],
        env: { PATH: '/usr/bin:/bin', HOME: folder, LC_ALL: 'C.UTF-8', OS_CLIENT_CONFIG_FILE: partner.cloudsFile },
        cwd: folder,
      })
      if (answer.status === 0) step.keep?.(words, answer.out)
      const command = wordOf(partner.apart([...(step.cloud ?? []), ...argv].join(' ')))
      lines.push({ command, status: answer.status, out: readOut(elsewhere, step, answer.out), err: linesOf(elsewhere, answer.err, step) })
    }
    return lines
  } finally {
    await client.close()
    await rm(folder, { recursive: true })
  }
}

const entry = (partner: Partner) => ['--os-cloud', partner.cloudName]

function readOut(partner: Partner, step: Step, out: string): Json {
  const parsed = parse(out)
  if (parsed === undefined) return linesOf(partner, out, step)
  return settle(partner.apart(step.shape ? step.shape(unpack(parsed)) : unpack(parsed)), step)
}

/** The client prints lists and maps within a column as text. */
function unpack(value: Json): Json {
  if (typeof value === 'string') {
    const inner = parse(value)
    return inner === undefined ? value : unpack(inner)
  }
  if (Array.isArray(value)) return value.map(unpack)
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpack(inner)])) : value
}

/** Lists in one order, where their own means nothing. */
function settle(value: Json, step: Step): Json {
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settle(inner, step)]))
  if (!Array.isArray(value)) return value
  const items = value.map((item) => settle(item, step))
  return step.ordered ? items : items.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

function parse(out: string): Json | undefined {
  if (!/^\s*[[{]/.test(out)) return undefined
  try {
    const value = JSON.parse(out) as Json
    return isMap(value) || Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The lines of a text: sorted where several things happen at once, for then their order means nothing. */
function linesOf(partner: Partner, text: string, step: Step): Json {
  const lines = wordOf(partner.apart(text.trimEnd())).split('\n')
  if (lines.length === 1 && lines[0] === '') return []
  const told = step.hurried ? lines.filter((line) => !line.startsWith('<time> [')) : lines
  return step.together ? [...new Set(told)].sort() : told
}

type Answer = { status: number; out: string; err: string }

function openClient() {
  const child: ChildProcessWithoutNullStreams = spawn(python, [program])
  const said: string[] = []
  child.stderr.on('data', (part: Buffer) => said.push(part.toString()))
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async run(command: { argv: string[]; env: Record<string, string>; cwd: string }): Promise<Answer> {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const next = await answers.next()
      if (next.done) throw new Error(`the client has ended: ${said.join('')}`)
      return JSON.parse(next.value) as Answer
    },
    close: () =>
      new Promise<void>((resolve) => {
        child.once('exit', () => resolve())
        child.stdin.end()
      }),
  }
}
