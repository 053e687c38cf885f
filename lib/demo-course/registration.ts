/** What a tool must know about a platform before the first launch (LTI security 5.1.1; lti.md section 0, item 1). */
export type Registration = {
  readonly issuer: string
  readonly clientId: string
  readonly deploymentIds: readonly string[]
  /** Where the tool sends the browser with its authentication request. */
  readonly authorizationUrl: string
  readonly jwksUrl: string
  readonly algorithms: readonly 'RS256'[]
  /** The plain-http origin on loopback that all addresses above lie on; the tool may allow this one and no other. */
  readonly loopbackOrigin: string
}
