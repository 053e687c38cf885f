import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Registration } from '../lib/demo-course/registration.ts'

/** The product's database, for tests that look behind its pages or play what takes long in the world. */
export type Rows = {
  query<T extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<T[]>
  close(): Promise<void>
}

export async function openRows(databaseUrl: string): Promise<Rows> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return {
    query: async (text, values = []) => (await client.query(text, [...values])).rows,
    close: () => client.end(),
  }
}

/** What a launch may leave behind. Tables that a worker fills by itself are not among them. */
const keptTables = [
  'launch',
  'login_session',
  'user',
  'person',
  'membership',
  'course_context',
  'resource_link',
  'deployment',
  'environment',
  'environment_member',
  'nonce',
  'ticket',
]

/** How many rows of everything that a launch may leave behind. */
export async function countKept(rows: Rows): Promise<Record<string, number>> {
  const counts = keptTables.map((table) => `(select count(*)::int from "${table}") as "${table}"`).join(', ')
  const [found] = await rows.query<Record<string, number>>(`select ${counts}`)
  return found ?? {}
}

/** Registers a test platform, as an operator would. */
export async function registerPlatform(rows: Rows, { name, registration }: { name: string; registration: Registration }): Promise<void> {
  const [platformId, registrationId] = [randomUUID(), randomUUID()]
  const { issuer, clientId, authorizationUrl, jwksUrl, loopbackOrigin } = registration
  await rows.query('insert into platform (id, name) values ($1, $2)', [platformId, name])
  await rows.query(
    `insert into registration (id, platform_id, issuer, client_id, authorization_url, jwks_url, loopback_origin)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [registrationId, platformId, issuer, clientId, authorizationUrl, jwksUrl, loopbackOrigin],
  )
  for (const deploymentId of registration.deploymentIds) {
    await rows.query('insert into deployment (id, registration_id, platform_id, deployment_id) values ($1, $2, $3, $4)', [
      randomUUID(),
      registrationId,
      platformId,
      deploymentId,
    ])
  }
}

/** The only form in which the product keeps a token. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
