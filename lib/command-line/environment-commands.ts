import { GRACE_MS } from '../environments/bulk-plan.ts'
import { deleteEnvironment, undeleteEnvironment } from '../environments/delete.ts'
import { environmentDetails } from '../environments/details.ts'
import { isId } from '../environments/filter.ts'
import { operatorReset, suspendEnvironment, wakeEnvironment } from '../environments/operate.ts'
import { listEnvironments } from '../environments/store.ts'
import { fail } from '../errors.ts'
import { argumentsOf } from './arguments.ts'
import { type BulkFlag, type BulkName, bulkFlags, bulkHelp, bulkNames, orderMany, takesFor, undoOrder } from './bulk-commands.ts'
import type { Command } from './command.ts'
import { filterFlags, filterHelp, filterNames, filterOf, filterTakes } from './environment-filter.ts'
import { detailsLines, summaryTable } from './environment-lines.ts'

const actor = { kind: 'command_line' } as const

/** What a command about one or many was given. */
type Given = ReturnType<typeof argumentsOf<BulkName, BulkFlag>>

/** One environment that is named is acted on at once; whatever else is asked for is shown first. */
async function oneOrMany(
  action: 'suspend' | 'wake' | 'reset' | 'delete' | 'undelete',
  args: string[],
  one: (id: string, given: Given) => Promise<string[]>,
) {
  const given = argumentsOf(args, { names: bulkNames, flags: bulkFlags })
  const [id, ...others] = given.rest
  const wrong = given.rest.find((word) => !isId(word))
  if (wrong !== undefined) throw fail('input.invalid', { detail: `"${wrong}" is not an id. astrolabe environment list shows them.` })
  if (action === 'undelete' && given.values.order !== undefined) return undoOrder(given.values.order)
  if (id !== undefined && others.length === 0 && !given.flags.has('dry-run')) return one(id, given)
  return orderMany(action, given)
}

const reasonFor = (given: Given) => given.values.reason ?? ''

export const environmentCommands: Command[] = [
  {
    words: 'environment list',
    takes: `${filterTakes} [--limit N]`,
    does: 'Environments with their state, owner, and what is due.',
    help: filterHelp,
    run: async (args) => {
      const given = argumentsOf(args, { names: [...filterNames, 'limit'] as const, flags: filterFlags })
      const limit = Number(given.values.limit ?? 500)
      if (given.rest.length > 0 || !Number.isInteger(limit) || limit < 1)
        throw fail('input.invalid', { detail: 'See astrolabe environment list --help' })
      const found = await listEnvironments(actor, await filterOf(given), { limit })
      return found.length === 0 ? ['No environments.'] : summaryTable(found)
    },
  },
  {
    words: 'environment show',
    takes: 'ID',
    does: 'Everything about one: what is due, what failed and why, its stacks and its history.',
    run: async ([id, ...rest]) => {
      if (id === undefined || rest.length > 0)
        throw fail('input.invalid', { detail: 'Which one? astrolabe environment list shows the ids.' })
      return detailsLines(await environmentDetails(actor, id))
    },
  },
  {
    words: 'environment suspend',
    takes: takesFor('[--reason TEXT]'),
    does: 'Puts one to sleep, or many after showing which.',
    help: bulkHelp('suspend'),
    run: (args) =>
      oneOrMany('suspend', args, async (id, given) => {
        await suspendEnvironment(actor, id, { reason: given.values.reason })
        return [`${id} is being put to sleep.`]
      }),
  },
  {
    words: 'environment wake',
    takes: takesFor('[--reason TEXT]'),
    does: 'Wakes one, or many after showing which; tries again what has failed.',
    help: bulkHelp('wake'),
    run: (args) =>
      oneOrMany('wake', args, async (id, given) => {
        await wakeEnvironment(actor, id, { reason: given.values.reason })
        return [`${id} is being woken.`]
      }),
  },
  {
    words: 'environment reset',
    takes: takesFor('--reason TEXT'),
    does: 'New machines for old ones, which are erased.',
    help: bulkHelp('reset'),
    run: (args) =>
      oneOrMany('reset', args, async (id, given) => {
        const { generation } = await environmentDetails(actor, id)
        await operatorReset(actor, id, { generation, reason: reasonFor(given) })
        return [`${id} is being reset: generation ${generation + 1}.`]
      }),
  },
  {
    words: 'environment delete',
    takes: takesFor('--reason TEXT [--now]'),
    does: 'Removes environments with their machines and disks, in ten minutes or at once.',
    help: bulkHelp('delete'),
    run: (args) =>
      oneOrMany('delete', args, async (id, given) => {
        const notBefore = given.flags.has('now') ? undefined : new Date(Date.now() + GRACE_MS)
        await deleteEnvironment(actor, id, { reason: reasonFor(given), notBefore })
        if (notBefore === undefined) return [`${id} is being removed.`]
        return [`${id} is removed from ${notBefore.toISOString()} on. Until then: astrolabe environment undelete ${id}`]
      }),
  },
  {
    words: 'environment undelete',
    takes: `${takesFor('')} | --order ORDER`,
    does: 'Takes back deletions whose time has not come: of one, of many, or all of an order.',
    help: bulkHelp('undelete'),
    run: (args) =>
      oneOrMany('undelete', args, async (id) => {
        await undeleteEnvironment(actor, id)
        return [`${id} is kept.`]
      }),
  },
]
