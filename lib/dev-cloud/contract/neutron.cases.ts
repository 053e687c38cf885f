import { expect } from 'vitest'
import { type Case, nobody, noEntry } from './case.ts'
import type { Call } from './partner.fixture.ts'

const neutron = (path: string, more: Partial<Call> = {}): Call => ({ method: 'GET', service: 'network', path, ...more })
const glance = (path: string, more: Partial<Call> = {}): Call => ({ method: 'GET', service: 'image', path, ...more })
const count = expect.any(Number)
const lost =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.<br /><br />\n\n\n'
const entry = { code: '401 Unauthorized', title: 'Unauthorized', message: lost }
const used = { limit: count, used: count, reserved: count }
/** Neutron and Glance, where nothing has been made. */
export const neutronCases: Case[] = [
  {
    title: 'Neutron shows the network outside',
    recorded: ['neutron-networks-external-200'],
    call: neutron('/v2.0/networks?router:external=true'),
    status: 200,
    has: {
      networks: [
        {
          id: '<id>',
          name: 'public',
          tenant_id: '<hex>',
          project_id: '<hex>',
          admin_state_up: true,
          mtu: 1500,
          status: 'ACTIVE',
          subnets: ['<id>'],
          shared: false,
          'router:external': true,
          port_security_enabled: true,
          tags: [],
        },
      ],
    },
  },
  {
    title: 'Neutron does not know a network that nobody made',
    recorded: ['neutron-network-unknown-404'],
    call: neutron(`/v2.0/networks/${nobody}`),
    status: 404,
    is: { NeutronError: { type: 'NetworkNotFound', message: 'Network <id> could not be found.', detail: '' } },
  },
  {
    title: 'nor a port',
    call: neutron(`/v2.0/ports/${nobody}`),
    status: 404,
    is: { NeutronError: { type: 'PortNotFound', message: 'Port <id> could not be found.', detail: '' } },
  },
  {
    title: 'nor a floating address',
    call: neutron(`/v2.0/floatingips/${nobody}`),
    status: 404,
    is: { NeutronError: { type: 'FloatingIPNotFound', message: 'Floating IP <id> could not be found', detail: '' } },
  },
  {
    title: 'Neutron tells the quota of a project',
    recorded: ['neutron-quotas-200'],
    call: ({ partner }) => neutron(`/v2.0/quotas/${partner.project.id}`),
    status: 200,
    has: {
      quota: {
        network: count,
        subnet: count,
        subnetpool: -1,
        port: count,
        router: count,
        floatingip: count,
        rbac_policy: count,
        security_group: count,
        security_group_rule: count,
      },
    },
  },
  {
    title: 'Neutron tells what is used of a quota',
    recorded: ['neutron-quota-details-200'],
    call: ({ partner }) => neutron(`/v2.0/quotas/${partner.project.id}/details.json`),
    status: 200,
    has: { quota: { network: used, port: used, router: used, floatingip: used } },
  },
  {
    title: 'Neutron lists its extensions',
    recorded: ['neutron-extensions-200'],
    call: neutron('/v2.0/extensions'),
    status: 200,
    has: {
      extensions: expect.arrayContaining([
        expect.objectContaining({ alias: 'router' }),
        expect.objectContaining({ alias: 'security-group' }),
      ]),
    },
  },
  noEntry(
    'Neutron opens to nobody without a token',
    ['neutron-no-token-401', 'neutron-expired-token-401'],
    neutron('/v2.0/networks', { token: null }),
  ),
  noEntry('Neutron opens to no token that is none', ['neutron-garbage-token-401'], neutron('/v2.0/networks', { token: 'garbage' })),
  {
    title: 'Glance lists its images',
    recorded: ['glance-images-200'],
    call: glance('/v2/images'),
    status: 200,
    has: {
      images: expect.arrayContaining([
        expect.objectContaining({
          id: '<id>',
          name: 'debian-12',
          visibility: 'public',
          status: 'active',
          container_format: 'bare',
          protected: false,
          os_hidden: false,
          owner: '<hex>',
          file: '/v2/images/<id>/file',
          self: '/v2/images/<id>',
          schema: '/v2/schemas/image',
        }),
      ]),
      first: '/v2/images',
      schema: '/v2/schemas/images',
    },
  },
  {
    title: 'Glance finds an image by its name',
    call: glance('/v2/images?name=debian-12'),
    status: 200,
    has: { images: [{ name: 'debian-12' }] },
  },
  {
    title: 'Glance finds no image of a name that none has',
    call: glance('/v2/images?name=no-such-image'),
    status: 200,
    has: { images: [] },
  },
  {
    title: 'Glance does not know an image that nobody made',
    recorded: ['glance-image-unknown-404'],
    call: glance(`/v2/images/${nobody}`),
    status: 404,
    is: { code: '404 Not Found', title: 'Not Found', message: 'No image found with ID <id><br /><br />\n\n\n' },
  },
  {
    title: 'Glance opens to nobody without a token',
    recorded: ['glance-no-token-401'],
    call: glance('/v2/images', { token: null }),
    status: 401,
    headers: { 'www-authenticate': 'Keystone uri="<identity>"' },
    is: entry,
  },
  {
    title: 'Glance opens to no token that is none',
    recorded: ['glance-garbage-token-401'],
    call: glance('/v2/images', { token: 'garbage' }),
    status: 401,
    headers: { 'www-authenticate': 'Keystone uri="<identity>"' },
    is: entry,
  },
]
