import { afterEach, expect } from 'vitest'
import { PASSWORD, type Script, startScriptedCloud } from './cloud.fixture.ts'
import { createHeatClient, type HeatClientSettings, isHeatError, type RequestRecord } from './index.ts'

type Cloud = Awaited<ReturnType<typeof startScriptedCloud>>
const open: Cloud[] = []

afterEach(async () => {
  const complaints = open.flatMap((cloud) => cloud.complaints)
  await Promise.all(open.splice(0).map((cloud) => cloud.close()))
  expect(complaints).toEqual([])
})

export const auth = {
  method: 'password' as const,
  user: { name: 'labs', domain: { id: 'default' } },
  password: PASSWORD,
  project: { name: 'labs', domain: { name: 'Default' } },
} satisfies HeatClientSettings['auth']

/** A client and the scripted cloud that it talks to; the cloud ends with the test, which fails if the cloud had to complain. */
export async function setUp(script: Script, settings: Partial<HeatClientSettings> & { tokenLifeSeconds?: number } = {}) {
  const cloud = await startScriptedCloud(script, { tokenLifeSeconds: settings.tokenLifeSeconds })
  open.push(cloud)
  const clock = { at: new Date('2026-11-21T12:00:00Z') }
  const records: RequestRecord[] = []
  const heat = createHeatClient({
    authUrl: cloud.authUrl,
    auth,
    fetch: globalThis.fetch,
    now: () => clock.at,
    userAgent: 'astrolabe-test/1',
    onRequest: (record) => records.push(record),
    ...settings,
  })
  return { cloud, heat, clock, records }
}

export const ref = { name: 'lab-1', id: '772d128b' }
/** The HeatError with which a call fails. */
export const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => (isHeatError(error) ? error : Promise.reject(error)),
  )
