// Runs a command as the root of this account's own namespace: FOLDER keep|close PROGRAM WORDS... `keep` leaves that root open for the
// next, as a process does that dies.
import { spawnSync } from 'node:child_process'
import { closeOwnRoot, openOwnRoot } from '../../../scripts/own-root.mjs'

const [folder, then, ...command] = process.argv.slice(2)
const root = await openOwnRoot(folder)
if (root.words === undefined) throw new Error(root.reason)
const [program, ...words] = [...root.words, ...command]
const { status, signal } = spawnSync(program, words, { stdio: 'inherit' })
if (then === 'close') await closeOwnRoot(folder)
process.exit(signal === 'SIGKILL' && then === 'keep' ? 0 : (status ?? 1))
