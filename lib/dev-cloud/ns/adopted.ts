import { isAlive, type ProcessMark } from './process.ts'

/** Machines that an earlier process started are looked at so often; our own children tell us by themselves. */
const WATCH_MS = 250

/** Watches processes that are not our children. `ended` is told once of each. */
export function watchAdopted(ended: (id: string, process: ProcessMark) => void) {
  const adopted = new Map<ProcessMark, string>()
  let timer: NodeJS.Timeout | null = null
  const look = () => {
    for (const [process, id] of adopted) {
      if (isAlive(process)) continue
      adopted.delete(process)
      ended(id, process)
    }
  }
  return {
    add(id: string, process: ProcessMark) {
      adopted.set(process, id)
      timer ??= setInterval(look, WATCH_MS).unref()
    },
    close() {
      if (timer !== null) clearInterval(timer)
    },
  }
}
