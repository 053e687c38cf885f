import { closeDatabase } from '../db.ts'
import { failureRow, isFailure } from '../errors.ts'
import { type Command, exitCodes } from './command.ts'
import { commands } from './commands.ts'

/*
 * `astrolabe <command>`: what an operator does without a browser. It works on the rows, like any other process.
 */

const usage = () => {
  const listed = [
    { words: 'help', does: 'This list; a command with --help says what it takes.' },
    { words: 'dev-cloud', does: 'What runs in the embedded cloud: status, console SERVER, connect SERVER, prune.' },
    { words: 'doctor', does: 'What this computer can and cannot do, and how to mend it.' },
    { words: 'image', does: 'The machines’ images: list, build, prune.' },
    ...commands,
  ]
  const width = Math.max(...listed.map(({ words }) => words.length))
  return `astrolabe <command>\n\n${listed.map(({ words, does }) => `  ${words.padEnd(width)}  ${does}`).join('\n')}\n`
}

function find(words: string[]): { command: Command; rest: string[] } | null {
  for (const command of commands) {
    const parts = command.words.split(' ')
    if (parts.every((part, index) => words[index] === part)) return { command, rest: words.slice(parts.length) }
  }
  return null
}

/** What `--help` after a command says of it. */
const helpFor = ({ words, takes, does, help = [] }: Command) =>
  [
    `astrolabe ${words} ${takes}`.trim(),
    '',
    `  ${does}`,
    ...(help.length > 0 ? ['', ...help.map((line) => `  ${line}`.trimEnd())] : []),
    '',
  ].join('\n')

async function run(words: string[]): Promise<number> {
  const found = find(words)
  if (words.length === 0 || words[0] === 'help' || words.includes('--help')) {
    process.stdout.write(found ? helpFor(found.command) : usage())
    return exitCodes.done
  }
  if (!found) {
    process.stderr.write(`There is no command "${words.join(' ')}".\n\n${usage()}`)
    return exitCodes.misused
  }
  try {
    const answer = await found.command.run(found.rest)
    const { lines, exitCode } = Array.isArray(answer) ? { lines: answer, exitCode: exitCodes.done } : answer
    process.stdout.write(`${lines.join('\n')}\n`)
    return exitCode
  } catch (error) {
    if (!isFailure(error)) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      return exitCodes.failed
    }
    const { code, detail, internal } = error
    process.stderr.write(`${failureRow(code).says}${detail ? `\n${detail}` : ''}${internal ? `\n${internal}` : ''} (${code})\n`)
    return code.startsWith('input.') ? exitCodes.misused : exitCodes.failed
  } finally {
    await closeDatabase()
  }
}

process.exitCode = await run(process.argv.slice(2))
