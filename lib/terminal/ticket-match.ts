/** Everything a terminal ticket was issued for. */
export type Grant = {
  launchId: string
  loginSessionId: string
  userId: string
  environmentId: string
  generation: number
  hostName: string
  mode: 'write' | 'watch'
}

/** Who knocks: what the cookie and the address of the page say. */
export type Caller = Pick<Grant, 'launchId' | 'loginSessionId' | 'userId'>

/** Whether a ticket was issued to exactly this caller; field by field, since a ticket carries a right on and never widens it. Pure. */
export function ticketMatches(grant: Grant, caller: Caller): boolean {
  return grant.launchId === caller.launchId && grant.loginSessionId === caller.loginSessionId && grant.userId === caller.userId
}
