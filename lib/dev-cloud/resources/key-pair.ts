import type { ResourceType } from '../cloud.ts'
import { invalidStack } from '../fault.ts'
import { type JsonMap, text } from '../json.ts'
import { fingerprintOf } from '../nova/ssh-keys.ts'
import { novaFailure } from './refusals.ts'

const keyPair: ResourceType = {
  properties: {
    name: { type: 'string', required: true, length: { min: 1, max: 255 } },
    save_private_key: { type: 'boolean', default: false },
    public_key: { type: 'string' },
    type: { type: 'string' },
    user: { type: 'string' },
  },
  attributes: ['public_key', 'private_key'],
  validate(properties) {
    // Recording heat-create-keypair-nova-2.92-400: since 2.92 Nova makes no keys.
    if (properties.public_key === undefined)
      throw invalidStack('The public_key property is required by the nova API version currently used.')
  },
  create(work) {
    const { cloud, stack, resource, properties } = work
    const name = text(properties.name) ?? ''
    const publicKey = (text(properties.public_key) ?? '').trim()
    const known = cloud.content.keyPair(name)
    if (known && !stack.things.keyPairs[name]) throw novaFailure('Conflict', `Key pair '${name}' already exists.`, work, 409)
    if (known && resource.physicalId === null) throw novaFailure('Conflict', `Key pair '${name}' already exists.`, work, 409)
    const count = [...cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things.keyPairs).length, 0)
    if (!known && count >= cloud.quota.keyPairs) throw novaFailure('Forbidden', 'Quota exceeded, too many key pairs.', work, 403)
    const fingerprint = fingerprintOf(publicKey)
    if (fingerprint === undefined) throw novaFailure('BadRequest', 'Keypair data is invalid: failed to generate fingerprint', work, 400)
    stack.things.keyPairs[name] = { name, publicKey, fingerprint, createdAt: cloud.now().getTime() }
    resource.physicalId = name
  },
  remove: ({ stack, resource }) => {
    delete stack.things.keyPairs[resource.physicalId ?? '']
  },
  show: ({ stack, resource }): JsonMap => {
    const pair = stack.things.keyPairs[resource.physicalId ?? '']
    return pair ? { name: pair.name, public_key: pair.publicKey, fingerprint: pair.fingerprint, type: 'ssh' } : {}
  },
  attribute: (work, name) => (name === 'private_key' ? '' : keyPair.show(work)[name]),
}

export const keyPairTypes: Record<string, ResourceType> = { 'OS::Nova::KeyPair': keyPair }
