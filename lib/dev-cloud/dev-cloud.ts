import { join } from 'node:path'
import { stringify } from 'yaml'
import { openBelongings } from './belongings.ts'
import { cinderService } from './cinder/cinder.ts'
import { type Cloud, quotaOfPlenty, quotaOfThousands } from './cloud.ts'
import { cloudContent, type Quota, usualRange, wideRange } from './content.ts'
import { createCallLog } from './control/call-log.ts'
import { type Control, openControl } from './control/control.ts'
import { interfere } from './control/interference.ts'
import { createRules, type Rules } from './control/rules.ts'
import type { Driver, DriverEvents, MetadataResponse } from './driver.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { glanceService } from './glance/glance.ts'
import { answerMachine } from './guest/metadata-service.ts'
import { heatService } from './heat/stacks.ts'
import { speakLeniently } from './hot/languages.ts'
import { type Listening, listen } from './http.ts'
import { playedShelf, type Shelf } from './images/shelf.ts'
import { type Identity, openIdentity, saveIdentity, writeSecret } from './keystone/identity.ts'
import { keystone } from './keystone/keystone.ts'
import { createTokens } from './keystone/tokens.ts'
import { neutronService } from './neutron/neutron.ts'
import { novaService } from './nova/nova.ts'
import { setServer } from './nova/server-actions.ts'
import { knownMachines, noteColdMachines } from './nova/server-records.ts'
import type { PackageMirror } from './packages/mirror.ts'
import { type SocksServer, startSocks } from './socks.ts'
import { openState } from './state-files.ts'

export type DevCloudOptions = {
  /** Where everything is kept; made with mode 0700 when it is not there. */
  folder: string
  /** What realises machines. Called once; its `start()` is called afterwards. */
  driver: (events: DriverEvents) => Driver | Promise<Driver>
  /** Where its images are; absent: all are there. Ends with this cloud. */
  images?: Shelf
  /** What machines may install from; absent: nothing. Ends with this cloud. */
  packages?: PackageMirror | undefined
  /** Loopback only: whoever reaches these APIs and has the password owns the machines. */
  host?: '127.0.0.1'
  /** Wanted ports; else those of last time; where they are taken, any free ones. */
  ports?: { keystone?: number; heat?: number; socks?: number }
  quota?: Partial<Quota>
  /** `thousands`: room for as many servers and addresses as no real project has. */
  scale?: 'usual' | 'thousands'
  tokenLifetimeSeconds?: number
  /**
   * Whether Heat may make trusts for somebody who came by an application credential, and so create stacks. Absent: as Keystone is since
   * its security updates of 2026, not (openstack/README.md, fact 29).
   */
  applicationCredentialTrusts?: boolean
  /** What carries the machines, and what they lack, for whoever asks the control address. */
  about?: string[]
  /** Whether stacks can be abandoned, exported and adopted. Absent: not, as with Heat's defaults (fact 26). */
  abandon?: boolean
  /** See `Cloud`. */
  offloadsShelved?: boolean
  makesKeyPairs?: boolean
  /** Whether what templates name but this cloud lacks is made on first use, and every version of their language has every function. */
  lenient?: boolean
  now: () => Date
  setTimer?: Cloud['setTimer']
  log: (line: string) => void
}

export type DevCloud = {
  /** `http://127.0.0.1:PORT/v3` */
  authUrl: string
  /** `http://127.0.0.1:PORT`, without version and project. */
  heatUrl: string
  /** With its user name and password. */
  socksUrl: string
  cloudsYamlPath: string
  /** Where tests watch this cloud and make it misbehave; the same as in `control.json`. */
  control: { url: string; token: string }
  /** Resolves once the machines of an earlier run are back (or could not be brought back). */
  restored: Promise<void>
  /** `stop` powers all machines off, their disks stay; `keep` lets them run on without this process. */
  close(machines: 'stop' | 'keep'): Promise<void>
}

/**
 * Starts a cloud in this process: Keystone v3, Heat v1, and what is needed of Nova, Neutron, Glance and Cinder, on two loopback ports, and a
 * SOCKS5 door to its machines. Its stacks are those of the last time.
 */
export async function startDevCloud(options: DevCloudOptions): Promise<DevCloud> {
  const { folder, log } = options
  speakLeniently(options.lenient ?? false)
  const host = options.host ?? '127.0.0.1'
  const identity = await openIdentity(folder, options.now())
  const state = await openState(folder, log)
  const belongings = await openBelongings(folder, log)
  let ready: { cloud: Cloud; restoring: boolean } | undefined
  const ended: string[] = []
  const events = eventsFor(() => ready)
  const driver = await options.driver({ ...events, onServerExit: (id) => (ready ? events.onServerExit(id) : void ended.push(id)) })
  await driver.start(knownMachines(state), [...state.stacks.keys()])
  const urls = { identity: '', heat: '' }
  const setTimer = options.setTimer ?? realTimer
  const ending = new AbortController()
  let apply = (): Promise<void> => Promise.resolve()
  const rules = createRules({ setTimer, changed: () => apply(), log })
  const cloud: Cloud = {
    identity,
    state,
    belongings,
    driver,
    content: cloudContent(
      identity,
      { stacks: state.stacks, belongings: belongings.things },
      { outside: options.scale === 'thousands' ? wideRange : usualRange, lenient: options.lenient ?? false },
    ),
    images: options.images ?? playedShelf,
    packages: options.packages ?? null,
    quota: { ...(options.scale === 'thousands' ? quotaOfThousands : quotaOfPlenty), ...options.quota },
    now: options.now,
    setTimer,
    rules,
    closing: ending.signal,
    log,
    heatUrl: () => urls.heat,
    watchers: new Map(),
    spaces: new Map(),
    tasks: new Set(),
    offloadsShelved: options.offloadsShelved ?? true,
    makesKeyPairs: options.makesKeyPairs ?? true,
  }
  ready = { cloud, restoring: true }
  // Nobody looked, yet Nova would have noticed.
  for (const id of ended) events.onServerExit(id)
  const engine = createEngine(cloud)
  const doors = await openDoors({ cloud, engine, urls, options, host })
  apply = () => obeyStanding(rules, engine, doors)
  Object.assign(identity.ports, doors.ports)
  await saveIdentity(folder, identity)
  const { url, token } = doors.control
  const socksUrl = `socks5://${identity.socks.user}:${identity.socks.password}@${host}:${doors.ports.socks}`
  const cloudsYamlPath = join(folder, 'clouds.yaml')
  await writeSecret(cloudsYamlPath, cloudsYaml(identity, urls.identity, socksUrl))
  const restored = engine.recover()
  const close = async (machines: 'stop' | 'keep') => {
    await doors.close()
    await restored
    const engineEnded = engine.close()
    // Only now: nobody is to take what was waiting for a failure.
    ending.abort()
    rules.close()
    await cloud.images.close()
    await cloud.packages?.close()
    await engineEnded
    // What has begun ends first: a machine that starts while everything is switched off would be left over.
    await Promise.all(cloud.tasks)
    if (machines === 'stop') noteColdMachines(cloud)
    ready = undefined
    await driver.close(machines)
    await Promise.all([state.flush(), belongings.flush()])
  }
  let closing: Promise<void> | undefined
  return {
    authUrl: urls.identity,
    heatUrl: urls.heat,
    socksUrl,
    cloudsYamlPath,
    control: { url, token },
    restored,
    close(machines) {
      closing ??= close(machines)
      return closing
    },
  }
}

function realTimer(afterMs: number, what: () => void): () => void {
  const timer = setTimeout(what, afterMs)
  return () => clearTimeout(timer)
}

function eventsFor(current: () => { cloud: Cloud } | undefined): DriverEvents {
  return {
    onServerExit(serverId) {
      const cloud = current()?.cloud
      for (const stack of cloud?.state.stacks.values() ?? []) {
        const server = stack.things.servers[serverId]
        // Nova looks at no server that something is being done to (nova/compute/manager.py, _sync_instance_power_state).
        if (!cloud || !server || server.task !== undefined || server.status === 'ERROR') continue
        setServer(cloud, { stack, server }, { status: 'SHUTOFF' })
      }
    },
    async onMetadataRequest(spaceId, request): Promise<MetadataResponse> {
      const cloud = current()?.cloud
      return cloud ? answerMachine(cloud, spaceId, request) : { status: 503, headers: {}, body: '' }
    },
  }
}

/** Puts into force what is not asked at each occasion: whether there is an engine, and who listens. */
async function obeyStanding(rules: Rules, engine: Engine, doors: Doors): Promise<void> {
  engine.setAlive(rules.find('stop-engine') === undefined)
  // The services beside Keystone share one listener.
  const away = (...services: string[]) => services.some((service) => rules.find('vanish', { service, verb: '', stack: null }) !== undefined)
  await Promise.all([doors.login.setOpen(!away('identity')), doors.apis.setOpen(!away('heat', 'nova'))])
}

type Doors = {
  ports: { keystone: number; heat: number; socks: number }
  control: Control
  login: Listening
  apis: Listening
  close(): Promise<void>
}

async function openDoors(site: {
  cloud: Cloud
  engine: Engine
  urls: { identity: string; heat: string }
  options: DevCloudOptions
  host: string
}): Promise<Doors> {
  const { cloud, engine, urls, options, host } = site
  const { identity, log } = cloud
  const wanted = { ...identity.ports, ...options.ports }
  const tokens = createTokens(identity, {
    now: options.now,
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
    belongings: cloud.belongings,
  })
  const trusts = options.applicationCredentialTrusts ?? false
  const shared = { cloud, engine, tokens, trusts, abandon: options.abandon ?? false, identityUrl: () => urls.identity }
  const services = [heatService(shared), novaService(shared), neutronService(shared), glanceService(shared), cinderService(shared)]
  const open: { close(): Promise<void> }[] = []
  const calls = createCallLog()
  const intercept = interfere(cloud, calls)
  try {
    const login = await listen({
      host,
      port: wanted.keystone,
      services: [keystone({ identity, tokens, endpoints: () => urls, belongings: cloud.belongings, now: options.now })],
      intercept,
      log,
    })
    open.push(login)
    const apis: Listening = await listen({ host, port: wanted.heat, services, intercept, log })
    open.push(apis)
    Object.assign(urls, { identity: `http://${host}:${login.port}/v3`, heat: `http://${host}:${apis.port}` })
    const socks = await startDoor(cloud, wanted.socks)
    open.push(socks)
    const control = await openControl({ cloud, calls, folder: options.folder, host, about: options.about ?? [], log })
    open.push(control)
    return { ports: { keystone: login.port, heat: apis.port, socks: socks.port }, control, login, apis, close: () => closeAll(open) }
  } catch (error) {
    await closeAll(open)
    throw error
  }
}

async function closeAll(open: { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(open.map((door) => door.close()))
}

async function startDoor(cloud: Cloud, port: number): Promise<SocksServer> {
  const { socks } = cloud.identity
  const common = {
    username: socks.user,
    password: socks.password,
    lookup: (address: string) => findMachine(cloud, address),
    dial: (serverId: string, to: number) => cloud.driver.dial(serverId, to),
  }
  return startSocks({ ...common, port }).catch((error: NodeJS.ErrnoException) => {
    if (port !== 0 && error.code === 'EADDRINUSE') return startSocks({ ...common, port: 0 })
    throw error
  })
}

/** The machine behind a floating address. */
function findMachine(cloud: Cloud, address: string): { serverId: string } | null {
  for (const { things } of cloud.state.stacks.values()) {
    for (const floating of Object.values(things.floatingIps)) {
      if (floating.address !== address || floating.portId === null) continue
      const serverId = things.ports[floating.portId]?.deviceId ?? ''
      if (serverId !== '') return { serverId }
    }
  }
  return null
}

/** The file that OpenStack's own clients read, with one key of our own that they ignore. */
function cloudsYaml(identity: Identity, authUrl: string, socksUrl: string): string {
  const { user, project, region } = identity
  return stringify({
    clouds: {
      dev: {
        auth: {
          auth_url: authUrl,
          username: user.name,
          password: user.password,
          project_name: project.name,
          user_domain_name: 'Default',
          project_domain_name: 'Default',
        },
        region_name: region,
        interface: 'public',
        identity_api_version: '3',
        ssh_proxy: socksUrl,
      },
    },
  })
}
