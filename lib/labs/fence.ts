/** What stands behind the language of a code fence: ```sh {host=node1 run=false} */
export type Fence = {
  /** `hosts[].id` in lab.yaml; null: it does not say. */
  host: string | null
  /** Whether a click may run it. */
  run: boolean
}

const PAIR = /(host|run)\s*=\s*(?:"([a-z][a-z0-9-]*)"|([a-z][a-z0-9-]*))(?=\s|$)/g

/** Reads it; null where it says anything else. Pure. */
export function readFence(meta: string): Fence | null {
  const inside = /^\{([^{}]*)\}$/.exec(meta.trim())?.[1]?.trim()
  if (!inside) return null
  if (inside.replaceAll(PAIR, '').trim() !== '') return null
  const said = new Map([...inside.matchAll(PAIR)].map(([, name, quoted, plain]) => [name, quoted ?? plain ?? '']))
  const run = said.get('run') ?? 'true'
  return run === 'true' || run === 'false' ? { host: said.get('host') ?? null, run: run === 'true' } : null
}
