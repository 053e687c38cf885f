import { cloudForNewEnvironment, heatClientFor, type OpenCloud } from '../clouds.ts'
import { log } from '../log.ts'
import { type CloudWatch, watchCloud } from './cloud-watch.ts'
import type { SteadyClock } from './steady-clock.ts'

/** What is remembered between steps to save asking again; losing it costs time and nothing else. */
export type Memory = {
  tag: string
  /** See steady-clock.ts. */
  steadySince: () => number
  cloudOf: (cloudId: string) => Promise<{ cloud: OpenCloud; watch: CloudWatch }>
  /** When the parts of an environment were last asked for. */
  partsAt: Map<string, number>
  /** Machines that have answered since they were built or woken, by environment and generation. */
  answered: Map<string, Answered>
}

/** `stage`: of what this was learnt. `wrongClock`: machines that answered with a clock that could not be set right. */
export type Answered = { stage: string; hosts: Set<string>; wrongClock: Set<string> }

const CLOUD_REREAD_MS = 5_000

/** @param tag of this installation */
export function createMemory(tag: string, { now, steadySince }: SteadyClock): Memory {
  const clouds = new Map<string, { at: number; cloud: OpenCloud; watch: CloudWatch }>()
  return {
    tag,
    steadySince,
    partsAt: new Map(),
    answered: new Map(),
    async cloudOf(cloudId) {
      const known = clouds.get(cloudId)
      if (known && now() - known.at < CLOUD_REREAD_MS) return known
      const cloud = await heatClientFor(cloudId)
      const watch = known?.cloud === cloud ? known.watch : watchCloud(cloud, { tag, now })
      const fresh = { at: now(), cloud, watch }
      clouds.set(cloudId, fresh)
      return fresh
    },
  }
}

/** The first learner after a start does not wait for our login. */
export async function signInEarly({ cloudOf }: Memory): Promise<void> {
  try {
    const placement = await cloudForNewEnvironment()
    if ('cloudId' in placement) await (await cloudOf(placement.cloudId)).cloud.heat.whoami()
  } catch (error) {
    log().warn({ err: error }, 'the cloud could not be signed in to')
  }
}

/**
 * The machines of an environment that have answered so far. What was learnt in an earlier phase, or before they were switched off and on,
 * is worth nothing, also where another process, or somebody else by Heat, has done that.
 */
export function answeredOf(
  { answered }: Memory,
  { id, generation, phaseAt, failures }: { id: string; generation: number; phaseAt: Date; failures: number },
  { observedAt }: { observedAt: Date | null },
): Answered {
  const key = `${id}/${generation}`
  const stage = `${phaseAt.getTime()}/${failures}/${observedAt?.getTime()}`
  const known = answered.get(key)
  if (known?.stage === stage) return known
  const fresh = { stage, hosts: new Set<string>(), wrongClock: new Set<string>() }
  answered.set(key, fresh)
  return fresh
}

/** At rest nothing of an environment is worth remembering: after the next sleep its machines have to answer anew. */
export function forget({ answered, partsAt }: Memory, { id, generation }: { id: string; generation: number }): void {
  answered.delete(`${id}/${generation}`)
  partsAt.delete(id)
}
