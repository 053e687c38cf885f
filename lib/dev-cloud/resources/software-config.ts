import { randomInt } from 'node:crypto'
import { stringify } from 'yaml'
import type { Description, ResourceType } from '../cloud.ts'
import { readArchive } from '../guest/cloud-config-parts.ts'
import { type Json, type JsonMap, maps, text } from '../json.ts'
import { familyOf, type Stack } from '../state.ts'
import { cloudConfigSchema, multipartMimeSchema, softwareConfigSchema, structuredConfigSchema } from './config-schema.ts'

/** A resource that keeps a text for servers' user_data, which name it by its id. */
function config(description: Description, compose: (properties: JsonMap, stack: Stack) => Json): ResourceType {
  const type: ResourceType = {
    ...description,
    create({ stack, resource, properties: given }) {
      resource.data.config = compose(given, stack)
      resource.physicalId = resource.plannedId
    },
    remove: () => undefined,
    show: ({ resource }) => ({ config: resource.data.config ?? null }),
    attribute: (work, name) => type.show(work)[name],
  }
  return type
}

/** The text of a config resource when `value` is its id, else the value itself. */
export function configText(stack: Stack, value: string): string {
  const found = familyOf(stack)
    .flatMap(({ resources }) => Object.values(resources))
    .find(({ plannedId }) => plannedId === value)
  return text(found?.data.config) ?? value
}

/** heat/engine/resources/openstack/heat/cloud_config.py, as PyYAML writes it: keys in order, lists not set in. Guests read YAML 1.1. */
const cloudConfig = config(cloudConfigSchema, ({ cloud_config: value }) => {
  const written = stringify(value ?? {}, { version: '1.1', indentSeq: false, sortMapEntries: true, singleQuote: true, lineWidth: 0 })
  return `#cloud-config\n${written}`
})

const softwareConfig = config(softwareConfigSchema, (properties) => text(properties.config) ?? '')

const structuredConfig = config(structuredConfigSchema, (properties) => properties.config ?? {})

type Part = { subtype: string; filename: string; body: string }

/** heat/engine/resources/openstack/heat/multi_part.py: what is no text by itself is taken apart first. */
function partsOf(properties: JsonMap, stack: Stack): Part[] {
  return maps(properties.parts).flatMap((part) => {
    const body = configText(stack, text(part.config) ?? '')
    if (part.type === 'multipart') return readArchive(body)
    const filename = text(part.filename) ?? ''
    return [{ subtype: text(part.subtype) ?? filename.replace(/(?<=.)\.[^.]*$/, ''), filename, body }]
  })
}

/** The form in which Python's email package writes an archive. */
const multipart = config(multipartMimeSchema, (properties, stack) => {
  const boundary = `===============${String(randomInt(2 ** 47)).padStart(19, '0')}==`
  const parts = partsOf(properties, stack).map((part) => `--${boundary}\n${shownPart(part)}\n`)
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${parts.join('')}--${boundary}--\n`
})

function shownPart({ subtype, filename, body }: Part): string {
  const plain = !/[^\0-\x7f]/.test(body)
  const content = plain
    ? body
    : Buffer.from(body)
        .toString('base64')
        .replace(/.{1,76}/g, '$&\n')
  return [
    `Content-Type: text/${subtype || 'plain'}; charset="${plain ? 'us-ascii' : 'utf-8'}"`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'base64'}`,
    ...(filename === '' ? [] : [`Content-Disposition: attachment; filename="${filename}"`]),
    '',
    content,
  ].join('\n')
}

export const configTypes: Record<string, ResourceType> = {
  'OS::Heat::CloudConfig': cloudConfig,
  'OS::Heat::SoftwareConfig': softwareConfig,
  'OS::Heat::StructuredConfig': structuredConfig,
  'OS::Heat::MultipartMime': multipart,
}
