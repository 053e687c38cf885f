import { isMap, type Json, type JsonMap } from '../json.ts'
import { wordOf } from './apart.ts'

/** Names of this run, and what earlier steps have seen. */
export type Words = { stack: string; other: string; kept: Record<string, string> }

/** One command as it is typed after `openstack`. */
export type Step = {
  argv: (words: Words) => string[]
  /** Instead of the cloud's entry in clouds.yaml. */
  cloud?: string[]
  /** The order of a list means something. */
  ordered?: true
  /** Several things go on at once: lines are sorted, and each is kept once. */
  together?: true
  /** What is told meanwhile depends on how soon it is over: lines of events are left out. */
  hurried?: true
  /** What of an answer is compared. */
  shape?: (out: Json) => Json
  keep?: (words: Words, out: string) => void
}

const type = (text: string, more: Omit<Step, 'argv'> = {}): Step => ({
  argv: (words) =>
    text.split(' ').map((word) =>
      word
        .replaceAll('STACK', words.stack)
        .replaceAll('OTHER', words.other)
        .replace(/KEPT_(\w+)/, (_, key: string) => words.kept[key] ?? `no ${key}`),
    ),
  ...more,
})
const json = (text: string, more: Omit<Step, 'argv'> = {}) => type(`${text} -f json`, more)
/** Of each row, or of the one thing shown, these columns. */
const columnsOf = (out: Json, names: string[]): Json => {
  const of = (row: Json): Json => (isMap(row) ? Object.fromEntries(names.map((name) => [name, row[name] ?? null])) : row)
  return Array.isArray(out) ? out.map(of) : of(out)
}
const columns = (...names: string[]): Pick<Step, 'shape'> => ({ shape: (out) => columnsOf(out, names) })
const without = (...names: string[]): Pick<Step, 'shape'> => ({
  shape: (out) => (isMap(out) ? (Object.fromEntries(Object.entries(out).filter(([key]) => !names.includes(key))) as JsonMap) : out),
})
/** The rows that bear one of these names. */
const among = (out: Json, names: string[]): Json =>
  Array.isArray(out) ? out.filter((row) => isMap(row) && names.includes(wordOf(row.Name))) : out
/** The older languages are not spoken here. */
const hotOnly: Pick<Step, 'shape'> = {
  shape: (out) => (Array.isArray(out) ? out.filter((row) => isMap(row) && row.Type === 'hot') : out),
}
const changedNames = (out: Json): Json =>
  isMap(out)
    ? Object.fromEntries(
        Object.entries(out).map(([what, changed]) => [
          what,
          Array.isArray(changed) ? changed.map((one) => (isMap(one) ? (one.resource_name ?? null) : one)) : changed,
        ]),
      )
    : out
const keepToken = (words: Words, out: string) => {
  words.kept.token = (JSON.parse(out) as { id: string }).id
}

/** The files that the commands read. */
export const commandFiles: Record<string, string> = {
  'app.yaml': `heat_template_version: 2021-04-16
description: A life on the command line
parameters:
  count: {type: number, default: 1, description: How many, constraints: [{range: {min: 0, max: 4}}]}
  secret: {type: string, hidden: true, default: hush}
  greeting: {type: string}
resources:
  node: {type: My::Node, properties: {label: {get_param: greeting}}}
  group:
    type: OS::Heat::ResourceGroup
    properties: {count: {get_param: count}, resource_def: {type: OS::Heat::RandomString, properties: {length: 8}}}
  text: {type: OS::Heat::Value, properties: {value: {get_file: text.txt}}}
  test: {type: OS::Heat::TestResource, properties: {value: {get_param: greeting}}, metadata: {role: test}}
  ready: {type: OS::Heat::WaitConditionHandle}
outputs:
  said: {description: What was read, value: {get_attr: [text, value]}}
  label: {value: {get_attr: [node, label]}}
  greeting: {value: {get_param: greeting}}
`,
  'node.yaml': `heat_template_version: 2021-04-16
parameters: {label: {type: string}}
resources:
  inner: {type: OS::Heat::Value, properties: {value: {get_param: label}}}
outputs:
  label: {value: {list_join: ['', ['<', {get_attr: [inner, value]}, '>']]}}
`,
  'env.yaml': 'parameters: {greeting: hello}\nresource_registry: {"My::Node": node.yaml}\n',
  'text.txt': 'what was read\n',
  'bad.yaml': 'heat_template_version: 2021-04-16\nresources: {a: {type: OS::No::Such}}\n',
  'broken.yaml': 'heat_template_version: 2021-04-16\nresources: {a: [}\n',
  'server.yaml': `heat_template_version: 2021-04-16
parameters: {flavor: {type: string, default: lab.tiny}}
resources:
  net: {type: OS::Neutron::Net}
  subnet: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  server:
    type: OS::Nova::Server
    depends_on: subnet
    properties: {image: debian-12, flavor: {get_param: flavor}, networks: [{network: {get_resource: net}}]}
`,
  'address.yaml':
    'heat_template_version: 2021-04-16\nresources: {ip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}}\n',
  'slow.yaml': `heat_template_version: 2021-04-16
resources:
  handle: {type: OS::Heat::WaitConditionHandle}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, count: 1, timeout: 2}}
`,
}

const eventId = (words: Words, out: string) => {
  words.kept.event = (JSON.parse(out) as { id: string }[])[0]?.id ?? ''
}

/** A stack's whole life, and what is refused on the way. */
export const lifeSteps: Step[] = [
  json('orchestration build info'),
  json('orchestration template version list', hotOnly),
  json('orchestration resource type list --filter name=RandomString'),
  json('orchestration template validate -t app.yaml -e env.yaml'),
  type('orchestration template validate -t broken.yaml'),
  type('stack create -t bad.yaml STACK'),
  type('stack create -t app.yaml STACK'),
  type('stack create -t app.yaml -e env.yaml --parameter count=9 STACK'),
  type('stack create -t app.yaml -e env.yaml --parameter ghost=1 STACK'),
  json('stack create -t app.yaml -e env.yaml --dry-run STACK', without('resources', 'parent', 'template_description')),
  type('stack create -t app.yaml -e env.yaml --parameter count=2 --tags one,two --timeout 10 --poll 1 --wait STACK', { together: true }),
  type('stack create -t app.yaml -e env.yaml STACK'),
  json('stack list --tags one,two'),
  json('stack list --property name=STACK --long'),
  json('stack list --property name=STACK --short'),
  json('stack list --property status=CREATE_FAILED --property name=STACK'),
  json('stack list --nested --tags one'),
  json('stack show STACK'),
  json('stack show STACK -c stack_name -c stack_status'),
  json('stack resource list STACK'),
  json('stack resource list -n 2 STACK', columns('resource_name', 'physical_resource_id', 'resource_type', 'resource_status')),
  json('stack resource list --filter type=OS::Heat::TestResource STACK'),
  json('stack resource list --long STACK', columns('resource_name', 'resource_type', 'resource_status', 'resource_status_reason')),
  json('stack resource show STACK test'),
  json('stack resource show STACK node', columns('resource_name', 'resource_type', 'resource_status', 'attributes', 'links')),
  type('stack resource show STACK ghost'),
  json('stack resource metadata STACK test'),
  type('stack resource signal STACK ready --data {"status":"SUCCESS","id":"1","data":"up"}'),
  type('stack resource signal STACK ghost'),
  json('stack event list STACK', columns('resource_name', 'resource_status', 'resource_status_reason', 'logical_resource_id')),
  json('stack event list STACK --nested-depth 2', columns('resource_name', 'resource_status', 'resource_status_reason')),
  json('stack event list STACK --resource test', { keep: eventId, ordered: true }),
  json('stack event list STACK --sort event_time:desc --limit 1', columns('resource_name', 'resource_status')),
  json('stack event show STACK test KEPT_event'),
  json('stack output list STACK'),
  json('stack output show STACK said'),
  json('stack output show STACK --all'),
  type('stack output show STACK ghost'),
  json('stack template show STACK'),
  json('stack environment show STACK'),
  json('stack file list STACK'),
  type('stack failures list STACK'),
  type('stack check --wait STACK', { together: true }),
  type('stack update --dry-run --existing --parameter count=1 STACK -f json', { shape: changedNames }),
  type('stack suspend --wait STACK', { together: true }),
  type('stack update --existing --parameter count=1 STACK'),
  type('stack resume --wait STACK', { together: true }),
  type('stack update --existing --parameter count=9 STACK'),
  type('stack update --existing --parameter greeting=hi --wait STACK', { together: true }),
  json('stack output show STACK --all'),
  type('stack update -t app.yaml -e env.yaml --parameter count=1 --tags three --wait STACK', { together: true }),
  json('stack show STACK -c stack_status -c parameters -c tags -c outputs'),
  json('stack resource list -n 2 STACK', columns('resource_name', 'resource_type', 'resource_status')),
  type('stack cancel STACK', { together: true }),
  type('stack resource mark unhealthy STACK test broken'),
  json('stack resource list --filter name=test STACK', columns('resource_name', 'resource_status')),
  type('stack resource mark unhealthy --reset STACK test better'),
  json('stack resource list --filter name=test STACK', columns('resource_name', 'resource_status')),
  type('stack hook poll STACK'),
  type('stack abandon STACK'),
  json('stack snapshot list STACK'),
  type('stack delete -y --wait STACK', { together: true, hurried: true }),
  type('stack show STACK'),
  type('stack delete -y --wait STACK'),
  type('stack delete -y ghost'),
  type('stack resource list ghost'),
  type('stack event list ghost'),
  type('stack suspend ghost'),
  type('stack create -t slow.yaml --poll 1 --wait OTHER', { together: true }),
  json('stack show OTHER -c stack_status -c stack_status_reason'),
  type('stack failures list OTHER'),
  type('stack create -t server.yaml --parameter flavor=huge STACK'),
  type('stack delete -y --wait OTHER', { together: true, hurried: true }),
]

/** Who one is, and what is there. */
export const entrySteps: Step[] = [
  json('token issue', { keep: keepToken }),
  json('project list', columns('Name')),
  json('flavor list', {
    shape: (out) =>
      columnsOf(among(out, ['lab.tiny', 'lab.small', 'lab.medium', 'lab.large']), ['Name', 'RAM', 'Disk', 'VCPUs', 'Is Public']),
  }),
  json('image list', { shape: (out) => among(out, ['debian-12']) }),
  json('network list --external', columns('Name')),
  json('keypair list', { shape: (out) => among(out, []) }),
  type('server show ghost'),
  type('network show ghost'),
  type('image show ghost'),
  type('flavor show ghost'),
  type('user list'),
]

/** Entered with a token, a wrong password, or for a project that there is not. `AUTH` is Keystone's address. */
export function refusedSteps(authUrl: string, user: { name: string; password: string }, project: string): Step[] {
  const domains = ['--os-user-domain-name', 'Default', '--os-project-domain-name', 'Default']
  const enter = (...more: string[]) => ['--os-auth-url', authUrl, '--os-identity-api-version', '3', ...more]
  const password = (name: string, word: string, where: string) =>
    enter('--os-username', name, '--os-password', word, '--os-project-name', where, ...domains)
  const token = (value: string) =>
    enter('--os-auth-type', 'v3token', '--os-token', value, '--os-project-name', project, '--os-project-domain-name', 'Default')
  const list = (cloud: string[]): Step => ({ argv: () => ['stack', 'list'], cloud, shape: () => 'listed' })
  return [
    list(password(user.name, 'wrong', project)),
    list(password('nobody', user.password, project)),
    list(password(user.name, user.password, 'nothing')),
    list(enter('--os-username', user.name, '--os-password', user.password, '--os-user-domain-name', 'Default')),
    list(token('garbage')),
    list([
      '--os-auth-url',
      'http://127.0.0.1:9/v3',
      '--os-username',
      user.name,
      '--os-password',
      user.password,
      '--os-project-name',
      project,
      ...domains,
    ]),
  ]
}

/** In a project that may have nothing. */
export const quotaSteps: Step[] = [
  type('stack create -t address.yaml --poll 1 --wait STACK', { together: true }),
  json('stack show STACK -c stack_status -c stack_status_reason'),
  type('stack create -t server.yaml --poll 1 --wait OTHER', { together: true }),
  json('stack show OTHER -c stack_status -c stack_status_reason'),
  json('stack resource list OTHER', columns('resource_name', 'resource_status')),
  type('stack delete -y --wait STACK', { together: true, hurried: true }),
  type('stack delete -y --wait OTHER', { together: true, hurried: true }),
]
