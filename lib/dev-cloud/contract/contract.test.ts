import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { wordOf } from './apart.ts'
import { asleepCases } from './asleep.cases.ts'
import { birthCases } from './birth.cases.ts'
import type { Case, Scene } from './case.ts'
import { changedCases } from './changed.cases.ts'
import { earlyCases, lateCases } from './early.cases.ts'
import { beginFailures, failureCases } from './failure.cases.ts'
import { heatCases } from './heat.cases.ts'
import { identityCases } from './identity.cases.ts'
import { listCases } from './list.cases.ts'
import { neutronCases } from './neutron.cases.ts'
import { novaCases } from './nova.cases.ts'
import { novaAskedCases } from './nova-asked.cases.ts'
import { type Answer, type Partner, partners } from './partner.fixture.ts'
import { readRecording, recordingNames, requestLine, withoutRecordings } from './recordings.fixture.ts'
import { beginRecovery, recoveryCases } from './recovery.cases.ts'
import { refusedCases } from './refused.cases.ts'
import { serviceCases } from './services.cases.ts'
import { shownCases } from './shown.cases.ts'
import { signInCases } from './sign-in.cases.ts'
import { validatedCases } from './validated.cases.ts'

/*
 * What is true of every OpenStack, said once: asked of the embedded cloud always, of a real cloud where OS_CLIENT_CONFIG_FILE and
 * OS_CLOUD name one, and held against recordings of real exchanges where they lie beside the checkout.
 */
const groups: [what: string, cases: Case[]][] = [
  ['a stack begins', birthCases],
  ['a stack that is being created', earlyCases],
  ['Keystone', identityCases],
  ['signing in', signInCases],
  ['Heat', heatCases],
  ['templates validated', validatedCases],
  ['stacks refused', refusedCases],
  ['Nova without servers', novaCases],
  ['Nova is asked', novaAskedCases],
  ['Neutron and Glance', neutronCases],
  ['services', serviceCases],
  ['many stacks', listCases],
  ['stacks that fail', failureCases],
  ['a stack that was asked too early', lateCases],
  ['a stack is complete', shownCases],
  ['a stack sleeps', asleepCases],
  ['a stack changes and goes', changedCases],
  ['a stack is lost and found', recoveryCases],
]
const cases = groups.flatMap(([, list]) => list)

/** The one comparison that all partners are held to. */
function satisfies(one: Case, answer: Answer): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: one.status })
  if (one.headers) expect(answer.headers).toMatchObject(one.headers)
  if (one.is !== undefined) expect(answer.body).toEqual(one.is)
  if (one.has !== undefined) expect(answer.body).toMatchObject(one.has as object)
}

test('there are as many cases as were promised, each recording named is there, and no title comes twice in a group', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150)
  for (const [, list] of groups) {
    const titles = list.map(({ title }) => title)
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([])
  }
  if (!withoutRecordings)
    expect(cases.flatMap(({ recorded = [] }) => recorded).filter((name) => !recordingNames.includes(name))).toEqual([])
})

describe.each(partners)('%s', (_name, open) => {
  let partner: Partner
  let scene: Scene
  beforeAll(async () => {
    partner = await open()
    scene = { partner, kept: {} }
    await beginFailures(scene)
    await beginRecovery(scene)
  }, 60_000)
  afterAll(() => partner.close(), 180_000)

  for (const [what, list] of groups) {
    describe(what, () => {
      for (const one of list) {
        test(one.title, async () => {
          await one.first?.(scene)
          const call = typeof one.call === 'function' ? one.call(scene) : one.call
          // A recording that a case names is one of this very request.
          for (const name of withoutRecordings ? [] : (one.recorded ?? [])) {
            expect(readRecording(name).line).toBe(requestLine(call.method, wordOf(partner.apart(partner.address(call)))))
          }
          const answer = await partner.call(call)
          one.keep?.(scene, answer.body, answer.headers)
          satisfies(one, { status: answer.status, headers: apartHeaders(partner, answer.headers), body: partner.apart(answer.body) })
        }, 150_000)
      }
    })
  }
})

function apartHeaders(partner: Partner, headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, wordOf(partner.apart(value as Json))]))
}

if (withoutRecordings === undefined) describe('recordings of a real cloud', satisfy)
else test.skip(`recordings of a real cloud: ${withoutRecordings}`, () => undefined)

function satisfy(): void {
  for (const [what, list] of groups) {
    for (const one of list) {
      test.each(one.recorded ?? [])(`${what}: ${one.title} (%s)`, (name) => {
        satisfies(one, readRecording(name).answer)
      })
    }
  }
}
