import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { isFailure } from '#lib/errors.ts'
import { type LabFiles, readLabFolder } from './folder.ts'
import { parseLab, stackParameters } from './lab.ts'
import { revisionOf } from './publish.ts'
import { problemLine } from './yaml-source.ts'

const starter = join(import.meta.dirname, '../../heat-templates/two-machines')
const made: string[] = []

afterEach(() => Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true }))))

async function newFolder(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'astrolabe-lab-'))
  made.push(folder)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

const bytes = (files: Record<string, string>): LabFiles =>
  new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]))
const problemsWith = async (path: string, change: (text: string) => string) => {
  const files = new Map(await readLabFolder(starter))
  files.set(path, new TextEncoder().encode(change(new TextDecoder().decode(files.get(path)))))
  return parseLab(files).problems?.map(problemLine) ?? []
}

test('the starter lab is in order', async () => {
  const { lab, problems } = parseLab(await readLabFolder(starter))
  expect(problems?.map(problemLine) ?? []).toEqual([])
  expect(lab).toMatchObject({ slug: 'two-machines', defaultHost: 'node1', durationSeconds: 900, readyTimeoutSeconds: 720 })
  expect(lab?.guides[0]?.steps.length).toBe(5)
  expect(lab?.template.files).toHaveProperty(['node.yaml'])
  expect(lab?.tabs.map((tab) => tab.host)).toEqual(['node1', 'node2'])
})

test('every command of the starter lab says which machine it is for', async () => {
  const { lab } = parseLab(await readLabFolder(starter))
  const commands = lab?.guides[0]?.steps.flatMap((step) => [...step.html.matchAll(/<pre data-command=""[^>]*>/g)]) ?? []
  expect(commands.length).toBeGreaterThan(20)
  expect(commands.filter(([tag]) => !/ data-host="node[12]"/.test(tag))).toEqual([])
})

test('only parameters that the template takes are sent to Heat', async () => {
  const { lab } = parseLab(await readLabFolder(starter))
  if (!lab) throw new Error('the starter lab is broken')
  const known = { ssh_public_key: 'a', inside_public_key: 'b', inside_private_key: 'c' }
  expect(stackParameters(lab, known)).toEqual(known)
  const modest = { ...lab, parameters: { flavor: 'lab.small' }, template: { ...lab.template, takes: ['ssh_public_key' as const] } }
  expect(stackParameters(modest, known)).toEqual({ flavor: 'lab.small', ssh_public_key: 'a' })
})

const mismatches: [what: string, path: string, from: string, to: string, says: string][] = [
  [
    'an output that is not there',
    'lab.yaml',
    'outputs.node1_address',
    'outputs.node9_address',
    'lab.yaml:16:16: The template has no output "node9_address".',
  ],
  [
    'a parameter that is not there',
    'lab.yaml',
    '  hosts:',
    '  parameters: {size: 3}\n  hosts:',
    'lab.yaml:13:16: The template has no parameter "size".',
  ],
  [
    'a parameter of the platform',
    'lab.yaml',
    '  hosts:',
    '  parameters: {ssh_public_key: x}\n  hosts:',
    'lab.yaml:13:16: "ssh_public_key" is filled in by the platform.',
  ],
  ['a step without its file', 'lab.yaml', '01-meet.md', '01-meat.md', 'lab.yaml:39:22: There is no text file "guide/01-meat.md"'],
  [
    'a parameter that nobody gives',
    'two-machines.yaml',
    '  image:\n    type: string\n    default: debian-12',
    '  image:\n    type: string',
    'lab.yaml:11:3: The template needs a value for "image"',
  ],
  ['a command for a host that is not there', 'guide/01-meet.md', '{host=node2}', '{host=node3}', 'guide/01-meet.md:'],
]

test.each(mismatches)('told at its line: %s', async (_what, path, from, to, says) => {
  const found = await problemsWith(path, (text) => text.replace(from, to))
  expect(
    found.some((line) => line.startsWith(says)),
    found.join('\n'),
  ).toBe(true)
})

test('a step that is nested beyond measure, or endless, is a problem and no crash', async () => {
  expect(await problemsWith('guide/01-meet.md', () => `${'> '.repeat(5000)}x`)).toEqual([
    'guide/01-meet.md: This file cannot be shown: it is nested too deeply.',
  ])
  expect(await problemsWith('guide/01-meet.md', () => 'x '.repeat(300_000))).toEqual([
    'lab.yaml:39:22: "guide/01-meet.md" is too long for one step.',
  ])
})

test('a folder without lab.yaml, and one whose lab.yaml is no text, say so', () => {
  const missing = [{ file: 'lab.yaml', line: null, column: null, message: 'The folder has no lab.yaml.' }]
  expect(parseLab(bytes({ 'readme.md': '' })).problems).toEqual(missing)
  expect(parseLab(new Map([['lab.yaml', new Uint8Array([0xff, 0xfe])]])).problems).toEqual(missing)
})

test('a folder is read without what begins with a dot', async () => {
  const folder = await newFolder({ 'lab.yaml': 'a', 'guide/1.md': 'b', '.git/config': 'c' })
  expect([...(await readLabFolder(folder)).keys()]).toEqual(['guide/1.md', 'lab.yaml'])
})

const refused: [what: string, prepare: (folder: string) => Promise<void>][] = [
  ['a link to a file outside', (folder) => symlink('/etc/passwd', join(folder, 'passwd'))],
  ['a link to a folder', (folder) => symlink('/etc', join(folder, 'etc'))],
  ['a file that is too large', (folder) => writeFile(join(folder, 'big'), Buffer.alloc(1024 * 1024 + 1))],
  [
    'too many files',
    async (folder) => void (await Promise.all(Array.from({ length: 201 }, (_, n) => writeFile(join(folder, `f${n}`), '')))),
  ],
  ['too deep a folder', async (folder) => void (await mkdir(join(folder, 'a/a/a/a/a/a/a/a'), { recursive: true }))],
]

test.each(refused)('a folder is refused: %s', async (_what, prepare) => {
  const folder = await newFolder({ 'lab.yaml': 'a' })
  await prepare(folder)
  const error: unknown = await readLabFolder(folder).catch((caught: unknown) => caught)
  expect(isFailure(error, 'lab.invalid')).toBe(true)
})

test('a revision depends on every path and byte, and on nothing else', () => {
  const one = revisionOf(bytes({ a: '1', b: '2' }))
  expect(revisionOf(bytes({ b: '2', a: '1' }))).toBe(one)
  for (const other of [bytes({ a: '1', b: '3' }), bytes({ a: '1', c: '2' }), bytes({ a: '1b', '': '2' }), bytes({ a: '1' })])
    expect(revisionOf(other)).not.toBe(one)
})
