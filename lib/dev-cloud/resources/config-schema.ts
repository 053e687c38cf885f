import type { Description } from '../cloud.ts'
import type { PropertySchema } from '../hot/properties.ts'

const group: PropertySchema = {
  type: 'string',
  description: 'What shall carry it out; those without a tool of their own are ungrouped.',
  default: 'Heat::Ungrouped',
}

/** What every configuration says of itself, whatever its form. */
const ofAny = {
  group,
  options: { type: 'map', description: 'Settings for the tool that carries it out.' },
  inputs: {
    type: 'list',
    description: 'What the configuration takes.',
    items: {
      type: 'map',
      keys: {
        name: { type: 'string', required: true, description: 'Name of the input.' },
        description: { type: 'string', description: 'What the input is for.' },
        type: {
          type: 'string',
          description: 'Type of the input.',
          default: 'String',
          allowed: ['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'],
        },
        default: { type: 'any', description: 'Value without one given.' },
        replace_on_change: {
          type: 'boolean',
          description: 'Whether another value makes a new deployment instead of changing it.',
          default: false,
        },
      },
    },
  },
  outputs: {
    type: 'list',
    description: 'What the configuration gives back.',
    items: {
      type: 'map',
      keys: {
        name: { type: 'string', required: true, description: 'Name of the output.' },
        description: { type: 'string', description: 'What the output tells.' },
        type: {
          type: 'string',
          description: 'Type of the output.',
          default: 'String',
          allowed: ['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'],
        },
        error_output: { type: 'boolean', description: 'Whether any value here means failure.', default: false },
      },
    },
  },
} satisfies Record<string, PropertySchema>

export const softwareConfigSchema: Description = {
  description: 'Keeps a configuration for servers.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    ...ofAny,
    config: { type: 'string', description: 'Text of the configuration.' },
  },
  attributes: {
    config: { type: 'string', description: 'Text of the configuration.' },
  },
}

export const cloudConfigSchema: Description = {
  description: "Keeps a cloud-config for servers' user data.",
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    cloud_config: { type: 'map', description: 'The cloud-config as a map.' },
  },
  attributes: {
    config: { type: 'string', description: 'Text of the cloud-config.' },
  },
}

export const multipartMimeSchema: Description = {
  description: 'Joins several configurations into one MIME archive.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    group,
    parts: {
      type: 'list',
      description: 'Parts of the archive.',
      default: [],
      items: {
        type: 'map',
        keys: {
          config: { type: 'string', required: true, description: 'Text of the part, or the id of a configuration.' },
          filename: { type: 'string', description: "Name of the part's file." },
          type: {
            type: 'string',
            description: 'Whether the part is text or an archive itself.',
            default: 'text',
            allowed: ['text', 'multipart'],
          },
          subtype: { type: 'string', description: "Second half of the part's MIME type." },
        },
      },
    },
  },
  attributes: {
    config: { type: 'string', description: 'Text of the archive.' },
  },
}

export const structuredConfigSchema: Description = {
  description: 'Keeps a configuration that is a map.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    ...ofAny,
    config: { type: 'map', description: 'The configuration as a map.' },
  },
  attributes: {
    config: { type: 'string', description: 'The configuration as text.' },
  },
}
