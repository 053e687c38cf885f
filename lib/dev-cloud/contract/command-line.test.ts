import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutClient } from './command-line.fixture.ts'
import { type Partner, partners } from './partner.fixture.ts'
import { playCommandLine, type Transcript } from './play-command-line.fixture.ts'

/*
 * Debian's own `openstack` command drives a stack through its whole life. What it prints against a real cloud was kept once
 * (record-transcript.ts); it prints the same against every cloud, ids, times and addresses apart. It takes half a minute for each
 * cloud, so it runs where it is asked for: COMMAND_LINE=1.
 */
const file = new URL('transcript.json', import.meta.url)
const reason = process.env.COMMAND_LINE === undefined ? 'COMMAND_LINE=1 runs it, where the openstack command is installed' : withoutClient()
const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Transcript) : undefined

describe.skipIf(reason)(`the openstack command${reason === undefined ? '' : `: ${reason}`}`, () => {
  describe.each(partners)('against %s', (_name, open) => {
    let partner: Partner
    let played: Transcript
    beforeAll(async () => {
      partner = await open()
      played = await playCommandLine(partner)
    }, 400_000)
    afterAll(() => partner.close(), 180_000)

    for (const [part, lines] of Object.entries(known ?? {}) as [keyof Transcript, Transcript['life']][]) {
      test.each(lines.map((line, index) => ({ ...line, index })))(`${part} $index: openstack $command`, ({ index, ...line }) => {
        expect(played[part][index]).toEqual(line)
      })
      test(`${part}: nothing else was typed`, () => {
        expect(played[part]).toHaveLength(lines.length)
      })
    }
  })
})
