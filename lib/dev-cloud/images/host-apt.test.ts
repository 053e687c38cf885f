import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { aptSources } from './host-apt.mjs'

function apt(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-apt-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'sources.list.d'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test('the distribution itself is taken from both forms of apt sources, third parties and sources are not', () => {
  const folder = apt({
    'sources.list': `# a comment
deb [arch=amd64] http://mirror.example/debian bookworm main contrib # why
deb-src http://mirror.example/debian bookworm main
deb http://other.example/debian bullseye main
`,
    'sources.list.d/debian.sources': `Types: deb deb-src
# a comment
URIs: http://one.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://one.example/security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/
Suites: bookworm
Components: main
`,
    'sources.list.d/tool.list': 'deb https://tool.example/apt bookworm stable\n',
    'sources.list.d/tool.list.disabled': 'deb https://tool.example/apt bookworm main\n',
  })
  expect(aptSources('bookworm', folder).trim().split('\n')).toEqual([
    'deb [arch=amd64] http://mirror.example/debian bookworm main contrib',
    'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://one.example/debian bookworm main',
    'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://one.example/debian bookworm-updates main',
    'deb http://one.example/security bookworm-security main',
  ])
})

test('a host whose apt knows no distribution is told so', () => {
  expect(() => aptSources('bookworm', apt({}))).toThrow('apt on this machine has no source for bookworm')
})
