import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { enter, environment } from './command.ts'
import { FIRST_ID, ID_COUNT } from './ids.ts'

/** `reason` continues "This computer cannot run machines:"; `remedy` is a sentence of its own. */
export type ProbeResult = { ok: true } | { ok: false; reason: string; remedy: string }

const MARK = 'probe'
const PROGRAMS: [program: string, debianPackage: string][] = [
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['mount', 'mount'],
  ['ip', 'iproute2'],
]

/** What a machine is made of, each step in little. The name of the last one begun tells which one is forbidden. */
const TRIAL = `step() { echo "$1"; }
step 'a mount namespace'; mount --make-rprivate /
step tmpfs; mount -t tmpfs t /tmp; cd /tmp; mkdir l u w m p s c
step overlay; mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w,userxattr m
step proc; mount -t proc p p
step sysfs; mount -t sysfs s s -o ro
step cgroup2; mount -t cgroup2 c c
step 'a bridge'; ip link add br0 type bridge
step 'a veth pair'; ip link add v0 type veth peer name v1
step done`

/** Whether this computer can carry machines, by trying it (about 50 ms). Never throws. */
export async function probe(): Promise<ProbeResult> {
  return obvious() ?? (await trial())
}

function obvious(): ProbeResult | null {
  if (process.platform !== 'linux')
    return { ok: false, reason: 'machines need Linux', remedy: 'Point the product at a real OpenStack instead.' }
  if (process.getuid?.() !== 0) return { ok: false, reason: 'it was not started as root', remedy: 'Start it with: sudo npm start' }
  const missing = PROGRAMS.filter(([name]) => !['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => existsSync(`${folder}/${name}`)))
  if (missing.length > 0) {
    const names = [...new Set(missing.map(([, name]) => name))].join(' ')
    return {
      ok: false,
      reason: `${missing.map(([name]) => name).join(', ')} is missing`,
      remedy: `Run once: sudo apt-get install -y ${names}`,
    }
  }
  if (read('/proc/sys/user/max_user_namespaces') === '0') {
    return { ok: false, reason: 'user namespaces are switched off', remedy: 'Run: sudo sysctl user.max_user_namespaces=15000' }
  }
  return null
}

async function trial(): Promise<ProbeResult> {
  const holder = spawn('unshare', ['-U', '--', 'sh', '-c', 'echo; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment(MARK),
  })
  try {
    const made = await new Promise<boolean>((done) => {
      holder.once('error', () => done(false))
      holder.once('exit', () => done(false))
      holder.stdout.once('data', () => done(true))
    })
    if (!made || holder.pid === undefined) return forbidden('a user namespace', '')
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${holder.pid}/${map}`, `0 ${FIRST_ID} ${ID_COUNT}\n`)
    const words = [
      ...enter({ pid: holder.pid, namespaces: [] }),
      'unshare',
      '-n',
      '-m',
      '-p',
      '-u',
      '-i',
      '-C',
      '--fork',
      'sh',
      '-ec',
      TRIAL,
    ]
    const result = spawnSync('env', words, { encoding: 'utf8', env: environment(MARK), cwd: '/', timeout: 5_000 })
    const last = result.stdout.trim().split('\n').at(-1) ?? ''
    return last === 'done' ? { ok: true } : forbidden(last === '' ? 'a namespace' : last, result.stderr.trim())
  } catch (error) {
    return forbidden('a user namespace', error instanceof Error ? error.message : String(error))
  } finally {
    holder.kill('SIGKILL')
  }
}

function forbidden(step: string, said: string): ProbeResult {
  const detail = said === '' ? '' : ` (${said.split('\n')[0]})`
  return {
    ok: false,
    reason: `the kernel or its container does not allow ${step}${detail}`,
    remedy: 'Start it on a virtual or real machine of its own, as root.',
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
