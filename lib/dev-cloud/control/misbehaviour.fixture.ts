import { expect } from 'vitest'
import { type Answer, control, type TestCloud } from '../dev-cloud.fixture.ts'

export const network = `
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}`
export const machine = `
  server: {type: OS::Nova::Server, properties: {name: one, image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}]}}`
export const waiting = `
  handle: {type: OS::Heat::WaitConditionHandle}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, count: 1, timeout: 30}}`
export const stackOf = (...parts: string[]) => `heat_template_version: 2021-04-16\nresources:${parts.join('')}\n`

/** Short words for making a cloud misbehave, and for what one then does with its stack `lab`. */
export function wordsFor(site: () => TestCloud) {
  const ask = (id: string, action: string, name = 'lab') => site().call('POST', `/stacks/${name}/${id}/actions`, { [action]: null })
  const serverUrl = () => `${site().cloud.heatUrl}/compute/v2.1/servers/${[...site().host.machines.keys()][0]}`
  return {
    /** Makes a rule; the result is its id. */
    rule: async (given: object): Promise<string> => {
      const { status, body } = await control(site(), 'POST', '/rules', given)
      expect({ status, body }).toMatchObject({ status: 201 })
      return body.rule.id
    },
    lift: (id: string) => control(site(), 'DELETE', `/rules/${id}`),
    rules: async (): Promise<Answer['body']> => (await control(site(), 'GET', '/')).body.rules,
    stack: async (name = 'lab', parts = [network, machine]): Promise<string> => {
      const id = await site().createStack(name, stackOf(...parts))
      await site().until(name, id, 'CREATE_COMPLETE')
      return id
    },
    ask,
    act: async (id: string, action: string, status: string, name = 'lab'): Promise<string> => {
      await ask(id, action, name)
      return (await site().until(name, id, status)).stack_status_reason
    },
    serverUrl,
    server: async (): Promise<Answer['body']> => (await site().call('GET', serverUrl())).body.server,
  }
}
