/*
 * How the terminals of a lab lie on the desk: rows of groups, a group with tabs of which one is seen. Pure: the page keeps the value, and
 * remembers it per lab.
 */

/** `<host>/<tab>`: one of the person's shells on one machine. */
export type TabId = string

/** `before`: what was in sight before the tab that is; it is again when that one goes. */
export type Group = { tabs: readonly TabId[]; shown: TabId; share: number; before?: TabId }
export type Row = { groups: readonly Group[]; share: number }
/** Shares of one row's groups, and of all rows, add up to 1. `focused` counts groups in reading order. */
export type Layout = { rows: readonly Row[]; focused: number }

export const MOST_GROUPS = 4
const MOST_IN_A_ROW = 2
const MOST_TABS_OF_A_HOST = 8
/** What a divider leaves of either side. */
const LEAST_SHARE = 0.15

export function hostOf(id: TabId): string {
  return id.slice(0, id.lastIndexOf('/'))
}

/** The shell's number on its machine, from 1. */
export function numberOf(id: TabId): number {
  return Number(id.slice(id.lastIndexOf('/') + 1))
}

export function firstTab(host: string): TabId {
  return `${host}/1`
}

/** One group with the first shell of each machine. */
export function plainLayout(hosts: readonly string[]): Layout {
  const tabs = hosts.map(firstTab)
  return { rows: [{ share: 1, groups: [{ tabs, shown: tabs[0] ?? '', share: 1 }] }], focused: 0 }
}

export function groupsOf(layout: Layout): readonly Group[] {
  return layout.rows.flatMap(({ groups }) => groups)
}

/** All tabs in reading order. */
export function tabsOf(layout: Layout): readonly TabId[] {
  return groupsOf(layout).flatMap(({ tabs }) => tabs)
}

export function groupWith(layout: Layout, id: TabId): number {
  return groupsOf(layout).findIndex(({ tabs }) => tabs.includes(id))
}

/** The same desk for the machines there are now: what is gone goes, what is new comes to the first group. */
export function fitted(layout: Layout, hosts: readonly string[]): Layout {
  const known = mapGroups(layout, (group) =>
    withTabs(
      group,
      group.tabs.filter((id) => hosts.includes(hostOf(id))),
    ),
  )
  const there = new Set(tabsOf(known).map(hostOf))
  const missing = hosts.filter((host) => !there.has(host)).map(firstTab)
  const whole = tidied(known)
  if (groupsOf(whole).length === 0) return plainLayout(hosts)
  if (missing.length === 0) return whole
  return mapGroups(whole, (group, index) => (index === 0 ? withTabs(group, [...group.tabs, ...missing]) : group))
}

/** Brings a tab into sight, and the cursor to its group. */
export function show(layout: Layout, id: TabId): Layout {
  const at = groupWith(layout, id)
  if (at < 0) return layout
  return {
    ...mapGroups(layout, (group, index) => (index === at && group.shown !== id ? { ...group, shown: id, before: group.shown } : group)),
    focused: at,
  }
}

/** The next shell of a machine that is not on the desk; null: there are as many as there may be. */
export function nextTab(layout: Layout, host: string): TabId | null {
  const taken = new Set(tabsOf(layout))
  for (let number = 1; number <= MOST_TABS_OF_A_HOST; number++) if (!taken.has(`${host}/${number}`)) return `${host}/${number}`
  return null
}

/** One more shell of a machine, in a group, in sight. */
export function open(layout: Layout, host: string, group: number): Layout {
  const id = nextTab(layout, host)
  if (id === null) return layout
  return show(
    mapGroups(layout, (each, index) => (index === group ? withTabs(each, [...each.tabs, id]) : each)),
    id,
  )
}

/** Whether a tab may go: a machine keeps one. */
export function isClosable(layout: Layout, id: TabId): boolean {
  return tabsOf(layout).filter((other) => hostOf(other) === hostOf(id)).length > 1
}

/** Takes a tab off the desk. */
export function close(layout: Layout, id: TabId): Layout {
  if (!isClosable(layout, id)) return layout
  return tidied(
    mapGroups(layout, (group) =>
      withTabs(
        group,
        group.tabs.filter((other) => other !== id),
      ),
    ),
  )
}

export type Side = 'right' | 'below'

/** Whether a group can be divided to that side. */
export function isDivisible(layout: Layout, group: number, side: Side): boolean {
  if (groupsOf(layout).length >= MOST_GROUPS) return false
  const row = layout.rows[rowOf(layout, group)]
  return side === 'below' || (row !== undefined && row.groups.length < MOST_IN_A_ROW)
}

/** Divides a group and puts the tab into the new part; where it is alone, another shell of its machine. */
export function split(layout: Layout, id: TabId, side: Side): Layout {
  const at = groupWith(layout, id)
  if (at < 0 || !isDivisible(layout, at, side)) return layout
  const alone = groupsOf(layout)[at]?.tabs.length === 1
  const moved = alone ? nextTab(layout, hostOf(id)) : id
  if (moved === null) return layout
  const rest = mapGroups(layout, (group) =>
    withTabs(
      group,
      group.tabs.filter((other) => other !== moved),
    ),
  )
  const row = rowOf(layout, at)
  const fresh: Group = { tabs: [moved], shown: moved, share: 1 }
  const rows = rest.rows.flatMap((each, index): Row[] => {
    if (index !== row) return [each]
    if (side === 'below')
      return [
        { ...each, share: each.share / 2 },
        { groups: [fresh], share: each.share / 2 },
      ]
    return [{ ...each, groups: [...each.groups.map((group) => ({ ...group, share: 0.5 })), { ...fresh, share: 0.5 }] }]
  })
  return show(tidied({ ...rest, rows }), moved)
}

/** Puts a tab into another group, before the tab at `place`, or last. */
export function move(layout: Layout, id: TabId, group: number, place = Number.POSITIVE_INFINITY): Layout {
  if (groupWith(layout, id) < 0 || !groupsOf(layout)[group]) return layout
  const moved = mapGroups(layout, (each, index) => {
    const others = each.tabs.filter((other) => other !== id)
    if (index !== group) return withTabs(each, others)
    const at = Math.min(place, others.length)
    return withTabs(each, [...others.slice(0, at), id, ...others.slice(at)])
  })
  return show(tidied(moved), id)
}

/** Moves the divider after row `row`, or within it after its first group, so that what is before it has `share` of both. */
export function divide(layout: Layout, { row, within }: { row: number; within: boolean }, share: number): Layout {
  const kept = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, share))
  const shared = <T extends { share: number }>(parts: readonly T[], at: number): T[] => {
    const both = (parts[at]?.share ?? 0) + (parts[at + 1]?.share ?? 0)
    return parts.map((part, index) => {
      if (index === at) return { ...part, share: both * kept }
      return index === at + 1 ? { ...part, share: both * (1 - kept) } : part
    })
  }
  const rows = within
    ? layout.rows.map((each, index) => (index === row ? { ...each, groups: shared(each.groups, 0) } : each))
    : shared(layout.rows, row)
  return { ...layout, rows }
}

/** All in one group, for a page that has no room for more. */
export function merged(layout: Layout): Layout {
  const tabs = tabsOf(layout)
  const shown = groupsOf(layout)[layout.focused]?.shown ?? tabs[0] ?? ''
  return { rows: [{ share: 1, groups: [{ tabs, shown, share: 1 }] }], focused: 0 }
}

/** In parts of the whole desk, 0 to 1. */
export type Rectangle = { left: number; top: number; width: number; height: number }

/** Where each group lies, in reading order. */
export function rectangles(layout: Layout): Rectangle[] {
  let top = 0
  return layout.rows.flatMap(({ groups, share }) => {
    let left = 0
    const placed = groups.map((group) => {
      const place = { left, top, width: group.share, height: share }
      left += group.share
      return place
    })
    top += share
    return placed
  })
}

function rowOf(layout: Layout, group: number): number {
  let seen = 0
  return layout.rows.findIndex(({ groups }) => {
    seen += groups.length
    return group < seen
  })
}

function mapGroups(layout: Layout, change: (group: Group, index: number) => Group): Layout {
  let index = 0
  return { ...layout, rows: layout.rows.map((row) => ({ ...row, groups: row.groups.map((group) => change(group, index++)) })) }
}

function withTabs(group: Group, tabs: readonly TabId[]): Group {
  if (tabs.includes(group.shown)) return { ...group, tabs }
  if (group.before !== undefined && tabs.includes(group.before)) return { ...group, tabs, shown: group.before }
  const at = Math.min(Math.max(0, group.tabs.indexOf(group.shown)), Math.max(0, tabs.length - 1))
  return { ...group, tabs, shown: tabs[at] ?? '' }
}

/** Without empty groups and rows; what is left shares the room as before. */
function tidied(layout: Layout): Layout {
  const focused = groupsOf(layout)[layout.focused]?.shown
  const rows = layout.rows
    .map((row) => ({ ...row, groups: evened(row.groups.filter(({ tabs }) => tabs.length > 0)) }))
    .filter(({ groups }) => groups.length > 0)
  const kept = { rows: evened(rows), focused: 0 }
  return { ...kept, focused: Math.max(0, focused === undefined ? 0 : groupWith(kept, focused)) }
}

function evened<T extends { share: number }>(parts: readonly T[]): T[] {
  const all = parts.reduce((sum, { share }) => sum + share, 0)
  return parts.map((part) => ({ ...part, share: all > 0 ? part.share / all : 1 / parts.length }))
}
