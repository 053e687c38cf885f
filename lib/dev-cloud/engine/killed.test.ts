import { cp, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Answer, openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'
import type { Stack } from '../state.ts'

/** Every step takes a second of a clock that only the test moves. */
const step = (value: string) => `{type: OS::Heat::TestResource, properties: {value: ${value}, wait_secs: 1}}`
const template = (value: string, members: number) => `heat_template_version: 2021-04-16
resources:
  a: ${step(value)}
  b: {type: OS::Heat::RandomString, properties: {salt: ${value}}}
  c: ${step('{get_attr: [b, value]}')}
  g: {type: OS::Heat::ResourceGroup, depends_on: c, properties: {count: ${members}, resource_def: ${step(`${value}-%index%`)}}}
  only_${value}: {depends_on: g, ${step('x').slice(1)}
outputs:
  a: {value: {get_attr: [a, output]}}
  b: {value: {get_attr: [b, value]}}
  c: {value: {get_attr: [c, output]}}
  g: {value: {get_attr: [g, output]}}
`

const statusOf = async (site: TestCloud, id: string): Promise<string> =>
  (await site.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status
const countOf = async (site: TestCloud, id: string): Promise<number> =>
  (await site.call('GET', `/stacks/lab/${id}/events?nested_depth=1`)).body.events.length

async function writtenEvents({ folder }: TestCloud, id: string): Promise<number> {
  const stack = JSON.parse(await readFile(join(folder, 'stacks', `${id}.json`), 'utf8')) as Stack
  return [stack, ...Object.values(stack.nested ?? {})].reduce((sum, { events }) => sum + events.length, 0)
}

/** Lets the clock run step by step until the stack is there; `at` is called wherever something has happened. */
async function drive(site: TestCloud, clock: ReturnType<typeof testClock>, to: { id: string; status: string; at?: () => Promise<void> }) {
  let seen = 0
  for (let steps = 0; steps < 40 && (await statusOf(site, to.id)) !== to.status; steps += 1) {
    await expect.poll(() => countOf(site, to.id)).not.toBe(seen)
    seen = await countOf(site, to.id)
    await to.at?.()
    clock.advance(1000)
    await expect.poll(async () => (await statusOf(site, to.id)) === to.status || (await countOf(site, to.id)) !== seen).toBe(true)
  }
}

test('an update with replacements and a growing group ends as if nothing had been, whenever its process is killed', async () => {
  const clock = testClock()
  const site = await openTestCloud(clock)
  const id = await site.createStack('lab', template('one', 1))
  await drive(site, clock, { id, status: 'CREATE_COMPLETE' })
  const moments: string[] = []
  const keep = async () => {
    await expect.poll(() => writtenEvents(site, id)).toBe(await countOf(site, id))
    const folder = await mkdtemp(join(tmpdir(), 'dev-cloud-'))
    await cp(site.folder, folder, { recursive: true })
    moments.push(folder)
  }
  expect((await site.call('PUT', `/stacks/lab/${id}`, { template: template('two', 2) })).status).toBe(202)
  await drive(site, clock, { id, status: 'UPDATE_COMPLETE', at: keep })
  await site.close()
  expect(moments.length).toBeGreaterThan(2)
  for (const folder of moments) {
    const setTimer = (_afterMs: number, what: () => void) => {
      const timer = setImmediate(what)
      return () => clearImmediate(timer)
    }
    // Time limits must not pass with the steps: only what takes a second here is short.
    const short = (afterMs: number, what: () => void) => (afterMs > 2000 ? () => undefined : setTimer(afterMs, what))
    const again = await openTestCloud({ folder, setTimer: short, now: clock.now })
    const status = await statusOf(again, id)
    const stack: Answer['body'] = status.startsWith('CREATE')
      ? await again.until('lab', id, 'CREATE_COMPLETE')
      : await again.until('lab', id, 'UPDATE_COMPLETE')
    const value = status.startsWith('CREATE') ? 'one' : 'two'
    const outputs = Object.fromEntries(
      stack.outputs.map((output: { output_key: string; output_value: unknown }) => [output.output_key, output.output_value]),
    )
    expect(outputs).toMatchObject({ a: value, c: outputs.b, g: value === 'one' ? ['one-0'] : ['two-0', 'two-1'] })
    const names = (await again.call('GET', `/stacks/lab/${id}/resources`)).body.resources.map(
      (each: Record<string, string>) => each.resource_name,
    )
    expect(new Set(names)).toEqual(new Set(['a', 'b', 'c', 'g', `only_${value}`]))
    await again.call('DELETE', `/stacks/lab/${id}`)
    await again.until('lab', id, 'DELETE_COMPLETE')
    await again.close()
  }
})
