import type { Description } from '../cloud.ts'

export const keyPairSchema: Description = {
  description: 'A key pair for SSH.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    name: { type: 'string', required: true, description: 'Name of the key pair.', length: { min: 1, max: 255 } },
    save_private_key: { type: 'boolean', description: 'Whether the private key is kept, for the attribute of that name.', default: false },
    public_key: { type: 'string', description: 'Public key to enter; without one, Nova makes a pair (up to microversion 2.91).' },
    type: { type: 'string', description: 'What sort of key it is.', allowed: ['ssh', 'x509'] },
    user: { type: 'string', description: 'User for whom it is entered; for administrators.', content: 'keystone.user' },
  },
  attributes: {
    public_key: { type: 'string', description: 'The public key.' },
    private_key: { type: 'string', description: 'The private key, where it was made here and is kept.' },
  },
}

export const serverGroupSchema: Description = {
  description: 'Servers that shall stand together, or apart.',
  support: { status: 'SUPPORTED', version: '2014.2' },
  properties: {
    name: { type: 'string', description: 'Name of the group.' },
    policies: {
      type: 'list',
      description: 'Whether its servers stand on the same host or on different ones.',
      default: ['anti-affinity'],
      allowed: ['anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity'],
      items: { type: 'string' },
    },
    rules: {
      type: 'map',
      description: 'Rules for the policy.',
      keys: { max_server_per_host: { type: 'number', description: 'How many of its servers may stand on one host.' } },
    },
  },
  attributes: {},
}

export const novaFloatingIpSchema: Description = {
  description: "An address from outside, in Nova's old way.",
  support: {
    status: 'HIDDEN',
    version: '11.0.0',
    message: 'Please use OS::Neutron::FloatingIP instead.',
    before: {
      status: 'DEPRECATED',
      version: '9.0.0',
      message: 'Please use OS::Neutron::FloatingIP instead.',
      before: { status: 'SUPPORTED', version: '2014.1' },
    },
  },
  properties: {
    pool: { type: 'string', description: 'Pool from which the address comes.' },
  },
  attributes: {
    pool: { type: 'string', description: 'Pool from which the address comes.' },
    ip: { type: 'string', description: 'The address.' },
  },
}

export const novaFloatingIpAssociationSchema: Description = {
  description: "Gives a server an address from outside, in Nova's old way.",
  support: {
    status: 'HIDDEN',
    version: '11.0.0',
    message: 'Please use OS::Neutron::FloatingIPAssociation instead.',
    before: {
      status: 'DEPRECATED',
      version: '9.0.0',
      message: 'Please use OS::Neutron::FloatingIPAssociation instead.',
      before: { status: 'SUPPORTED', version: '2014.1' },
    },
  },
  properties: {
    server_id: { type: 'string', required: true, updatable: true, description: 'Server that gets the address.', content: 'nova.server' },
    floating_ip: { type: 'string', required: true, updatable: true, description: 'Address to associate, by id.' },
  },
  attributes: {},
}
