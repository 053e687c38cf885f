import type { EnvironmentView, HostView } from '#lib/environments/phase.ts'

/** Which terminals are laid out, and whether they may call their machines. */
export type Panes = { hosts: readonly HostView[]; reachable: boolean }

const comingUp: readonly EnvironmentView['phase'][] = ['queued', 'building', 'starting']
const kept: readonly EnvironmentView['phase'][] = ['ready', 'suspending', 'suspended', 'resuming', 'failed']
/** Whoever opens the page in these lets the machines rest: a terminal would ask and ask in vain. */
const resting: readonly EnvironmentView['phase'][] = ['suspending', 'suspended', 'failed']

/**
 * The terminals below whatever lies over them; null: none. Once they have called their machines they stay as long as these machines
 * do, through sleep and a waking that fails, so that the same screen is there afterwards. Pure.
 * @param ahead the machines to expect while the view does not tell of any
 * @param called the generation whose terminals this page has opened; null: none yet
 */
export function panesOf(view: EnvironmentView | null, ahead: readonly HostView[], called: number | null): Panes | null {
  if (view === null) return null
  const stays = called === view.generation
  if (view.phase === 'failed' && !stays) return null
  if (!comingUp.includes(view.phase) && !kept.includes(view.phase)) return null
  if (view.hosts.length === 0) return comingUp.includes(view.phase) && ahead.length > 0 ? { hosts: ahead, reachable: false } : null
  return { hosts: view.hosts, reachable: stays || !resting.includes(view.phase) }
}
