import { failureRow, isFailureCode } from '#lib/errors.ts'

/** The sentence of a code that came by an address or a row; null where it is none of ours. */
export function sentenceOf(code: string | string[] | null | undefined): string | null {
  return typeof code === 'string' && isFailureCode(code) ? failureRow(code).says : null
}
