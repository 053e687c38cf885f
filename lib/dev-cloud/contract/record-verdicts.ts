/*
 * Asks a real Heat what it says of the templates that have no verdict yet (`--all`: of all; words: of those whose name has one of
 * them), and keeps it in verdicts.json.
 *
 *   OS_CLIENT_CONFIG_FILE=clouds.yaml OS_CLOUD=name node lib/dev-cloud/contract/record-verdicts.ts [--all | WORDS]
 */
import { readFile, writeFile } from 'node:fs/promises'
import { partners } from './partner.fixture.ts'
import { templateCases } from './template.cases.ts'
import type { Verdict } from './template-case.ts'
import { verdictOf } from './verdict.fixture.ts'

const file = new URL('verdicts.json', import.meta.url)
const words = process.argv.slice(2)
const real = partners[1]
if (!real) throw new Error('OS_CLIENT_CONFIG_FILE and OS_CLOUD name no cloud')
const known = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Record<string, Verdict>
const wanted = templateCases.filter(
  ({ name }) => words[0] === '--all' || (words.length === 0 ? !Object.hasOwn(known, name) : words.some((word) => name.includes(word))),
)
const partner = await real[1]()
const waiting = [...wanted]
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      known[one.name] = await verdictOf(partner, one)
      console.log(`${one.name}: ${JSON.stringify(known[one.name])}`)
    }
  }),
)
await partner.close()
const kept = templateCases.flatMap(({ name }): [string, Verdict][] => (known[name] ? [[name, known[name]]] : []))
kept.sort(([one], [other]) => (one < other ? -1 : 1))
await writeFile(file, `{\n${kept.map(([name, verdict]) => `${JSON.stringify(name)}: ${JSON.stringify(verdict)}`).join(',\n')}\n}\n`)
