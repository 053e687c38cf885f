import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { isMap, type Json, maps } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { openEmbedded, openReal, type Partner } from './partner.fixture.ts'

/** Nobody in this project may have a server or a floating address. */
export async function openPoor(partner: Partner): Promise<Partner> {
  return partner.kind === 'embedded' ? openEmbedded({ quota: { instances: 0, floatingIps: 0 } }) : openPoorProject(partner)
}

/** In a real cloud a project is made for it, by the administrator whose entry in clouds.yaml is called the same with `-admin`. */
async function openPoorProject(partner: Partner): Promise<Partner> {
  const admin = await openReal(partner.cloudsFile, `${partner.cloudName}-admin`)
  const ask = async (method: string, service: 'identity' | 'compute' | 'network', path: string, body?: Json) => {
    const answer = await admin.call({ method, service, path, body })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return mapOf(answer.body)
  }
  const name = partner.stackName()
  const { id } = mapOf((await ask('POST', 'identity', '/v3/projects', { project: { name, domain_id: 'default' } })).project)
  const project = wordOf(id)
  const role = maps((await ask('GET', 'identity', '/v3/roles?name=member')).roles)[0]?.id
  await ask('PUT', 'identity', `/v3/projects/${project}/users/${partner.user.id}/roles/${wordOf(role)}`)
  await ask('PUT', 'compute', `/os-quota-sets/${project}`, { quota_set: { instances: 0 } })
  await ask('PUT', 'network', `/v2.0/quotas/${project}`, { quota: { floatingip: 0 } })
  const folder = await mkdtemp(join(tmpdir(), 'contract-poor-'))
  const file = join(folder, 'clouds.yaml')
  const clouds = mapOf(mapOf(parse(await readFile(partner.cloudsFile, 'utf8')) as Json).clouds)
  const entry = mapOf(clouds[partner.cloudName])
  const auth = isMap(entry.auth) ? { ...entry.auth, project_name: name } : {}
  await writeFile(file, stringify({ clouds: { poor: { ...entry, auth } } }), { mode: 0o600 })
  const poor = await openReal(file, 'poor')
  return {
    ...poor,
    async close() {
      await poor.close()
      await rm(folder, { recursive: true })
      await ask('DELETE', 'network', `/v2.0/quotas/${project}`)
      await ask('DELETE', 'identity', `/v3/projects/${project}`)
    },
  }
}
