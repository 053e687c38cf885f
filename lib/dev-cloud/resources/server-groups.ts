import type { ResourceType } from '../cloud.ts'
import { type JsonMap, strings, text } from '../json.ts'
import { serverGroupSchema } from './nova-schema.ts'
import { novaFailure } from './refusals.ts'

/** All machines are on one host here: a group is kept and shown, and moves nothing. It stands beside those that are made through Nova. */
const serverGroup: ResourceType = {
  ...serverGroupSchema,
  create(work) {
    const { cloud, resource, properties } = work
    const { things } = cloud.belongings
    if (!things.serverGroups[resource.plannedId] && Object.keys(things.serverGroups).length >= 10)
      throw novaFailure('Forbidden', 'Quota exceeded, too many server groups.', work, 403)
    things.serverGroups[resource.plannedId] = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      policy: strings(properties.policies)[0] ?? 'anti-affinity',
      createdAt: cloud.now().getTime(),
    }
    cloud.belongings.changed()
    resource.physicalId = resource.plannedId
  },
  remove({ cloud, resource }) {
    delete cloud.belongings.things.serverGroups[resource.plannedId]
    cloud.belongings.changed()
  },
  show({ cloud, resource }): JsonMap {
    const group = cloud.belongings.things.serverGroups[resource.plannedId]
    if (!group) return {}
    const { project, user } = cloud.identity
    const { id, name, policy } = group
    return { id, name, policy, rules: {}, members: [], project_id: project.id, user_id: user.id }
  },
  attribute: () => undefined,
}

export const serverGroupTypes: Record<string, ResourceType> = { 'OS::Nova::ServerGroup': serverGroup }
