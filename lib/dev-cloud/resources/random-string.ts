import { randomInt } from 'node:crypto'
import type { ResourceType } from '../cloud.ts'
import { isMap, type JsonMap, text } from '../json.ts'

const alphabets: Record<string, string> = {
  lettersdigits: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789ABCDEF',
  octdigits: '01234567',
}

/** `length` characters with at least `min` of each class or sequence, well shuffled. */
function randomText(properties: JsonMap): string {
  const classes = Array.isArray(properties.character_classes) ? properties.character_classes.filter(isMap) : []
  const sequences = Array.isArray(properties.character_sequences) ? properties.character_sequences.filter(isMap) : []
  const sets = [
    ...classes.map((each) => ({ from: (alphabets[text(each.class) ?? 'lettersdigits'] ?? '').split(''), min: Number(each.min ?? 1) })),
    ...sequences.map((each) => ({ from: [text(each.sequence) ?? ''], min: Number(each.min ?? 1) })),
  ]
  if (sets.length === 0) sets.push({ from: (alphabets.lettersdigits ?? '').split(''), min: 1 })
  const choose = (list: string[]) => list[randomInt(list.length)] ?? ''
  const pieces = sets.flatMap(({ from, min }) => Array.from({ length: min }, () => choose(from)))
  while (pieces.join('').length < Number(properties.length)) pieces.push(choose(sets[randomInt(sets.length)]?.from ?? ['']))
  for (let index = pieces.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1)
    const [a = '', b = ''] = [pieces[index], pieces[other]]
    pieces[index] = b
    pieces[other] = a
  }
  return pieces.join('').slice(0, Number(properties.length))
}

const randomString: ResourceType = {
  properties: {
    length: { type: 'integer', default: 32, range: { min: 1, max: 512 } },
    character_classes: { type: 'list' },
    character_sequences: { type: 'list' },
    salt: { type: 'string' },
  },
  attributes: ['value'],
  create({ resource, properties }) {
    resource.data.value ??= randomText(properties)
    resource.physicalId = resource.physicalName
  },
  reference: ({ resource }) => text(resource.data.value) ?? '',
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'value' ? (resource.data.value ?? null) : undefined),
}

export const randomStringTypes: Record<string, ResourceType> = { 'OS::Heat::RandomString': randomString }
