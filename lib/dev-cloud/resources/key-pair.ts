import type { ResourceType } from '../cloud.ts'
import { invalidStack } from '../fault.ts'
import { type JsonMap, text } from '../json.ts'
import { fingerprintOf, makeKeyPair } from '../nova/ssh-keys.ts'
import { keyPairSchema } from './nova-schema.ts'
import { novaFailure } from './refusals.ts'

const keyPair: ResourceType = {
  ...keyPairSchema,
  validate(properties, _name, { cloud }) {
    // Recording heat-create-keypair-nova-2.92-400: since 2.92 Nova makes no keys.
    if ((properties.public_key ?? '') === '' && !cloud.makesKeyPairs)
      throw invalidStack('The public_key property is required by the nova API version currently used.')
  },
  async create(work) {
    const { cloud, stack, resource, properties } = work
    const name = text(properties.name) ?? ''
    const known = cloud.content.keyPair(name)
    if (known && !stack.things.keyPairs[name]) throw novaFailure('Conflict', `Key pair '${name}' already exists.`, work, 409)
    if (known && resource.physicalId === null) throw novaFailure('Conflict', `Key pair '${name}' already exists.`, work, 409)
    const count = [...cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things.keyPairs).length, 0)
    if (!known && count >= cloud.quota.keyPairs) throw novaFailure('Forbidden', 'Quota exceeded, too many key pairs.', work, 403)
    const given = (text(properties.public_key) ?? '').trim()
    const made = given === '' ? await makeKeyPair() : { publicKey: given }
    const { publicKey } = made
    const fingerprint = fingerprintOf(publicKey)
    if (fingerprint === undefined) throw novaFailure('BadRequest', 'Keypair data is invalid: failed to generate fingerprint', work, 400)
    stack.things.keyPairs[name] = { name, publicKey, fingerprint, createdAt: cloud.now().getTime() }
    if ('privateKey' in made && properties.save_private_key === true) resource.data.privateKey = made.privateKey
    resource.physicalId = name
  },
  makeRoom: (work) => keyPair.remove(work),
  remove: ({ stack, resource }) => {
    delete stack.things.keyPairs[resource.physicalId ?? '']
  },
  show: ({ stack, resource }): JsonMap => {
    const pair = stack.things.keyPairs[resource.physicalId ?? '']
    return pair ? { name: pair.name, public_key: pair.publicKey, fingerprint: pair.fingerprint, type: 'ssh' } : {}
  },
  attribute: (work, name) => (name === 'private_key' ? (work.resource.data.privateKey ?? '') : keyPair.show(work)[name]),
}

export const keyPairTypes: Record<string, ResourceType> = { 'OS::Nova::KeyPair': keyPair }
