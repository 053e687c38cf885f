import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLabFolder } from './folder.ts'
import { parseLab } from './lab.ts'

const labs = join(import.meta.dirname, '../../heat-templates')
const names = readdirSync(labs)
const labOf = async (name: string) => parseLab(await readLabFolder(join(labs, name)))

test.each(names)('the starter lab %s is one that an instructor could publish', async (name) => {
  const { lab, problems } = await labOf(name)
  expect(problems).toBeNull()
  expect(lab?.slug).toBe(name)
})

test.each(names)('every command in the guide of %s is for one of its machines, and one that a shell can read', async (name) => {
  const { lab } = await labOf(name)
  const hosts = lab?.hosts.map(({ id }) => id) ?? []
  const guide = join(labs, name, 'guide')
  let blocks = 0
  for (const file of readdirSync(guide).filter((each) => each.endsWith('.md'))) {
    const text = readFileSync(join(guide, file), 'utf8')
    // Every fence, so that none is left out for being written differently.
    expect(text.match(/^```/gm)?.length, file).toBe((text.match(/^```sh \{host=[a-z0-9-]+\}$/gm)?.length ?? 0) * 2)
    for (const [, host = '', commands = ''] of text.matchAll(/^```sh \{host=([a-z0-9-]+)\}\n([\s\S]*?)\n```$/gm)) {
      blocks += 1
      expect(hosts, file).toContain(host)
      expect(spawnSync('bash', ['-n'], { input: commands, encoding: 'utf8' }), `${file}: ${commands}`).toMatchObject({
        stderr: '',
        status: 0,
      })
    }
  }
  expect(blocks).toBeGreaterThan(5)
})

test.each(names.flatMap((name) => readdirSync(join(labs, name)).flatMap((file) => (file.endsWith('.sh') ? [[name, file]] : []))))(
  'what the machines of %s run at first, %s, is a script that bash can read',
  (name, file) => {
    const input = readFileSync(join(labs, name, file), 'utf8').replaceAll(/%[a-z_]+%/g, 'x')
    expect(spawnSync('bash', ['-n'], { input, encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 })
  },
)
