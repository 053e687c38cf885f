import { fitted, type Group, type Layout, MOST_GROUPS, plainLayout, type Row, tabsOf } from './layout.ts'

/*
 * The desk as it was left, per lab, in this browser. Where nothing may be kept (a frame without storage) it lasts as long as the page.
 */

const keyOf = (labId: string) => `astrolabe.desk.${labId}`
const tabId = /^[A-Za-z0-9._-]{1,63}\/[1-8]$/

/** The desk that was left, for the machines there are now; the plain one where none was, or it cannot be understood. */
export function recallLayout(labId: string, hosts: readonly string[]): Layout {
  try {
    const text = window.localStorage.getItem(keyOf(labId))
    const kept = text === null ? null : readLayout(JSON.parse(text))
    return kept === null ? plainLayout(hosts) : fitted(kept, hosts)
  } catch {
    return plainLayout(hosts)
  }
}

export function keepLayout(labId: string, layout: Layout): void {
  try {
    window.localStorage.setItem(keyOf(labId), JSON.stringify(layout))
  } catch {
    // Not kept here.
  }
}

/** What was kept, if it still has the form of a desk; null: it has not. Pure. */
export function readLayout(value: unknown): Layout | null {
  if (!isRecord(value) || !Array.isArray(value.rows) || value.rows.length === 0 || value.rows.length > MOST_GROUPS) return null
  const rows = value.rows.map(readRow)
  if (rows.some((row) => row === null)) return null
  const layout = { rows: rows as Row[], focused: typeof value.focused === 'number' ? value.focused : 0 }
  const tabs = tabsOf(layout)
  const groups = layout.rows.flatMap(({ groups }) => groups)
  if (groups.length > MOST_GROUPS || new Set(tabs).size !== tabs.length) return null
  return groups[layout.focused] ? layout : { ...layout, focused: 0 }
}

function readRow(value: unknown): Row | null {
  if (!isRecord(value) || !isShare(value.share) || !Array.isArray(value.groups) || value.groups.length === 0) return null
  const groups = value.groups.map(readGroup)
  return groups.some((group) => group === null) ? null : { share: value.share, groups: groups as Group[] }
}

function readGroup(value: unknown): Group | null {
  if (!isRecord(value) || !isShare(value.share) || !Array.isArray(value.tabs) || value.tabs.length === 0) return null
  const tabs: unknown[] = value.tabs
  if (!tabs.every((tab): tab is string => typeof tab === 'string' && tabId.test(tab))) return null
  const shown = typeof value.shown === 'string' && tabs.includes(value.shown) ? value.shown : (tabs[0] ?? '')
  return { tabs, shown, share: value.share }
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 1
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
