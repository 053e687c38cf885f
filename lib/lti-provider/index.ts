/*
 * LTI 1.3 for tools: third-party login, launch verification, key sets. Knows no framework, no database and no environment: storage,
 * clock, network and keys are handed in. Every check names the clause it enforces.
 */
export { checkAddress, type GuardOptions, isPublicAddress, pinAddress } from './address-guard.ts'
export { type AuthenticationResponse, parseAuthenticationResponse } from './authentication-response.ts'
export { type CourseRole, courseRole, type LaunchClaims } from './claims.ts'
export { isLtiError, type LtiCheck, LtiError, ltiChecks } from './errors.ts'
export { type Fetched, type Get, guardedGet } from './guarded-get.ts'
export { createKeySets, type KeySetSource, type KeySets } from './key-set.ts'
export { type LaunchExpectation, type LaunchRegistration, nonceLifetimeSeconds, verifyLaunch } from './launch.ts'
export { type AuthenticationRequest, authorizationAddress, isOwnAddress, type LoginRequest, parseLogin } from './login.ts'
export { generateToolKey, type NewToolKey, type PublishedToolKey, signingKey, type ToolKey, toolKeyPem, toolKeySet } from './tool-keys.ts'
