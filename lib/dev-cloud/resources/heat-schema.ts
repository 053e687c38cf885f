import type { Description } from '../cloud.ts'

export const randomStringSchema: Description = {
  description: 'A text of random characters.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    length: { type: 'integer', description: 'How many characters.', default: 32, range: { min: 1, max: 512 } },
    sequence: {
      type: 'string',
      hidden: true,
      description: 'Which characters.',
      allowed: ['lettersdigits', 'letters', 'lowercase', 'uppercase', 'digits', 'hexdigits', 'octdigits'],
    },
    character_classes: {
      type: 'list',
      description: 'Classes of characters to choose from.',
      default: [{ class: 'lettersdigits', min: 1 }],
      items: {
        type: 'map',
        keys: {
          class: {
            type: 'string',
            description: 'Which characters.',
            default: 'lettersdigits',
            allowed: ['lettersdigits', 'letters', 'lowercase', 'uppercase', 'digits', 'hexdigits', 'octdigits'],
          },
          min: { type: 'integer', description: 'How many of them at least.', default: 1, range: { min: 1, max: 512 } },
        },
      },
    },
    character_sequences: {
      type: 'list',
      description: 'Characters to choose from, written out.',
      items: {
        type: 'map',
        keys: {
          sequence: { type: 'string', required: true, description: 'Which characters.' },
          min: { type: 'integer', description: 'How many of them at least.', default: 1, range: { min: 1, max: 512 } },
        },
      },
    },
    salt: { type: 'string', description: 'Any text; another one makes another random text.' },
  },
  attributes: {
    value: { type: 'string', description: 'The random text.' },
  },
}

export const waitConditionSchema: Description = {
  description: 'Waits for signals to a handle.',
  support: { status: 'SUPPORTED', version: '2014.2' },
  properties: {
    handle: { type: 'string', required: true, description: 'The handle that is signalled.' },
    timeout: { type: 'number', required: true, description: 'How long to wait, in seconds.', range: { min: 1, max: 43200 } },
    count: { type: 'integer', updatable: true, description: 'How many signals make it complete.', default: 1, range: { min: 1 } },
  },
  attributes: {
    data: { type: 'string', description: 'Data of the signals by their id, as a JSON text.' },
  },
}

export const waitConditionHandleSchema: Description = {
  description: 'Where guests say that they are ready.',
  support: { status: 'SUPPORTED', version: '2014.2' },
  properties: {
    signal_transport: {
      type: 'string',
      description: 'How the guest signals.',
      default: 'TOKEN_SIGNAL',
      allowed: ['CFN_SIGNAL', 'TEMP_URL_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL', 'ZAQAR_SIGNAL', 'TOKEN_SIGNAL'],
    },
  },
  attributes: {
    token: { type: 'string', description: 'Token for a signal.' },
    endpoint: { type: 'string', description: 'Address to which a signal is posted.' },
    curl_cli: { type: 'string', description: 'A command for the guest that signals; options for data are added behind it.' },
    signal: { type: 'string', description: 'What the guest needs to signal, as a JSON text.' },
  },
}

export const valueSchema: Description = {
  description: 'Keeps a value.',
  support: { status: 'SUPPORTED', version: '7.0.0' },
  properties: {
    value: { type: 'any', required: true, updatable: true, description: 'The value.' },
    type: {
      type: 'string',
      updatable: true,
      description: 'What the value is turned into.',
      allowed: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'],
    },
  },
  attributes: {
    value: { description: 'The value.' },
  },
}

export const noneSchema: Description = {
  description: 'Does nothing, whatever it is told.',
  support: { status: 'SUPPORTED', version: '5.0.0' },
  properties: {},
  attributes: {},
}

export const delaySchema: Description = {
  description: 'Waits a while.',
  support: { status: 'SUPPORTED', version: '11.0.0' },
  properties: {
    min_wait: { type: 'number', updatable: true, description: 'How long at least, in seconds.', default: 0, range: { min: 0 } },
    max_jitter: {
      type: 'number',
      updatable: true,
      description: 'How much longer at most, in seconds, by chance.',
      default: 0,
      range: { min: 0 },
    },
    jitter_multiplier: {
      type: 'number',
      updatable: true,
      description: 'What the time by chance is multiplied with.',
      default: 1.0,
      range: { min: 0 },
    },
    actions: {
      type: 'list',
      updatable: true,
      description: 'When it waits.',
      default: ['CREATE'],
      allowed: ['CREATE', 'DELETE', 'SUSPEND', 'RESUME'],
    },
  },
  attributes: {},
}

export const testResourceSchema: Description = {
  description: 'Does as it is told, for trying things out.',
  support: { status: 'SUPPORTED', version: '5.0.0' },
  properties: {
    constraint_prop_secs: {
      type: 'number',
      updatable: true,
      description: 'How long the check of this property takes, in seconds.',
      default: 0,
      content: 'test_constr',
    },
    attr_wait_secs: { type: 'number', updatable: true, description: 'How long an attribute takes, in seconds.', default: 0 },
    value: { type: 'string', updatable: true, description: 'What it keeps.', default: 'test_string' },
    update_replace_value: { type: 'string', description: 'What it keeps; another one makes a new resource.' },
    fail: { type: 'boolean', updatable: true, description: 'Whether it fails.', default: false },
    update_replace: { type: 'boolean', updatable: true, description: 'Whether an update makes a new resource.', default: false },
    wait_secs: { type: 'number', updatable: true, description: 'How long an action takes, in seconds.', default: 0 },
    action_wait_secs: {
      type: 'map',
      updatable: true,
      description: 'How long each action takes, in seconds.',
      keys: {
        create: { type: 'number', updatable: true, description: 'How long creating takes.' },
        update: { type: 'number', updatable: true, description: 'How long updating takes.' },
        delete: { type: 'number', updatable: true, description: 'How long deleting takes.' },
      },
    },
    client_name: { type: 'string', updatable: true, description: 'Client to use for the check of a thing that exists.', default: '' },
    entity_name: { type: 'string', updatable: true, description: 'Thing to look up with that client.', default: '' },
  },
  attributes: {
    output: { description: 'What it keeps.' },
  },
}
