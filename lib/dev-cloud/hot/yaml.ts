import { parse, type ScalarTag, type Tags } from 'yaml'
import type { Json } from '../json.ts'
import { yamlComplaint } from './yaml-complaint.ts'

/** PyYAML's truths (resolver.py): `yes` is one, `y` and `n` are not, although YAML 1.1 says so. */
const truth: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (source) => /^(?:yes|true|on)$/i.test(source),
}

const replaced = ['tag:yaml.org,2002:bool', 'tag:yaml.org,2002:timestamp']

/** YAML 1.1 as PyYAML reads it for Heat: `0600` is octal, but dates stay text. Throws what `complain` makes of the parser's words. */
export function parseYaml(source: string, complain: (complaint: string) => Error): Json {
  try {
    const customTags = (tags: Tags): Tags => [truth, ...tags.filter((tag) => typeof tag === 'string' || !replaced.includes(tag.tag))]
    const value: unknown = parse(source, { version: '1.1', schema: 'yaml-1.1', customTags, logLevel: 'error' })
    return JSON.parse(JSON.stringify(value ?? null)) as Json
  } catch (error) {
    throw complain(yamlComplaint(source, error))
  }
}
