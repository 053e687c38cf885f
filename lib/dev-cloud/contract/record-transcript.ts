/*
 * Plays the openstack command against a real cloud, and keeps what it prints in transcript.json.
 *
 *   OS_CLIENT_CONFIG_FILE=clouds.yaml OS_CLOUD=name node lib/dev-cloud/contract/record-transcript.ts
 */
import { writeFile } from 'node:fs/promises'
import { partners } from './partner.fixture.ts'
import { playCommandLine } from './play-command-line.fixture.ts'

const real = partners[1]
if (!real) throw new Error('OS_CLIENT_CONFIG_FILE and OS_CLOUD name no cloud')
const partner = await real[1]()
const played = await playCommandLine(partner)
await partner.close()
const parts = Object.entries(played).map(
  ([part, lines]) => `${JSON.stringify(part)}: [\n${lines.map((line) => JSON.stringify(line)).join(',\n')}\n]`,
)
await writeFile(new URL('transcript.json', import.meta.url), `{\n${parts.join(',\n')}\n}\n`)
