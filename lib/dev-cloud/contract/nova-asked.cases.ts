import { expect } from 'vitest'
import type { JsonMap } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, nobody, noEntry } from './case.ts'
import type { Call } from './partner.fixture.ts'

type More = Partial<Call>
const nova = (path: string, more: More = {}): Call => ({ method: 'GET', service: 'compute', path, ...more })
const since = (version: string): More => ({ headers: { 'openstack-api-version': `compute ${version}` } })
const posted = (body: JsonMap, more: More = {}): More => ({ method: 'POST', body, ...more })

const kinds: Record<number, string> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  406: 'computeFault',
  409: 'conflictingRequest',
}

function novaRefuses(title: string, call: Call, [status, message]: [status: number, message: string]): Case {
  return { title, call, status, is: { [kinds[status] ?? '']: { code: status, message } } }
}

const policy = (name: string): [number, string] => [403, `Policy doesn't allow os_compute_api:${name} to be performed.`]
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9b9wQvTt8w1kC7Y0gP2h6K2Qm7uT8u8xK4c1x7X7yQ test'
const key = { name: '<stack>', public_key: publicKey, fingerprint: '<fingerprint>' }

/** Nova without servers: what it is asked for, by whom and in which version. */
export const novaAskedCases: Case[] = [
  novaRefuses('a version that is no number is none', nova('/flavors', since('x')), [
    400,
    'API Version String x is of invalid format. Must be of format MajorNum.MinorNum.',
  ]),
  {
    title: 'the newest version is told where the newest is wanted',
    call: nova('/flavors', since('latest')),
    status: 200,
    headers: { 'openstack-api-version': 'compute 2.93', 'x-openstack-nova-api-version': '2.93' },
  },
  {
    title: 'a version of another service is not Nova’s',
    call: nova('/flavors', { headers: { 'openstack-api-version': 'volume 3.0' } }),
    status: 200,
    headers: { 'openstack-api-version': 'compute 2.1' },
  },
  {
    title: 'flavors say what they ask for since 2.61, and their swap in numbers since 2.75',
    call: nova('/flavors/detail?minRam=2048', since('2.75')),
    status: 200,
    has: { flavors: [{ name: 'lab.large', description: null, extra_specs: {}, swap: 0 }] },
  },
  novaRefuses('a limit is a number', nova('/servers?limit=x'), [
    400,
    "Invalid input for query parameters limit. Value: x. 'x' does not match '^[0-9]*$'",
  ]),
  { title: 'no servers are listed where none are wanted', call: nova('/servers?limit=0'), status: 200, is: { servers: [] } },
  novaRefuses('a page begins after a server', nova(`/servers?marker=${nobody}`), [400, 'marker [<id>] not found']),
  { title: 'a status that there is not is no server’s', call: nova('/servers?status=NOTHING'), status: 200, is: { servers: [] } },
  novaRefuses('and is refused since 2.38', nova('/servers?status=NOTHING', since('2.38')), [400, 'Invalid status value']),
  novaRefuses('only administrators see what is gone', nova('/servers?status=DELETED'), [
    403,
    'Only administrators may list deleted instances',
  ]),
  novaRefuses('and what others have', nova('/servers/detail?all_tenants=1'), policy('servers:detail:get_all_tenants')),
  novaRefuses('a time is a time', nova('/servers?changes-since=nonsense'), [
    400,
    "Invalid input for query parameters changes-since. Value: nonsense. 'nonsense' is not a 'date-time'",
  ]),
  novaRefuses('an action is one', nova(`/servers/${nobody}/action`, posted({ suspend: null, resume: null })), [
    400,
    'Malformed request body',
  ]),
  novaRefuses('an action that there is not is none', nova(`/servers/${nobody}/action`, posted({ fly: null })), [
    400,
    'There is no such action: fly',
  ]),
  ...(
    [
      ['/os-services', 'os-services:list'],
      ['/os-aggregates', 'os-aggregates:index'],
      ['/os-migrations', 'os-migrations:index'],
      ['/os-availability-zone/detail', 'os-availability-zone:detail'],
      ['/limits?tenant_id=x', 'limits:other_project'],
    ] as const
  ).map(([path, name]) => novaRefuses(`Nova keeps ${path} to administrators`, nova(path), policy(name))),
  novaRefuses(
    'Nova lets nobody else make flavors',
    nova('/flavors', posted({ flavor: { name: 'x', ram: 1, disk: 1, vcpus: 1 } })),
    policy('os-flavor-manage:create'),
  ),
  {
    title: 'a key pair is brought along',
    call: ({ partner }) =>
      nova('/os-keypairs', posted({ keypair: { name: partner.stackName(), public_key: publicKey, type: 'ssh' } }, since('2.2'))),
    status: 201,
    is: { keypair: { ...key, type: 'ssh', user_id: '<hex>' } },
    keep: ({ kept }, body) => {
      kept.ownKey = wordOf(mapOf(mapOf(body).keypair).name)
    },
  },
  {
    title: 'and shown',
    call: ({ kept }) => nova(`/os-keypairs/${kept.ownKey}`),
    status: 200,
    has: { keypair: { ...key, user_id: '<hex>', deleted: false, deleted_at: null, updated_at: null, id: expect.any(Number) } },
  },
  {
    title: 'and there once',
    call: ({ kept }) => nova('/os-keypairs', posted({ keypair: { name: wordOf(kept.ownKey), public_key: publicKey } })),
    status: 409,
    is: { conflictingRequest: { code: 409, message: "Key pair '<stack>' already exists." } },
  },
  { title: 'and thrown away', call: ({ kept }) => nova(`/os-keypairs/${kept.ownKey}`, { method: 'DELETE' }), status: 202 },
  novaRefuses('what is no key is none', nova('/os-keypairs', posted({ keypair: { name: 'x', public_key: 'nonsense' } })), [
    400,
    'Keypair data is invalid: failed to generate fingerprint',
  ]),
  novaRefuses('Nova makes no keys any more', nova('/os-keypairs', posted({ keypair: { name: 'x' } }, since('2.92'))), [
    400,
    "Invalid input for field/attribute keypair. Value: {'name': 'x'}. 'public_key' is a required property",
  ]),
  novaRefuses(
    'a group of servers has a policy',
    nova('/os-server-groups', posted({ server_group: { name: 'x', policy: 'no' } }, since('2.64'))),
    [
      400,
      "Invalid input for field/attribute policy. Value: no. 'no' is not one of ['anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity']",
    ],
  ),
  {
    title: 'Nova tells nothing of networks since 2.36, nor of files since 2.57',
    call: ({ partner }) => nova(`/os-quota-sets/${partner.project.id}`, since('2.57')),
    status: 200,
    is: {
      quota_set: {
        id: '<hex>',
        ...Object.fromEntries(
          ['cores', 'instances', 'key_pairs', 'metadata_items', 'ram', 'server_group_members', 'server_groups'].map((name) => [
            name,
            expect.any(Number),
          ]),
        ),
      },
    },
  },
  noEntry('Nova tells strangers of no address', [], nova('/nothing', { token: null })),
  {
    title: 'Nova does not know other addresses',
    call: nova('/nothing'),
    status: 404,
    is: { code: '404 Not Found', title: 'Not Found', message: 'The resource could not be found.<br /><br />\n\n\n' },
  },
]
