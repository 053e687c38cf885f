// Removes all that an embedded cloud has and has left on this computer: processes, namespaces and what is mounted in them, control
// groups, a raised setting, its folder. The cloud itself must not run. Node's built-ins only.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cloudsBelow, controlGroups, leftovers, markOfFolder, processesOf } from './leftovers.mjs'
import { closeOwnRoot, openOwnRoot } from './own-root.mjs'

/**
 * @param {string} folder of the cloud
 * @param {{ isMeant: boolean, print: (line: string) => void }} how without `isMeant` it only says what would go
 * @returns {Promise<number>} the exit status; 1 when something could not be removed
 */
export async function prune(folder, { isMeant, print }) {
  if (!existsSync(folder)) {
    print('There is nothing to remove.')
    return 0
  }
  const found = leftovers(folder)
  for (const each of found) print(each)
  print(`folder ${folder}, ${sizeOf(folder)}`)
  if (!isMeant) {
    print('Nothing was done. All of this goes with: npm run astrolabe -- dev-cloud prune --yes')
    return 0
  }
  for (const cloud of [realpathSync(folder), ...cloudsBelow(realpathSync(folder), 3)]) await end(cloud)
  await removeFolder(folder)
  const left = [...(found.length > 0 ? leftovers(folder) : []), ...(existsSync(folder) ? [`folder ${folder}`] : [])]
  for (const each of left) print(`still there: ${each}`)
  print(left.length === 0 ? 'All of it is gone.' : 'Not all of it could be removed.')
  return left.length === 0 ? 0 : 1
}

/** Kills by group where there is one, which no fork outruns, and what is left one by one. */
async function end(cloud) {
  const mark = markOfFolder(cloud)
  for (const group of controlGroups(mark))
    if (existsSync(join(group, 'cgroup.kill'))) attempt(() => writeFileSync(join(group, 'cgroup.kill'), '1'))
  for (let round = 0; round < 400; round++) {
    const pids = processesOf(mark)
    if (pids.length === 0) break
    for (const pid of pids) attempt(() => process.kill(Number(pid), 'SIGKILL'))
    await delay(10)
  }
  for (let round = 0; round < 100 && controlGroups(mark).length > 0; round++) {
    // The deepest first.
    for (const group of controlGroups(mark).toReversed()) attempt(() => rmdirSync(group))
    await delay(10)
  }
  putBackInotify(cloud, mark)
}

/** As `lib/dev-cloud/ns/inotify.ts` does when the last cloud of this computer ends. */
function putBackInotify(cloud, mark) {
  const register = '/run/astrolabe-inotify'
  const note = attempt(() => JSON.parse(readFileSync(join(cloud, 'inotify.json'), 'utf8')))
  attempt(() => rmSync(join(register, mark), { force: true }))
  if (!note || (attempt(() => readdirSync(register)) ?? []).length > 0) return
  attempt(() => writeFileSync('/proc/sys/fs/inotify/max_user_instances', String(note.old)))
  attempt(() => rmdirSync(register))
}

/** Some of it belongs to ids that an ordinary user has only in a namespace of their own. */
async function removeFolder(folder) {
  if (process.getuid() === 0) {
    rmSync(folder, { recursive: true, force: true })
    return
  }
  const root = await openOwnRoot(folder)
  if (root.words !== undefined) {
    const [program, ...words] = [...root.words, 'find', folder, '-mindepth', '1', '-delete']
    spawnSync(program, words, { stdio: 'inherit' })
  }
  await closeOwnRoot(folder)
  rmSync(folder, { recursive: true, force: true })
}

function sizeOf(folder) {
  const { stdout } = spawnSync('du', ['-s', '-h', folder], { encoding: 'utf8' })
  return `${stdout.split('\t')[0] || '?'} of disk`
}

function attempt(work) {
  try {
    return work()
  } catch {
    // Somebody else was quicker, or it is not ours; what remains is said at the end.
    return undefined
  }
}
