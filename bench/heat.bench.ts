import { findEngine } from './heat-engine.ts'
import { type Arrival, evidence, follow, type Interrupted, sleepsAndWakes, strike, takeWayOut } from './heat-outage.ts'
import { type Learner, openStage, type Stage } from './heat-stage.ts'
import { becomeReady, deleteWhole, orderDeletion, reset, sleepAndWake, stacksLeft } from './heat-story.ts'
import { atMost, type Figure, report } from './report.ts'

/*
 * Bar 7 of "The thread" and bar 9 of "The lifecycle": the same product against a real Heat. One learner's story; then Heat's engine dies
 * for half a minute in the middle of each of create, suspend, resume, reset and delete.
 */

const stage = await openStage()
const figures: Record<string, Figure> = {}
try {
  const before = (await stage.heat.listStacks()).length
  const ada = await becomeReady(stage, figures)
  await sleepAndWake(stage, ada, figures)
  await reset(stage, ada)
  await deleteWhole(stage, [ada])
  figures['thread.7 stacks left'] = atMost(await stacksLeft(stage, before), 'stacks', 0)

  if (findEngine()) {
    const { arrivals, learners } = await twoOutages(stage)
    await tell(arrivals)
    const tried = await Promise.all(arrivals.filter(({ end }) => end === 'reason').map((each) => takeWayOut(stage, each)))
    figures['lifecycle.9 buttons that lead nowhere'] = atMost(tried.filter((led) => !led).length, 'buttons', 0)
    await deleteWhole(stage, learners)
    figures['lifecycle.9 stacks left'] = atMost(await stacksLeft(stage, before), 'stacks', 0)
  } else process.stdout.write('HEAT_ENGINE_PID and HEAT_ENGINE_START are not set: the engine is left alone\n')
} finally {
  await stage.close()
}
report('heat', figures)

/** Four people, each in the middle of something else; and once more, for what is left. */
async function twoOutages({
  launch,
  press,
  muteGuests,
  stacksOf,
  until,
  row,
}: Stage): Promise<{ arrivals: Arrival[]; learners: Learner[] }> {
  const ready = (learner: Learner) => until(learner.environmentId, ({ phase }) => phase === 'ready', 240_000)
  const asleep = (learner: Learner) => until(learner.environmentId, ({ phase }) => phase === 'suspended', 240_000)
  const stacks = async (learner: Learner) => (await stacksOf(learner.environmentId)).map(({ id }) => id)

  const [lin, mira, jonas] = await Promise.all([launch('lin'), launch('mira'), launch('jonas')])
  await Promise.all([lin, mira, jonas].map(ready))
  await press(mira, 'sleep')
  await asleep(mira)

  muteGuests(true)
  const ada = await launch('ada')
  const { generation } = await row(jonas.environmentId)
  const first: Interrupted[] = [
    { action: 'create', learner: ada, goal: 'ready', caught: '', kept: [] },
    { action: 'suspend', learner: lin, goal: 'suspended', caught: '', kept: await stacks(lin) },
    { action: 'resume', learner: mira, goal: 'ready', caught: '', kept: await stacks(mira) },
    { action: 'reset', learner: jonas, goal: 'ready', caught: '', kept: [] },
  ]
  await Promise.all([press(lin, 'sleep'), press(mira, 'wake'), press(jonas, 'reset', { generation })])
  await strike(stage, first)
  muteGuests(false)
  const [slow, ...others] = first.map((each) => follow(stage, each))
  const quick = await Promise.all(others)
  if ((await row(lin.environmentId)).phase === 'suspended') await press(lin, 'wake')
  await ready(lin)
  const again = await Promise.all([lin, mira].map((learner) => sleepsAndWakes(stage, learner)))
  figures['lifecycle.9 does not sleep and wake once more'] = atMost(again.filter((went) => !went).length, 'stacks', 0)

  orderDeletion(stage, lin)
  const second: Interrupted[] = [{ action: 'delete', learner: lin, goal: 'deleted', caught: '', kept: [] }]
  await strike(stage, second)
  const created = slow ? [await slow] : []
  const deleted = await Promise.all(second.map((each) => follow(stage, each)))
  return { arrivals: [...created, ...quick, ...deleted], learners: [ada, lin, mira, jonas] }
}

async function tell(arrivals: Arrival[]): Promise<void> {
  for (const each of arrivals) {
    const { action, caught, end, row, tookMs } = each
    const why = row.reason_code === null ? '' : ` (${row.reason_code})`
    process.stdout.write(
      `engine gone during ${action}, at ${caught}: ${end}, ${row.phase}${why}, ${Math.round(tookMs / 1000)} s after it was back\n`,
    )
    if (end !== 'goal' || process.argv.includes('--evidence')) process.stdout.write(`${await evidence(stage, each)}\n`)
    figures[`lifecycle.9 ${action}, from the engine's return`] = { value: Math.round(tookMs), unit: 'ms' }
  }
  figures['lifecycle.9 neither goal nor a reason with a button'] = atMost(
    arrivals.filter(({ end }) => end === 'neither').length,
    'actions',
    0,
  )
  figures['lifecycle.9 not caught in the middle'] = atMost(
    arrivals.filter(({ caught }) => !caught.endsWith('IN_PROGRESS')).length,
    'actions',
    0,
  )
  figures['lifecycle.9 touched stacks deleted unasked'] = atMost(
    arrivals.reduce((sum, { lost }) => sum + lost, 0),
    'stacks',
    0,
  )
}
