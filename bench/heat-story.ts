import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Learner, Stage } from './heat-stage.ts'
import { atMost, type Figure } from './report.ts'

/*
 * One learner's whole story on a real Heat: ready, asleep, awake again by a launch from the course, other machines, gone.
 */

const LIMIT_MS = 240_000

/** From the click in the course to machines that answer. */
export async function becomeReady(stage: Stage, figures: Record<string, Figure>): Promise<Learner> {
  const clickedAt = Date.now()
  const learner = await stage.launch('ada')
  const id = learner.environmentId
  await stage.until(id, ({ phase }) => phase === 'ready', LIMIT_MS)
  const [moment] = await stage.rows.query<{ name: string; launched: Date; requested: Date; starting: Date | null; ready: Date }>(
    `select stack.name, stack.requested_at as requested, environment.ready_at as ready, (select min(created_at) from launch) as launched,
            (select max(at) from environment_event where environment_id = $1 and phase = 'starting') as starting
     from environment join stack on stack.environment_id = environment.id and stack.generation = 1 where environment.id = $1`,
    [id],
  )
  const completeAt = moment && stage.completedAt.get(moment.name)
  if (!moment || completeAt === undefined) throw new Error('the observer never saw the stack complete')
  const heatsOwn = completeAt - moment.requested.getTime()
  const startingAt = moment.starting?.getTime() ?? moment.ready.getTime()
  const total = moment.ready.getTime() - clickedAt
  figures['thread.7 click to launch'] = { value: moment.launched.getTime() - clickedAt, unit: 'ms' }
  figures['thread.7 launch to our POST'] = { value: moment.requested.getTime() - moment.launched.getTime(), unit: 'ms' }
  figures['thread.7 complete to hosts known'] = { value: startingAt - completeAt, unit: 'ms' }
  figures['thread.7 hosts known to ready'] = { value: moment.ready.getTime() - startingAt, unit: 'ms' }
  figures['thread.7 Heat itself'] = { value: heatsOwn, unit: 'ms' }
  figures['thread.7 click to ready'] = { value: total, unit: 'ms' }
  figures['thread.7 our time beyond Heat'] = atMost(total - heatsOwn, 'ms', 1_000)
  return learner
}

/** Asleep by a button, in Heat and in Nova; awake by another launch, with the same stack and servers. */
export async function sleepAndWake(stage: Stage, learner: Learner, figures: Record<string, Figure>): Promise<void> {
  const id = learner.environmentId
  const before = await stage.serversOf(id)
  const [sleepAt, stacks] = [performance.now(), await stage.stacksOf(id)]
  await stage.press(learner, 'sleep')
  await stage.until(id, ({ phase }) => phase === 'suspended', LIMIT_MS)
  figures['lifecycle.9 "sleep now" to asleep'] = { value: Math.round(performance.now() - sleepAt), unit: 'ms' }
  const asleep = await stage.serversOf(id)
  const [inHeat] = await stage.stacksOf(id)
  figures['lifecycle.9 asleep here and awake in Nova'] = atMost(asleep.filter(({ status }) => status !== 'SUSPENDED').length, 'servers', 0)
  figures['lifecycle.9 asleep here and awake in Heat'] = atMost(
    inHeat?.action === 'SUSPEND' && inHeat.status === 'COMPLETE' ? 0 : 1,
    'stacks',
    0,
  )

  const wakeAt = performance.now()
  const again = await stage.launch('ada')
  await stage.until(again.environmentId, ({ phase }) => phase === 'ready', LIMIT_MS)
  figures['lifecycle.9 launch into a sleeping environment to ready'] = { value: Math.round(performance.now() - wakeAt), unit: 'ms' }
  const awake = await stage.serversOf(id)
  const same = awake.filter(({ id: server, status }) => status === 'ACTIVE' && before.some((one) => one.id === server))
  figures['lifecycle.9 servers that did not come back'] = atMost(before.length - same.length, 'servers', 0)
  figures['lifecycle.9 stacks too many after waking'] = atMost((await stage.stacksOf(id)).length - stacks.length, 'stacks', 0)
}

/** New machines for old. */
export async function reset(stage: Stage, learner: Learner): Promise<void> {
  const { generation } = await stage.row(learner.environmentId)
  await stage.press(learner, 'reset', { generation })
  await stage.until(learner.environmentId, (row) => row.phase === 'ready' && row.generation === generation + 1, LIMIT_MS)
}

/** An operator deletes it: ordered here, followed by whoever asked. */
export function orderDeletion({ product }: Stage, { environmentId }: Learner): void {
  execFileSync(
    process.execPath,
    ['scripts/astrolabe.mjs', 'environment', 'delete', environmentId, '--reason', 'end of the measurement', '--now'],
    {
      env: { ...process.env, ASTROLABE_DATA: product.data },
      stdio: 'inherit',
    },
  )
}

export async function deleteWhole(stage: Stage, learners: Learner[]): Promise<void> {
  for (const learner of learners) {
    const { phase } = await stage.row(learner.environmentId)
    if (phase !== 'deleting' && phase !== 'deleted') orderDeletion(stage, learner)
  }
  await Promise.all(learners.map(({ environmentId }) => stage.until(environmentId, ({ phase }) => phase === 'deleted', LIMIT_MS)))
}

/** How many more stacks Heat lists than before. It lists a stack for a moment after it has said that it is gone. */
export async function stacksLeft({ heat }: Stage, before: number): Promise<number> {
  let left = 1
  for (let look = 0; look < 50 && left > 0; look += 1) {
    left = (await heat.listStacks()).length - before
    if (left > 0) await delay(100)
  }
  return left
}
