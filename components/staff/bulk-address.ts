import { type ListFilter, listAddress, readListFilter } from './list-filter.ts'

/*
 * One action for many environments, as an address says it: the page that shows what would happen has one, and what is posted from it is the
 * same again.
 */

export const bulkActions = ['suspend', 'wake', 'reset', 'delete', 'undelete'] as const
export type BulkAction = (typeof bulkActions)[number]

/** Leave alone what was used within so many minutes; 0: nothing. */
export const spareChoices = [0, 5, 15, 60, 240] as const
export type SpareMinutes = (typeof spareChoices)[number]
const USUAL_SPARE: SpareMinutes = 15

export type BulkAsk = {
  action: BulkAction
  filter: ListFilter
  spareMinutes: SpareMinutes
  /** Also what people have worked on. */
  touched: boolean
  /** When a deletion begins: at once, or in ten minutes. */
  when: 'later' | 'now'
}

/** What an address asks for; null where it says something that is not understood. */
export function readBulkAsk(address: URLSearchParams): BulkAsk | null {
  const action = bulkActions.find((one) => one === address.get('do'))
  const filter = readListFilter(address)
  const spare = address.get('spare')
  const spareMinutes = spare === null ? USUAL_SPARE : spareChoices.find((one) => String(one) === spare)
  const when = address.get('when') ?? 'later'
  if (action === undefined || filter === null || spareMinutes === undefined || (when !== 'later' && when !== 'now')) return null
  return { action, filter, spareMinutes, touched: address.get('touched') === 'yes', when }
}

/** Names and values beside those of the filter; what is usual is left out. */
export function askFields({ action, spareMinutes, touched, when }: BulkAsk): Record<string, string> {
  return {
    do: action,
    ...(spareMinutes === USUAL_SPARE ? {} : { spare: String(spareMinutes) }),
    ...(touched ? { touched: 'yes' } : {}),
    ...(when === 'now' ? { when } : {}),
  }
}

/** The address of the page that shows what would happen. */
export function bulkAddress(ask: BulkAsk, more: Record<string, string> = {}): string {
  return listAddress(ask.filter, '/operator/bulk', { ...askFields(ask), ...more })
}

export function isErasing({ action }: Pick<BulkAsk, 'action'>): boolean {
  return action === 'reset' || action === 'delete'
}
