/** A stack by its full reference: the only address that Heat answers without a redirect, and the only one of a deleted stack. */
export type StackRef = { name: string; id: string }

// `endpoint` is what the catalog says for "orchestration": it ends in the project id, with no slash after it.

const stacks = (endpoint: string) => `${endpoint}/stacks`
const stack = (endpoint: string, { name, id }: StackRef) => `${endpoint}/stacks/${encodeURIComponent(name)}/${encodeURIComponent(id)}`

export const heatUrls = {
  stacks: (endpoint: string, query: URLSearchParams) => withQuery(stacks(endpoint), query),
  create: stacks,
  preview: (endpoint: string) => `${stacks(endpoint)}/preview`,
  validate: (endpoint: string) => `${endpoint}/validate`,
  find: (endpoint: string, nameOrId: string) => `${stacks(endpoint)}/${encodeURIComponent(nameOrId)}`,
  stack,
  show: (endpoint: string, ref: StackRef, query: URLSearchParams) => withQuery(stack(endpoint, ref), query),
  actions: (endpoint: string, ref: StackRef) => `${stack(endpoint, ref)}/actions`,
  output: (endpoint: string, ref: StackRef, key: string) => `${stack(endpoint, ref)}/outputs/${encodeURIComponent(key)}`,
  resources: (endpoint: string, ref: StackRef, query: URLSearchParams) => withQuery(`${stack(endpoint, ref)}/resources`, query),
  resource: (endpoint: string, ref: StackRef, name: string) => `${stack(endpoint, ref)}/resources/${encodeURIComponent(name)}`,
  events: (endpoint: string, ref: StackRef, query: URLSearchParams) => withQuery(`${stack(endpoint, ref)}/events`, query),
}

// Nova's: `endpoint` is what the catalog says for "compute"; it ends in the version, on older clouds in the project id.

export const computeUrls = {
  serversInDetail: (endpoint: string, query: URLSearchParams) => withQuery(`${endpoint}/servers/detail`, query),
  server: (endpoint: string, id: string) => `${endpoint}/servers/${encodeURIComponent(id)}`,
  serverAction: (endpoint: string, id: string) => `${endpoint}/servers/${encodeURIComponent(id)}/action`,
}

function withQuery(url: string, query: URLSearchParams): string {
  return query.size === 0 ? url : `${url}?${query}`
}

/** The stack that a redirect points at. Only its last two steps are read: the token never follows a redirect elsewhere. */
export function refFromLocation(location: string | null): StackRef | null {
  const match = location === null ? null : /\/stacks\/([^/?#]+)\/([^/?#]+)$/.exec(location)
  if (!match?.[1] || !match[2]) return null
  return { name: decodeURIComponent(match[1]), id: decodeURIComponent(match[2]) }
}
