import { stringify } from 'yaml'
import type { Description, ResourceType } from '../cloud.ts'
import { isMap, type JsonMap, text } from '../json.ts'
import { familyOf, type Stack } from '../state.ts'
import { cloudConfigSchema, multipartMimeSchema, softwareConfigSchema } from './config-schema.ts'

/** A resource that keeps a text for servers' user_data, which name it by its id. */
function config(description: Description, compose: (properties: JsonMap, stack: Stack) => string): ResourceType {
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

const cloudConfig = config(
  cloudConfigSchema,
  (properties) => `#cloud-config\n${stringify(properties.cloud_config ?? {}, { lineWidth: 0 })}`,
)

const softwareConfig = config(softwareConfigSchema, (properties) => text(properties.config) ?? '')

const boundary = '===============astrolabe=='

const multipart = config(multipartMimeSchema, (properties, stack) => {
  const parts = Array.isArray(properties.parts) ? properties.parts.filter(isMap) : []
  const shown = parts.map((part) => {
    const body = configText(stack, text(part.config) ?? '')
    const subtype =
      text(part.subtype) ?? (body.startsWith('#cloud-config') ? 'cloud-config' : body.startsWith('#!') ? 'x-shellscript' : 'plain')
    const name = text(part.filename)
    const disposition = name === undefined ? '' : `\nContent-Disposition: attachment; filename="${name}"`
    return `--${boundary}\nContent-Type: text/${subtype}; charset="utf-8"\nMIME-Version: 1.0${disposition}\n\n${body}\n`
  })
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${shown.join('')}--${boundary}--\n`
})

export const configTypes: Record<string, ResourceType> = {
  'OS::Heat::CloudConfig': cloudConfig,
  'OS::Heat::SoftwareConfig': softwareConfig,
  'OS::Heat::MultipartMime': multipart,
}
