import { randomInt } from 'node:crypto'
import type { ResourceType } from '../cloud.ts'
import { invalidStack } from '../fault.ts'
import { type JsonMap, maps, text } from '../json.ts'
import { randomStringSchema } from './heat-schema.ts'

const alphabets: Record<string, string> = {
  lettersdigits: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789ABCDEF',
  octdigits: '01234567',
}

type Choice = { from: string[]; min: number }

/** What to choose from, and how much of each at least; the older `sequence` is one more class. */
function choicesOf(properties: JsonMap): Choice[] {
  const older = text(properties.sequence)
  const classes = [...maps(properties.character_classes), ...(older === undefined ? [] : [{ class: older, min: 1 }])]
  return [
    ...maps(properties.character_sequences).map((each) => ({ from: (text(each.sequence) ?? '').split(''), min: Number(each.min ?? 1) })),
    ...classes.map((each) => ({ from: (alphabets[text(each.class) ?? 'lettersdigits'] ?? '').split(''), min: Number(each.min ?? 1) })),
  ]
}

/** heat/common/password_gen.py: `length` characters with at least `min` of each class and sequence, well shuffled. */
function randomText(properties: JsonMap): string {
  const choices = choicesOf(properties)
  const choose = ({ from }: Choice) => from[randomInt(from.length)] ?? ''
  const pieces = choices.flatMap((choice) => Array.from({ length: choice.min }, () => choose(choice)))
  const any = { from: [...new Set(choices.flatMap(({ from }) => from))], min: 0 }
  while (pieces.length < Number(properties.length)) pieces.push(choose(any))
  for (let index = pieces.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1)
    const [a = '', b = ''] = [pieces[index], pieces[other]]
    pieces[index] = b
    pieces[other] = a
  }
  return pieces.join('')
}

const randomString: ResourceType = {
  ...randomStringSchema,
  validate(properties) {
    const least = choicesOf(properties).reduce((sum, { min }) => sum + min, 0)
    if (least > Number(properties.length))
      throw invalidStack('Length property cannot be smaller than combined character class and character sequence minimums')
  },
  create({ resource, properties }) {
    resource.data.value ??= randomText(properties)
    resource.physicalId = resource.physicalName
  },
  reference: ({ resource }) => text(resource.data.value) ?? resource.name,
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'value' ? (resource.data.value ?? null) : undefined),
}

export const randomStringTypes: Record<string, ResourceType> = { 'OS::Heat::RandomString': randomString }
