import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutClient } from './command-line.fixture.ts'
import { type Partner, partners } from './partner.fixture.ts'
import { playCommandLine, type Transcript } from './play-command-line.fixture.ts'

/*
 * Debian's own `openstack` command drives a stack through its whole life. What it prints against a real cloud was kept once
 * (record-transcript.ts); it prints the same against every cloud, ids, times and addresses apart. It takes two minutes, so it runs
 * where it is asked for: COMMAND_LINE=1.
 */
const known = JSON.parse(readFileSync(new URL('transcript.json', import.meta.url), 'utf8')) as Transcript
const parts = Object.keys(known) as (keyof Transcript)[]
const reason = process.env.COMMAND_LINE === undefined ? 'COMMAND_LINE=1 runs it, where it is installed' : withoutClient()

if (reason === undefined) describe.each(partners)('the openstack command against %s', playsTheSame)
else test.skip(`the openstack command: ${reason}`, () => undefined)

const playing = new Map<string, Promise<{ partner: Partner; played: Transcript }>>()

/** All clouds at once: most of the time is spent waiting. */
function beginAll(): void {
  for (const [name, open] of partners) {
    const begun = open().then(async (partner) => ({ partner, played: await playCommandLine(partner) }))
    begun.catch(() => undefined)
    playing.set(name, begun)
  }
}

function playsTheSame(name: string): void {
  let partner: Partner
  let played: Transcript
  beforeAll(async () => {
    if (playing.size === 0) beginAll()
    const ended = await playing.get(name)
    if (!ended) throw new Error(`nothing was played against ${name}`)
    partner = ended.partner
    played = ended.played
  }, 500_000)
  afterAll(() => partner.close(), 180_000)

  for (const part of parts) {
    test.each(known[part].map((line, index) => ({ ...line, index })))(`${part} $index: openstack $command`, ({ index, ...line }) => {
      expect(played[part][index]).toEqual(line)
    })
    test(`${part}: nothing else was typed`, () => {
      expect(played[part]).toHaveLength(known[part].length)
    })
  }
}
