import { expect } from 'vitest'
import { type Case, nobody, noEntry } from './case.ts'
import type { Call } from './partner.fixture.ts'

const nova = (path: string, more: Partial<Call> = {}): Call => ({ method: 'GET', service: 'compute', path, ...more })
const version = {
  'openstack-api-version': 'compute 2.1',
  'x-openstack-nova-api-version': '2.1',
  vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
}
const count = expect.any(Number)
const flavor = (name: string, vcpus: number, ram: number, disk: number) =>
  expect.objectContaining({
    id: '<id>',
    name,
    vcpus,
    ram,
    disk,
    swap: '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1,
  })
const _lost =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.<br /><br />\n\n\n'
const absolute = {
  maxTotalInstances: count,
  maxTotalCores: count,
  maxTotalRAMSize: count,
  maxServerMeta: 128,
  maxImageMeta: 128,
  maxPersonality: 5,
  maxPersonalitySize: 10240,
  maxServerGroups: 10,
  maxServerGroupMembers: 10,
  maxTotalFloatingIps: -1,
  maxSecurityGroups: -1,
  maxSecurityGroupRules: -1,
  totalRAMUsed: count,
  totalCoresUsed: count,
  totalInstancesUsed: count,
  totalFloatingIpsUsed: 0,
  totalSecurityGroupsUsed: 0,
}
const inUse = { limit: count, in_use: count, reserved: count }

/** Nova, where nothing has been made. */
export const novaCases: Case[] = [
  {
    title: 'Nova tells its version',
    recorded: ['nova-version-200'],
    call: nova('/'),
    status: 200,
    headers: version,
    has: {
      version: {
        id: 'v2.1',
        status: 'CURRENT',
        version: '2.93',
        min_version: '2.1',
        links: [
          { rel: 'self', href: '<compute>/' },
          { rel: 'describedby', type: 'text/html' },
        ],
      },
    },
  },
  {
    title: 'Nova lists its flavors',
    recorded: ['nova-flavors-200'],
    call: nova('/flavors/detail'),
    status: 200,
    headers: version,
    has: {
      flavors: expect.arrayContaining([
        flavor('lab.tiny', 1, 384, 2),
        flavor('lab.small', 1, 512, 2),
        flavor('lab.medium', 2, 1024, 4),
        flavor('lab.large', 2, 2048, 8),
      ]),
    },
  },
  {
    title: 'Nova lists the names of its flavors',
    call: nova('/flavors'),
    status: 200,
    has: { flavors: expect.arrayContaining([expect.objectContaining({ id: '<id>', name: 'lab.tiny' })]) },
  },
  {
    title: 'Nova does not know a flavor that nobody made',
    call: nova('/flavors/no-such-flavor'),
    status: 404,
    is: { itemNotFound: { code: 404, message: 'Flavor no-such-flavor could not be found.' } },
  },
  {
    title: 'Nova tells the limits of a project and what is used',
    recorded: ['nova-limits-200', 'nova-limits-suspended-200'],
    call: nova('/limits'),
    status: 200,
    headers: version,
    has: { limits: { rate: [], absolute } },
  },
  {
    title: 'Nova tells the quota of a project',
    recorded: ['nova-quota-set-200'],
    call: ({ partner }) => nova(`/os-quota-sets/${partner.project.id}`),
    status: 200,
    headers: version,
    has: {
      quota_set: {
        id: '<hex>',
        cores: count,
        instances: count,
        ram: count,
        key_pairs: count,
        floating_ips: -1,
        security_groups: -1,
        metadata_items: 128,
        server_groups: 10,
      },
    },
  },
  {
    title: 'Nova tells what is used of a quota',
    recorded: ['nova-quota-set-detail-200'],
    call: ({ partner }) => nova(`/os-quota-sets/${partner.project.id}/detail`),
    status: 200,
    has: { quota_set: { id: '<hex>', cores: inUse, instances: inUse, ram: inUse } },
  },
  {
    title: 'Nova tells its zones',
    recorded: ['nova-availability-zones-200'],
    call: nova('/os-availability-zone'),
    status: 200,
    headers: version,
    is: { availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true }, hosts: null }] },
  },
  {
    title: 'Nova keeps its hypervisors to administrators',
    recorded: ['nova-hypervisors-403'],
    call: nova('/os-hypervisors'),
    status: 403,
    headers: version,
    is: { forbidden: { code: 403, message: "Policy doesn't allow os_compute_api:os-hypervisors:list to be performed." } },
  },
  {
    title: 'Nova lists key pairs',
    recorded: ['nova-keypairs-200'],
    call: nova('/os-keypairs'),
    status: 200,
    headers: version,
    has: { keypairs: expect.any(Array) },
  },
  {
    title: 'Nova lists servers',
    recorded: ['nova-servers-empty-200'],
    call: nova('/servers/detail'),
    status: 200,
    headers: version,
    has: { servers: expect.any(Array) },
  },
  {
    title: 'Nova does not know a server that nobody made',
    recorded: ['nova-server-unknown-404'],
    call: nova(`/servers/${nobody}`),
    status: 404,
    headers: version,
    is: { itemNotFound: { code: 404, message: 'Instance <id> could not be found.' } },
  },
  {
    title: 'nor can it be acted upon',
    call: nova(`/servers/${nobody}/action`, { method: 'POST', body: { 'os-stop': null } }),
    status: 404,
    is: { itemNotFound: { code: 404, message: 'Instance <id> has no mapping to a cell.' } },
  },
  {
    title: 'Nova answers in the version that it is asked for',
    call: nova('/flavors', { headers: { 'openstack-api-version': 'compute 2.79' } }),
    status: 200,
    headers: { 'openstack-api-version': 'compute 2.79', 'x-openstack-nova-api-version': '2.79' },
  },
  {
    title: 'Nova has no version of tomorrow',
    call: nova('/flavors', { headers: { 'openstack-api-version': 'compute 2.999' } }),
    status: 406,
    has: { computeFault: { code: 406, message: 'Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.93.' } },
  },
  noEntry('Nova opens to nobody without a token', ['nova-no-token-401', 'nova-expired-token-401'], nova('/servers', { token: null })),
  noEntry('Nova opens to no token that is none', ['nova-garbage-token-401'], nova('/servers', { token: 'garbage' })),
]
