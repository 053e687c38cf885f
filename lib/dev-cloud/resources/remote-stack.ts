import type { ResourceType } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import type { Environment } from '../hot/environment.ts'
import { childEnvironment } from '../hot/registry.ts'
import { readTemplate } from '../hot/template.ts'
import { isMap } from '../json.ts'

/** A stack beside this one, in the same project (heat/engine/resources/openstack/heat/remote_stack.py). */
const remoteStack: ResourceType = {
  description: 'A stack beside this one.',
  support: { status: 'SUPPORTED' },
  properties: {
    context: {
      type: 'map',
      updatable: true,
      description: 'Where the stack is: only this cloud here.',
      keys: {
        region_name: { type: 'string', description: 'Region of the other Heat.' },
        credential_secret_id: { type: 'string', updatable: true, description: 'Where in the key manager the credentials for it lie.' },
        ca_cert: { type: 'string', updatable: true, description: 'Certificate of the authority that vouches for it.' },
        insecure: { type: 'boolean', default: false, updatable: true, description: 'Whether its certificate is not looked at.' },
      },
    },
    template: { type: 'string', required: true, updatable: true, description: 'The text of its template.' },
    timeout: { type: 'integer', updatable: true, description: 'Time limit of its actions, in minutes.' },
    parameters: { type: 'map', default: {}, updatable: true, description: 'Its parameters.' },
  },
  attributes: {
    stack_name: { type: 'string', description: 'The name of the stack.' },
    outputs: { type: 'map', description: 'Its outputs by name.' },
  },
  validate(properties) {
    try {
      readTemplate(properties.template)
    } catch (error) {
      const why = error instanceof Fault ? error.message.replace(/^Template not in valid format: /, '') : String(error)
      throw invalidStack(`Failed validating stack template using Heat endpoint at region "None" due to "${why}"`)
    }
  },
  create: () => undefined,
  remove: () => undefined,
  attribute: () => undefined,
  show: () => ({}),
  nesting: {
    kind: 'remote',
    url: 'nested_stack',
    compose({ stack, properties, resource }) {
      const parameters = isMap(properties.parameters) ? properties.parameters : {}
      const environment = childEnvironment(stack.environment as Environment, { parameters, name: resource.name })
      return { template: readTemplate(properties.template).raw, parameters, environment }
    },
  },
}

export const remoteStackTypes: Record<string, ResourceType> = { 'OS::Heat::Stack': remoteStack }
