import { randomUUID } from 'node:crypto'
import type { SoftwareConfig } from '../belongings.ts'
import { type Cloud, isoSeconds } from '../cloud.ts'
import { badRequest, Fault } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, type Route } from '../http.ts'
import { isMap, type JsonMap, maps, text } from '../json.ts'
import type { Resource } from '../state.ts'
import { type Heat, ok, pageOf, readLimit } from './api.ts'

/**
 * Orchestration API v1, "Software configurations", "Manage services". Configurations are kept and shown; there is no agent in a machine
 * that would fetch a deployment, so none is taken.
 */
export function softwareConfigRoutes(heat: Heat, at: At): Route[] {
  const { cloud } = heat
  return [
    at('GET', '/software_configs', (request) => list(cloud, request)),
    at('POST', '/software_configs', (request) => create(cloud, request)),
    at('GET', '/software_configs/:id', (request) => ok({ software_config: full(configOf(cloud, request)) })),
    at('DELETE', '/software_configs/:id', (request) => remove(cloud, request)),
    at('GET', '/software_deployments', () => ok({ software_deployments: [] })),
    at('GET', '/software_deployments/metadata/:server', () => ok({ metadata: [] })),
    at('POST', '/software_deployments', () => {
      throw badRequest('This development cloud has no software deployments: nothing in its machines would fetch them.')
    }),
    at('GET', '/software_deployments/:id', ({ params }) => {
      throw new Fault(404, 'NotFound', `Deployment with id ${params.id} not found`)
    }),
    at('GET', '/services', () => {
      throw new Fault(403, 'Forbidden', 'You are not authorized to use service:index.')
    }),
  ]
}

const typesOfConfigs = ['OS::Heat::SoftwareConfig', 'OS::Heat::StructuredConfig', 'OS::Heat::CloudConfig', 'OS::Heat::MultipartMime']

/** Those of the project and those that its stacks have made, newest first. */
function all(cloud: Cloud): SoftwareConfig[] {
  const ofStacks = [...cloud.state.stacks.values()].flatMap(({ resources }) =>
    Object.values(resources).flatMap((resource) => (typesOfConfigs.includes(resource.type) ? asConfig(resource) : [])),
  )
  return [...Object.values(cloud.belongings.things.softwareConfigs), ...ofStacks].sort((one, other) => other.createdAt - one.createdAt)
}

function asConfig({ physicalId, physicalName, properties, data, createdAt }: Resource): SoftwareConfig[] {
  if (physicalId === null) return []
  const { config = data.config ?? null, group, inputs, outputs, options } = properties
  return [
    {
      id: physicalId,
      name: physicalName,
      group: text(group) ?? 'Heat::Ungrouped',
      config,
      inputs: maps(inputs),
      outputs: maps(outputs),
      options: isMap(options) ? options : {},
      createdAt,
    },
  ]
}

function list(cloud: Cloud, request: HttpRequest): HttpReply {
  const page = pageOf(all(cloud), request.query.get('marker'), readLimit(request))
  return ok({ software_configs: page.map(({ id, name, group, createdAt }) => ({ id, name, group, creation_time: isoSeconds(createdAt) })) })
}

function create(cloud: Cloud, request: HttpRequest): HttpReply {
  const body = bodyOf(request)
  const config: SoftwareConfig = {
    id: randomUUID(),
    name: text(body.name) ?? null,
    group: text(body.group) ?? null,
    config: body.config ?? null,
    inputs: maps(body.inputs).map((input) => ({ type: 'String', ...input })),
    outputs: maps(body.outputs).map((output) => ({ type: 'String', error_output: false, ...output })),
    options: isMap(body.options) ? body.options : {},
    createdAt: cloud.now().getTime(),
  }
  for (const io of [...config.inputs, ...config.outputs]) refuseInvalid(io)
  cloud.belongings.things.softwareConfigs[config.id] = config
  cloud.belongings.changed()
  return ok({ software_config: full(config) })
}

/** heat/engine/software_config_io.py: what is no input is refused without a word. */
function refuseInvalid(io: JsonMap): void {
  if (typeof io.name !== 'string' || !['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'].includes(text(io.type) ?? ''))
    throw new Fault(400, 'ValueError')
}

function remove(cloud: Cloud, request: HttpRequest): HttpReply {
  const { id } = configOf(cloud, request)
  const { softwareConfigs } = cloud.belongings.things
  if (!Object.hasOwn(softwareConfigs, id)) throw badRequest('Configurations that a stack has made are deleted with it.')
  delete softwareConfigs[id]
  cloud.belongings.changed()
  return { status: 204 }
}

function configOf(cloud: Cloud, { params }: HttpRequest): SoftwareConfig {
  const found = all(cloud).find(({ id }) => id === params.id)
  if (!found) throw new Fault(404, 'NotFound', `Software config with id ${params.id} not found`)
  return found
}

function full({ createdAt, ...config }: SoftwareConfig): JsonMap {
  return { ...config, creation_time: isoSeconds(createdAt) }
}
