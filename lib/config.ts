import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'

/** The processes of the product: ROLES chooses which of them this one runs. */
export const roles = ['web', 'worker', 'gateway', 'course', 'dev-cloud'] as const
export type RoleName = (typeof roles)[number]

/** A text that never shows when printed. */
export type Secret = { reveal(): string; toString(): '***'; toJSON(): '***' }

export function secret(text: string): Secret {
  return { reveal: () => text, toString: () => '***', toJSON: () => '***' }
}

const port = z.coerce.number().int().min(0).max(65535)
const rolesList = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(roles)).min(1))

const loopbackUrl = /^http:\/\/127\.0\.0\.1(:\d+)?\/?$/

function isPublicUrl(url: string): boolean {
  return url.startsWith('https://') || loopbackUrl.test(url)
}

/** "90s", "15m", "2h", "14d" or "never", as milliseconds; null: never. */
const lengthOrNever = z
  .string()
  .regex(/^([1-9][0-9]{0,4}[smhd]|never)$/, { message: 'must be a length of time such as 90s, 15m, 2h or 14d, or never' })
  .transform((text) => (text === 'never' ? null : Number(text.slice(0, -1)) * (unitsMs[text.slice(-1)] ?? 0)))
const unitsMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const nullTimeNames = ['start', 'suspend', 'resume', 'stop', 'delete'] as const
export type NullTimes = Record<(typeof nullTimeNames)[number], number>
const timeUnitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000 }

/** "start=200ms,suspend=3s": milliseconds by name, over short times for those that are not named. */
const nullTimes = z
  .string()
  .regex(new RegExp(`^(${nullTimeNames.join('|')})=\\d{1,6}(ms|s|m)(,(${nullTimeNames.join('|')})=\\d{1,6}(ms|s|m))*$`), {
    message: `must be like start=200ms,suspend=3s, of ${nullTimeNames.join(', ')}`,
  })
  .transform((text): Partial<NullTimes> => {
    const times = [...text.matchAll(/([a-z]+)=(\d+)(ms|s|m)/g)]
    return Object.fromEntries(times.map(([, name, count, unit = '']) => [name, Number(count) * (timeUnitsMs[unit] ?? 0)]))
  })

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgresql:// address' }).optional(),
  ASTROLABE_PUBLIC_URL: z
    .url()
    .refine(isPublicUrl, { message: 'must be the https:// address under which people reach this (or http://127.0.0.1:PORT for the demo)' })
    .optional(),
  ASTROLABE_SECRET_KEY: z.string().optional(),
  ASTROLABE_PREVIOUS_SECRET_KEYS: z.string().optional(),
  ASTROLABE_DATA: z.string().default('.data'),
  ASTROLABE_DIST: z.string().default('.next'),
  ASTROLABE_DEV_CLOUD_DRIVER: z.enum(['auto', 'none', 'memory', 'null', 'local']).default('auto'),
  DEV_CLOUD_I_UNDERSTAND: z.enum(['0', '1']).default('0'),
  ASTROLABE_NULL_TIMES: nullTimes.optional(),
  ASTROLABE_IMAGES: z.enum(['ahead', 'asked']).default('ahead'),
  DEV_CLOUD_ABANDON: z.enum(['0', '1']).default('0'),
  DEV_CLOUD_APPLICATION_CREDENTIAL_TRUSTS: z.enum(['0', '1']).default('0'),
  DEV_CLOUD_CGROUP: z.string().startsWith('/').optional(),
  DEV_CLOUD_PACKAGE_MIRROR: z.string().optional(),
  DEV_CLOUD_LENIENT: z.enum(['0', '1']).default('0'),
  XDG_CACHE_HOME: z.string().optional(),
  HOME: z.string().default('/root'),
  ASTROLABE_COURSE_PORT: port.default(3001),
  ASTROLABE_LABS: z.string().default('heat-templates'),
  ASTROLABE_NO_MACHINES: z.string().optional(),
  ASTROLABE_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  ASTROLABE_PAGES_PORT: port.optional(),
  ROLES: rolesList.default(['web', 'worker', 'gateway', 'course']),
  NODE_ENV: z.enum(['development', 'production', 'test']).default('production'),
  ASTROLABE_MOST_IDLE: lengthOrNever.prefault('4h'),
  ASTROLABE_MOST_SITTING: lengthOrNever.prefault('12h'),
  ASTROLABE_MOST_JOB: lengthOrNever.prefault('4h'),
  ASTROLABE_CRASH_FOLDER: z.string().optional(),
  OS_CLIENT_CONFIG_FILE: z.string().optional(),
  OS_CLOUD: z.string().optional(),
})

/** Everything that is set from outside, typed. Durations and sizes carry their unit. */
export type Config = {
  mode: 'development' | 'production' | 'test'
  /** No public address and bound to loopback: the demo course, and the dev cloud, are allowed only here. */
  demo: boolean
  roles: readonly RoleName[]
  host: string
  port: number
  /** Where the pages are served on this computer, behind a gateway that stands before them; null: at `port`, by whoever has the role `web`. */
  pagesPort: number | null
  /** The product's origin as browsers see it, e.g. `https://labs.example.org`. */
  origin: string
  databaseUrl: Secret
  /** Where the build is. */
  distFolder: string
  dataFolder: string
  /** Where what is dear to make is kept between checkouts: base images. */
  cacheFolder: string
  /** `auto`: sandboxes where this computer can carry them; `memory`, `null`: servers are only played (docs/dev-cloud.md). */
  devCloudDriver: 'auto' | 'none' | 'memory' | 'null' | 'local'
  /** That machines of the driver `local` are no more than shells of the account which runs this. */
  devCloudUnderstood: boolean
  /** Where the embedded cloud of an ordinary user may make control groups, as /proc/PID/cgroup writes it; absent: where it is. */
  devCloudCgroup: string | undefined
  /** What machines of the embedded cloud may install from (docs/dev-cloud.md); absent: nothing. */
  devCloudPackageMirror: string | undefined
  /** Whether the embedded cloud takes other clouds' templates as they are. */
  devCloudLenient: boolean
  /** Whether stacks of the embedded cloud can be abandoned, exported and adopted. */
  devCloudAbandon: boolean
  /** How long the driver `null` takes for what it plays, in ms. */
  nullTimes: NullTimes
  /** Whether the embedded cloud builds images before somebody asks for one. */
  imagesAhead: boolean
  /** Whether stacks of the embedded cloud can be created by an application credential; Keystones of 2026 forbid it. */
  applicationCredentialTrusts: boolean
  labsFolder: string
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Base64 of 32 bytes each; the first seals, all of them open. */
  secretKeys: Secret[]
  course: { port: number }
  /** What labs may ask for at most, in ms; null: anything. */
  lifecycle: { idleMs: number | null; sittingMs: number | null; jobMs: number | null }
  /** For tests of the demo: where named points of the lifecycle are noted, and at which to die (lib/crash-points.ts). */
  crashFolder: string | null
  /** clouds.yaml and the entry to use; absent: no cloud is connected. */
  cloud: { file: string; name: string } | null
  /** Why this computer cannot carry machines, where it cannot. */
  noMachines: string | null
}

/**
 * Reads the configuration from an environment; pure.
 * @throws Error whose message lists every mistake, one a line
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The configuration has mistakes:\n${lines.join('\n')}`)
  }
  const value = parsed.data
  const keys = [value.ASTROLABE_SECRET_KEY, ...(value.ASTROLABE_PREVIOUS_SECRET_KEYS?.split(',') ?? [])].filter((key) => key !== undefined)
  const onlyCloud = value.ROLES.every((role) => role === 'dev-cloud')
  if (!value.DATABASE_URL && !onlyCloud)
    throw new Error('The configuration has mistakes:\n  DATABASE_URL: is needed by every role but dev-cloud')
  const badKey = keys.findIndex((key) => Buffer.from(key, 'base64').length !== 32)
  if (badKey >= 0)
    throw new Error('The configuration has mistakes:\n  ASTROLABE_SECRET_KEY: every key is 32 bytes in base64 (openssl rand -base64 32)')
  const loopback = value.HOST === '127.0.0.1' || value.HOST === '::1' || value.HOST === 'localhost'
  const demo = (value.ASTROLABE_PUBLIC_URL === undefined || loopbackUrl.test(value.ASTROLABE_PUBLIC_URL)) && loopback
  return {
    mode: value.NODE_ENV,
    demo,
    roles: value.ROLES,
    host: value.HOST,
    port: value.PORT,
    pagesPort: value.ASTROLABE_PAGES_PORT ?? null,
    origin: value.ASTROLABE_PUBLIC_URL ? new URL(value.ASTROLABE_PUBLIC_URL).origin : `http://127.0.0.1:${value.PORT}`,
    databaseUrl: secret(value.DATABASE_URL ?? ''),
    distFolder: value.ASTROLABE_DIST,
    dataFolder: value.ASTROLABE_DATA,
    cacheFolder: join(value.XDG_CACHE_HOME ?? join(value.HOME, '.cache'), 'astrolabe'),
    devCloudDriver: value.ASTROLABE_DEV_CLOUD_DRIVER,
    devCloudUnderstood: value.DEV_CLOUD_I_UNDERSTAND === '1',
    imagesAhead: value.ASTROLABE_IMAGES === 'ahead',
    devCloudCgroup: value.DEV_CLOUD_CGROUP,
    devCloudPackageMirror: value.DEV_CLOUD_PACKAGE_MIRROR,
    devCloudLenient: value.DEV_CLOUD_LENIENT === '1',
    devCloudAbandon: value.DEV_CLOUD_ABANDON === '1',
    nullTimes: { start: 200, suspend: 100, resume: 100, stop: 100, delete: 50, ...value.ASTROLABE_NULL_TIMES },
    applicationCredentialTrusts: value.DEV_CLOUD_APPLICATION_CREDENTIAL_TRUSTS === '1',
    labsFolder: value.ASTROLABE_LABS,
    logLevel: value.ASTROLABE_LOG,
    secretKeys: keys.map(secret),
    course: { port: value.ASTROLABE_COURSE_PORT },
    lifecycle: { idleMs: value.ASTROLABE_MOST_IDLE, sittingMs: value.ASTROLABE_MOST_SITTING, jobMs: value.ASTROLABE_MOST_JOB },
    crashFolder: demo ? (value.ASTROLABE_CRASH_FOLDER ?? null) : null,
    cloud: value.OS_CLIENT_CONFIG_FILE && value.OS_CLOUD ? { file: value.OS_CLIENT_CONFIG_FILE, name: value.OS_CLOUD } : null,
    noMachines: value.ASTROLABE_NO_MACHINES ?? null,
  }
}

const global = globalThis as { astrolabeConfig?: Config }

/** This process's configuration, read at the first call. */
export function config(): Config {
  global.astrolabeConfig ??= readConfig(process.env)
  return global.astrolabeConfig
}

/** For tests: a whole configuration with some values of their own. */
export function setConfig(value: Config): void {
  global.astrolabeConfig = value
}

/** A new key for sealing, in the form ASTROLABE_SECRET_KEY takes. */
export function newSecretKey(): string {
  return randomBytes(32).toString('base64')
}
