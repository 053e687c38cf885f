import { isMap, type Json, type JsonMap, pythonRepr, pythonStr } from '../json.ts'
import { Complaint, type FunctionKind, unknownYet } from './call.ts'

const parts = ['scheme', 'username', 'password', 'host', 'port', 'path', 'query', 'fragment']

/** heat/engine/hot/functions.py, MakeURL: the parts in their order; after a query nothing more is looked at. */
function refuseParts(args: JsonMap, name: string, isCall: (value: Json | undefined) => boolean): void {
  for (const part of parts) {
    const value = args[part]
    if (value === undefined || (part !== 'query' && isCall(value))) continue
    if (part === 'query') {
      if (!isMap(value)) throw new Complaint(`The "${part}" argument to "${name}" must be a map`)
      return
    }
    if (part === 'port') refusePort(value, args, name)
    else if (typeof value !== 'string' || value === unknownYet) throw new Complaint(`The "${part}" argument to "${name}" must be a string`)
  }
}

function refusePort(value: Json, args: JsonMap, name: string): void {
  if (value === null || typeof value === 'object' || value === unknownYet) {
    const type = value === null || value === unknownYet ? 'NoneType' : Array.isArray(value) ? 'list' : 'dict'
    throw new Complaint(`int() argument must be a string, a bytes-like object or a real number, not '${type}'`)
  }
  const number = typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value) ? Number.NaN : Math.trunc(Number(value))
  if (Number.isNaN(number)) throw new Complaint(`Invalid URL port "${pythonStr(value)}" for ${name} called with ${pythonRepr(args)}`)
  if (number <= 0 || number > 65_535) throw new Complaint(`Invalid URL port ${number}, must be in range 1-65535`)
}

/** Python's urllib.parse.quote. */
function quoted(value: string, safe: string): string {
  const plain = encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return plain.replace(/%(2F|3A)/g, (code) => (safe.includes(decodeURIComponent(code)) ? decodeURIComponent(code) : code))
}

/** Python's urllib.parse.uses_netloc, without those that nobody has heard of for decades. */
const withHost = [
  '',
  'ftp',
  'http',
  'https',
  'file',
  'rtsp',
  'rsync',
  'svn',
  'svn+ssh',
  'sftp',
  'nfs',
  'git',
  'git+ssh',
  'ws',
  'wss',
  'telnet',
  'imap',
]

export const makeUrl: FunctionKind = {
  about: 'An address put together from its parts, each escaped as it must be.',
  check(args, _scope, name, isCall) {
    if (!isMap(args) || isCall(args)) throw new Complaint(`The arguments to "${name}" must be a map`)
    const foreign = Object.keys(args).filter((key) => !parts.includes(key))
    if (foreign.length > 0) throw new Complaint(`Invalid arguments to "${name}": ${foreign.join(', ')}`)
    refuseParts(args, name, isCall)
  },
  compute(args, run, name) {
    const given = run.of(args)
    if (!isMap(given)) throw new Complaint(`The arguments to "${name}" must be a map`)
    refuseParts(given, name, () => false)
    const part = (key: string) => pythonStr(given[key] ?? '')
    const scheme = part('scheme')
    if (scheme.includes(':')) throw new Complaint(`URL "scheme" should not contain ':'`)
    const place = placeOf(part)
    let url = quoted(part('path'), '/')
    if (place || (scheme && withHost.includes(scheme) && !url.startsWith('//')))
      url = `//${place}${url && !url.startsWith('/') ? '/' : ''}${url}`
    const query = isMap(given.query) ? Object.entries(given.query).map(([key, value]) => `${plus(key)}=${plus(pythonStr(value))}`) : []
    const fragment = quoted(part('fragment'), '/')
    return `${scheme && `${scheme}:`}${url}${query.length > 0 ? `?${query.join('&')}` : ''}${fragment && `#${fragment}`}`
  },
}

const plus = (value: string) => quoted(value, '/').replaceAll('%20', '+')

function placeOf(part: (key: string) => string): string {
  const [username, password] = [quoted(part('username'), ''), quoted(part('password'), '')]
  const login = username || password ? `${username}${password && `:${password}`}@` : ''
  const host = quoted(part('host').replace(/^\[(.*)\]$/, '$1'), ':')
  const port = part('port')
  return `${login}${host.includes(':') ? `[${host}]` : host}${port && `:${port}`}`
}
