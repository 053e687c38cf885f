import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { type Machine, startMachine } from './machine.fixture.ts'
import { greetWrongly, misbehave, type Target } from './misbehave.fixture.ts'
import { seededRandom } from './odd-messages.fixture.ts'
import { environmentId, launchId, openBrowser, type RunningGateway, startGateway } from './serve-terminals.fixture.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** Ada, towards a gateway. */
const asAda = (gateway: RunningGateway): Target => ({
  url: gateway.url,
  headers: () => ({ cookie: 'browser=ada', origin: 'http://127.0.0.1' }),
  greeting: async () => ({
    launch: launchId,
    ticket: gateway.ticket(),
    environment: environmentId,
    generation: 1,
    host: 'node1',
    tab: '1',
    mode: 'write',
    client: randomUUID(),
    last: null,
    size: { cols: 80, rows: 24 },
  }),
})

test('nothing that one page sends ends the gateway, or reaches another person’s shell', async () => {
  const machine: Machine = await startMachine()
  cleanups.push(() => machine.close())
  const gateway = await startGateway(machine)
  cleanups.push(() => gateway.stop())
  const lin = openBrowser(gateway, {
    cookie: 'browser=lin',
    ticket: gateway.ticket({ userId: 'lin', loginSessionId: 'login-of-lin' }),
  })
  cleanups.push(() => lin.close())
  await lin.live()
  lin.type('stty -echo; printf "re%s\\n" ady; cat >got\r')
  await lin.sees('ready')
  const seed = 20_261_128
  const deeds = await misbehave(asAda(gateway), { messages: 1_500, random: seededRandom(seed) })
  expect(deeds.sent, `seed ${seed}`).toBeGreaterThanOrEqual(1_500)
  expect(deeds).toMatchObject({ letIn: 0, keptOut: 0 })
  expect(lin.socket.connected).toBe(true)
  lin.type('only-mine\n\x04')
  lin.type('stty echo; echo end-$((3 + 4))\r')
  await lin.sees('end-7')
  expect(readFileSync(`${machine.home}/got`, 'utf8')).toBe('only-mine\n')
}, 60_000)

test('a greeting of a wrong form is refused in words, whatever is wrong with it', async () => {
  const machine = await startMachine()
  cleanups.push(() => machine.close())
  const gateway = await startGateway(machine)
  cleanups.push(() => gateway.stop())
  const answers = await greetWrongly(asAda(gateway))
  expect(answers.length).toBeGreaterThan(150)
  expect(new Set(answers)).toEqual(new Set(['input.invalid', 'access.signed_out']))
  expect(gateway.gateway.shells).toBe(0)
})
