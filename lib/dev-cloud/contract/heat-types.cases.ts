import type { TemplateCase } from './template-case.ts'

const version = 'heat_template_version: 2021-04-16\n'

/** Types of Heat itself: random strings, values, delays, wait conditions, configurations. */
export const heatTypeCases: TemplateCase[] = [
  {
    name: 'a random string has its default length, and a reference to it is its value',
    template: `${version}resources:
  a: {type: OS::Heat::RandomString}
  b: {type: OS::Heat::RandomString, properties: {length: 20, character_classes: [{class: digits, min: 20}]}}
  c: {type: OS::Heat::RandomString, properties: {length: 6, character_sequences: [{sequence: "-", min: 6}], character_classes: []}}
  same: {type: OS::Heat::Value, properties: {value: {get_resource: a}}}
outputs:
  a: {value: {get_attr: [a, value]}}
  b: {value: {get_attr: [b, value]}}
  c: {value: {get_attr: [c, value]}}
  same: {value: {get_attr: [same, value]}}`,
    creates: true,
    random: ['a', 'b', 'same'],
  },
  {
    name: 'a random string cannot have more of each class than it is long',
    template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {length: 4, character_classes: [{class: digits, min: 3}, {class: letters, min: 2}]}}}`,
  },
  {
    name: 'a random string is of 512 characters at most',
    template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {length: 513}}}`,
  },
  {
    name: 'a random string knows its classes',
    template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {character_classes: [{class: vowels}]}}}`,
  },
  {
    name: 'the older sequence of a random string still works',
    template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {length: 8, sequence: digits}}}
outputs: {it: {value: {get_attr: [a, value]}}}`,
    creates: true,
    random: ['it'],
  },
  {
    name: 'a volume needs a service that is not in the catalog',
    template: `${version}resources: {a: {type: OS::Cinder::Volume, properties: {size: 1}}}`,
    withoutVolumes: true,
  },
  {
    name: 'a load balancer needs a service that is not in the catalog',
    template: `${version}resources: {a: {type: OS::Octavia::LoadBalancer, properties: {vip_subnet: x}}}`,
  },
  {
    name: 'a value keeps what it is given, of whatever type',
    template: `${version}resources:
  a: {type: OS::Heat::Value, properties: {value: [1, two, {three: 3}]}}
  b: {type: OS::Heat::Value, properties: {value: "7", type: number}}
  c: {type: OS::Heat::Value, properties: {value: 12, type: string}}
  d: {type: OS::Heat::Value, properties: {value: "true", type: boolean}}
  e: {type: OS::Heat::Value, properties: {value: {k: [v]}, type: json}}
outputs:
  a: {value: {get_attr: [a, value]}}
  part: {value: {get_attr: [a, value, 2, three]}}
  b: {value: {get_attr: [b, value]}}
  c: {value: {get_attr: [c, value]}}
  d: {value: {get_attr: [d, value]}}
  e: {value: {get_attr: [e, value]}}`,
    creates: true,
  },
  {
    name: 'a value that is not of its type is refused',
    template: `${version}resources: {a: {type: OS::Heat::Value, properties: {value: seven, type: number}}}`,
  },
  {
    name: 'a text is no list',
    template: `${version}resources: {a: {type: OS::Heat::Value, properties: {value: "a,b", type: comma_delimited_list}}}`,
  },
  {
    name: 'a list is no map',
    template: `${version}resources: {a: {type: OS::Heat::Value, properties: {value: [a, "it's", 1, null, {k: v}], type: json}}}`,
  },
  {
    name: 'a number is not true',
    template: `${version}resources: {a: {type: OS::Heat::Value, properties: {value: 1, type: boolean}}}`,
  },
  {
    name: 'a fraction is no text',
    template: `${version}resources: {a: {type: OS::Heat::Value, properties: {value: 1.5, type: string}}}`,
  },
  {
    name: 'half a character is none, and a word is no number of them',
    template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {length: few}}}`,
  },
  {
    name: 'nothing at all takes any property and has no attribute',
    template: `${version}resources: {a: {type: OS::Heat::None, properties: {any: thing}}}
outputs: {it: {value: {get_attr: [a, whatever]}}}`,
    creates: true,
  },
  {
    name: 'a delay of no time is over at once',
    template: `${version}resources: {a: {type: OS::Heat::Delay, properties: {min_wait: 0.1, max_jitter: 0.1}}}`,
    creates: true,
  },
  {
    name: 'a delay cannot be negative',
    template: `${version}resources: {a: {type: OS::Heat::Delay, properties: {min_wait: -1}}}`,
  },
  {
    name: 'a test resource keeps its value, and changes it in place',
    template: `${version}parameters: {v: {type: string, default: one}}
resources: {a: {type: OS::Heat::TestResource, properties: {value: {get_param: v}}}}
outputs: {it: {value: {get_attr: [a, output]}}}`,
    creates: true,
    updates: [{ parameters: { v: 'two' } }],
  },
  {
    name: 'a test resource is replaced where it says so',
    template: `${version}parameters: {v: {type: string, default: one}}
resources: {a: {type: OS::Heat::TestResource, properties: {value: {get_param: v}, update_replace: true}}}
outputs: {it: {value: {get_attr: [a, output]}}}`,
    creates: true,
    updates: [{ parameters: { v: 'two' } }],
  },
  {
    name: 'a test resource fails when it is told to',
    template: `${version}resources: {a: {type: OS::Heat::TestResource, properties: {fail: true}}}`,
    creates: true,
  },
  {
    name: 'a wait condition needs a time',
    template: `${version}resources:
  h: {type: OS::Heat::WaitConditionHandle}
  w: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: h}}}`,
  },
  {
    name: 'a wait condition waits for twelve hours at most',
    template: `${version}resources:
  h: {type: OS::Heat::WaitConditionHandle}
  w: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: h}, timeout: 43201}}`,
  },
  {
    name: 'a wait condition that nobody signals is over when its time is',
    template: `${version}resources:
  h: {type: OS::Heat::WaitConditionHandle}
  w: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: h}, timeout: 1, count: 2}}`,
    creates: true,
  },
  {
    name: 'a wait condition of CloudFormation that nobody signals is over when its time is',
    template: `${version}resources:
  h: {type: AWS::CloudFormation::WaitConditionHandle}
  w: {type: AWS::CloudFormation::WaitCondition, properties: {Handle: {get_resource: h}, Timeout: 1}}`,
    creates: true,
  },
  {
    name: 'a handle that signals in no way has neither token nor address',
    template: `${version}resources:
  h: {type: OS::Heat::WaitConditionHandle, properties: {signal_transport: NO_SIGNAL}}
outputs:
  token: {value: {get_attr: [h, token]}}
  endpoint: {value: {get_attr: [h, endpoint]}}
  curl: {value: {get_attr: [h, curl_cli]}}`,
    creates: true,
  },
  {
    name: 'a handle does not signal by pigeon',
    template: `${version}resources: {h: {type: OS::Heat::WaitConditionHandle, properties: {signal_transport: PIGEON}}}`,
  },
  {
    name: 'a cloud-config is shown as text',
    template: `${version}resources:
  c: {type: OS::Heat::CloudConfig, properties: {cloud_config: {runcmd: [[echo, hello]], write_files: [{path: /etc/x, content: "a line"}], number: 5, on: true}}}
outputs: {it: {value: {get_attr: [c, config]}}}`,
    creates: true,
  },
  {
    name: 'a software configuration keeps its text',
    template: `${version}resources:
  c: {type: OS::Heat::SoftwareConfig, properties: {group: script, config: "#!/bin/sh\\necho hello\\n", inputs: [{name: who, default: me}], outputs: [{name: result}]}}
outputs: {it: {value: {get_attr: [c, config]}}}`,
    creates: true,
  },
  {
    name: 'an input of a configuration needs a name',
    template: `${version}resources: {c: {type: OS::Heat::SoftwareConfig, properties: {inputs: [{type: String}]}}}`,
  },
  {
    name: 'a structured configuration keeps its map',
    template: `${version}resources:
  c: {type: OS::Heat::StructuredConfig, properties: {group: puppet, config: {a: [1, two], b: {c: d}}}}
outputs: {it: {value: {get_attr: [c, config]}}}`,
    creates: true,
  },
  {
    name: 'parts of an archive are text or archives',
    template: `${version}resources: {m: {type: OS::Heat::MultipartMime, properties: {parts: [{config: x, type: image}]}}}`,
  },
  {
    name: 'configurations are joined in an archive',
    template: `${version}resources:
  c: {type: OS::Heat::CloudConfig, properties: {cloud_config: {runcmd: [date]}}}
  s: {type: OS::Heat::SoftwareConfig, properties: {config: "#!/bin/sh\\ndate\\n"}}
  m:
    type: OS::Heat::MultipartMime
    properties:
      parts: [{config: {get_resource: c}}, {config: {get_resource: s}, filename: run.sh, subtype: x-shellscript}, {config: "plain words"}]
outputs: {it: {value: {get_attr: [m, config]}}}`,
    creates: true,
    random: ['it'],
  },
]
