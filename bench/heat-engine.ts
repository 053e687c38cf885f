import { execFileSync } from 'node:child_process'

/*
 * The engine of a real Heat, stopped without a word and started again. How is told by two commands in the environment, since every cloud
 * is installed in a way of its own: HEAT_ENGINE_PID prints the leader of its process group, HEAT_ENGINE_START brings it back.
 */

export type HeatEngine = {
  /** Kills it in mid-action; Heat's API goes on answering that nobody answers. */
  kill(): void
  /** Returns once it has been started. */
  start(): void
}

const run = (command: string) => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).trim()

/** The engine as it runs now; null where nobody has said how to stop and start it. */
export function findEngine(): HeatEngine | null {
  const { HEAT_ENGINE_PID: find, HEAT_ENGINE_START: start } = process.env
  if (!find || !start) return null
  const pid = Number(run(find))
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`HEAT_ENGINE_PID printed no process: ${run(find)}`)
  return { kill: () => void process.kill(-pid, 'SIGKILL'), start: () => void run(start) }
}
