import { closeDatabase } from '../db.ts'
import { failureRow, isFailure } from '../errors.ts'
import { type Command, commands } from './commands.ts'

/*
 * `astrolabe <command>`: what an operator does without a browser. It works on the rows, like any other process.
 */

const usage = () => {
  const width = Math.max(...commands.map(({ words, takes }) => `${words} ${takes}`.length))
  const lines = commands.map(({ words, takes, does }) => `  ${`${words} ${takes}`.trim().padEnd(width)}  ${does}`)
  return `astrolabe <command>\n\n  ${'help'.padEnd(width)}  This list.\n  ${'doctor'.padEnd(width)}  What this computer can and cannot do, and how to mend it.\n${lines.join('\n')}\n`
}

function find(words: string[]): { command: Command; rest: string[] } | null {
  for (const command of commands) {
    const parts = command.words.split(' ')
    if (parts.every((part, index) => words[index] === part)) return { command, rest: words.slice(parts.length) }
  }
  return null
}

async function run(words: string[]): Promise<number> {
  if (words.length === 0 || words[0] === 'help' || words.includes('--help')) {
    process.stdout.write(usage())
    return 0
  }
  const found = find(words)
  if (!found) {
    process.stderr.write(`There is no command "${words.join(' ')}".\n\n${usage()}`)
    return 2
  }
  try {
    const lines = await found.command.run(found.rest)
    process.stdout.write(`${lines.join('\n')}\n`)
    return 0
  } catch (error) {
    if (isFailure(error))
      process.stderr.write(
        `${failureRow(error.code).says}${error.detail ? `\n${error.detail}` : ''}${error.internal ? `\n${error.internal}` : ''} (${error.code})\n`,
      )
    else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  } finally {
    await closeDatabase()
  }
}

process.exitCode = await run(process.argv.slice(2))
