import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, firstKey, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type Json, pythonText } from '../json.ts'
import type { Server } from '../state.ts'
import { beginAction, type Place, type ServerVerb } from './server-actions.ts'
import { serverOf } from './servers.ts'

/** Compute API v2.1, "Servers - run an action": what each is called in a request. */
const actions: Record<string, ServerVerb> = {
  suspend: 'suspend',
  resume: 'resume',
  'os-stop': 'stop',
  'os-start': 'start',
  shelve: 'shelve',
  shelveOffload: 'shelveOffload',
  unshelve: 'unshelve',
}

/** What only an administrator may, by the names of Nova's policies. */
const forAdministrators: Record<string, string> = {
  'os-resetState': 'os-admin-actions:reset_state',
  injectNetworkInfo: 'os-admin-actions:inject_network_info',
  resetNetwork: 'os-admin-actions:reset_network',
  migrate: 'os-migrate-server:migrate',
  'os-migrateLive': 'os-migrate-server:migrate_live',
  evacuate: 'os-evacuate',
  forceDelete: 'os-deferred-delete:force',
}

/** What a real Nova does and nothing here stands for. */
const notHere = (
  'pause unpause lock unlock rescue unrescue rebuild resize confirmResize revertResize createImage createBackup changePassword restore ' +
  'addFixedIp removeFixedIp addFloatingIp removeFloatingIp addSecurityGroup removeSecurityGroup'
).split(' ')

const consoles = ['os-getVNCConsole', 'os-getSPICEConsole', 'os-getRDPConsole', 'os-getSerialConsole', 'os-getMKSConsole']

/** `POST /servers/ID/action` */
export async function act(cloud: Cloud, request: HttpRequest): Promise<HttpReply> {
  const body = bodyOf(request, 'Malformed request body')
  const [name = '', more] = Object.keys(body)
  if (name === '' || more !== undefined) throw new Fault(400, 'BadRequest', 'Malformed request body')
  if (!isAction(name)) throw new Fault(400, 'BadRequest', `There is no such action: ${name}`)
  const place = placeOf(cloud, request, name)
  if (name === 'os-getConsoleOutput') return { status: 200, body: { output: await consoleOutput(cloud, place.server, body[name]) } }
  const policy = Object.hasOwn(forAdministrators, name) ? forAdministrators[name] : undefined
  if (policy !== undefined) throw new Fault(403, 'Forbidden', `Policy doesn't allow os_compute_api:${policy} to be performed.`)
  const options = body[name]
  if (consoles.includes(name)) throw noConsole(options)
  const verb = name === 'reboot' ? rebootOf(options) : verbOf(request)
  if (!verb) throw new Fault(403, 'Forbidden', `This development cloud has nothing that ${name} could be done with.`)
  beginAction(cloud, place, verb, request.id)
  return { status: 202 }
}

/** To start and to stop, Nova looks for a server in another way, and says so. */
function placeOf(cloud: Cloud, request: HttpRequest, action: string): Place {
  try {
    return serverOf(cloud, request)
  } catch (error) {
    if (!['os-start', 'os-stop'].includes(action)) throw error
    throw new Fault(404, 'NotFound', `Instance ${request.params.id ?? ''} has no mapping to a cell.`)
  }
}

/** `POST /servers/ID/remote-consoles` */
export function remoteConsole(cloud: Cloud, request: HttpRequest): HttpReply {
  serverOf(cloud, request)
  throw noConsole(bodyOf(request, 'Malformed request body').remote_console)
}

/** A machine here has no screen. */
function noConsole(options: Json | undefined): Fault {
  return new Fault(400, 'BadRequest', `Unavailable console type ${isMap(options) ? pythonText(options.type) : 'None'}.`)
}

const isAction = (name: string) =>
  name === 'reboot' ||
  name === 'os-getConsoleOutput' ||
  [actions, forAdministrators].some((table) => Object.hasOwn(table, name)) ||
  notHere.includes(name) ||
  consoles.includes(name)

/** Which action a call asks for, in the word by which it is counted and misbehaves. */
export function actionName(request: HttpRequest): string {
  return verbOf(request) ?? firstKey(request) ?? 'other'
}

function verbOf(request: HttpRequest): ServerVerb | undefined {
  const name = firstKey(request) ?? ''
  return Object.hasOwn(actions, name) ? actions[name] : undefined
}

function rebootOf(options: Json | undefined): ServerVerb {
  if (!isMap(options)) throw invalid('reboot', options, "is not of type 'object'")
  const { type } = options
  if (typeof type === 'string' && ['SOFT', 'HARD'].includes(type.toUpperCase()))
    return type.toUpperCase() === 'HARD' ? 'hardReboot' : 'reboot'
  if (type === undefined)
    throw new Fault(400, 'BadRequest', `Invalid input for field/attribute reboot. Value: {}. 'type' is a required property`)
  throw invalid('type', type, "is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']")
}

/** jsonschema's words, as Nova hands them on. */
function invalid(attribute: string, value: Json | undefined, what: string): Fault {
  const shown = typeof value === 'string' ? `'${value}'` : pythonText(value)
  return new Fault(400, 'BadRequest', `Invalid input for field/attribute ${attribute}. Value: ${pythonText(value)}. ${shown} ${what}`)
}

const mostBytes = 102_400

/** What a machine would say that has not begun yet, since its image is still being built. */
function imageWords(cloud: Cloud, { status, spec }: Server): string | undefined {
  if (status !== 'BUILD' || cloud.images.status(spec.image) === 'active') return undefined
  const words = cloud.images.progress(spec.image)
  return `This machine starts when its image ${spec.image} is built${words === null ? '' : `: ${words}`}\n`
}

async function consoleOutput(cloud: Cloud, server: Server, options: Json | undefined): Promise<string> {
  if (!isMap(options)) throw invalid('os-getConsoleOutput', options, "is not of type 'object'")
  const wanted = options.length ?? null
  if (typeof wanted === 'string' && !/^-?[0-9]+$/.test(wanted)) throw invalid('length', wanted, "does not match '^-?[0-9]+$'")
  const length = wanted === null ? -1 : Number(wanted)
  if (!Number.isInteger(length)) throw invalid('length', wanted, "is not of type 'integer', 'string', 'null'")
  if (length < -1) throw invalid('length', wanted, 'is less than the minimum of -1')
  const output = imageWords(cloud, server) ?? (await cloud.driver.consoleLog(server.id, mostBytes).catch(() => ''))
  if (length < 0) return output
  // nova/virt/libvirt/driver.py and nova/compute/manager.py, _tail_log: 0 lines are none.
  return length === 0 ? '' : output.replace(/\n$/, '').split('\n').slice(-length).join('\n')
}
