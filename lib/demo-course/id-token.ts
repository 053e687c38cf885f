/**
 * What the platform says about a launch: the claims of an LTI 1.3 resource link request (LTI core 5.3, 5.4), as full as a
 * real platform sends them, unresolved variables and vendor claims included.
 */
import { type Course, type CourseRole, collegeName, displayName, type Person, type ResourceLink } from './course-content.ts'

/** How long an id_token is good for, seconds. */
export const tokenLifetimeSeconds = 300

export type DocumentTarget = 'iframe' | 'window'

export type LaunchFacts = {
  readonly issuer: string
  readonly clientId: string
  readonly deploymentId: string
  readonly person: Person
  readonly role: CourseRole
  readonly course: Course
  readonly link: ResourceLink
  readonly targetLinkUri: string
  readonly documentTarget: DocumentTarget
  readonly returnUrl: string
  readonly nonce: string
}

/** The full URI of an LTI claim: `ltiClaim('roles')`. */
export function ltiClaim(name: string): string {
  return `https://purl.imsglobal.org/spec/lti/claim/${name}`
}

const rolesOf: Readonly<Record<CourseRole, readonly string[]>> = {
  instructor: [
    'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor',
    'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor',
    'http://purl.imsglobal.org/vocab/lis/v2/system/person#User',
  ],
  learner: [
    'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner',
    'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student',
    'http://purl.imsglobal.org/vocab/lis/v2/system/person#User',
  ],
}

/** The payload of the id_token for one launch, issued at `now`. Times are in seconds since 1970 (RFC 7519). */
export function idTokenClaims(facts: LaunchFacts, now: Date): Record<string, unknown> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return {
    iss: facts.issuer,
    sub: facts.person.subject,
    aud: facts.clientId,
    azp: facts.clientId,
    iat: issuedAt,
    exp: issuedAt + tokenLifetimeSeconds,
    nonce: facts.nonce,
    ...personClaims(facts.person),
    [ltiClaim('message_type')]: 'LtiResourceLinkRequest',
    [ltiClaim('version')]: '1.3.0',
    [ltiClaim('deployment_id')]: facts.deploymentId,
    [ltiClaim('target_link_uri')]: facts.targetLinkUri,
    [ltiClaim('roles')]: rolesOf[facts.role],
    ...placeClaims(facts),
    ...platformClaims(facts),
  }
}

function personClaims(person: Person): Record<string, unknown> {
  return {
    name: displayName(person),
    given_name: person.givenName,
    family_name: person.familyName,
    email: person.email,
    locale: person.locale,
  }
}

function placeClaims({ course, link, person }: LaunchFacts): Record<string, unknown> {
  return {
    [ltiClaim('context')]: {
      id: course.contextId,
      label: course.label,
      title: course.title,
      type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering'],
    },
    [ltiClaim('resource_link')]: { id: link.resourceLinkId, title: link.title, description: link.description },
    // Moodle and Open edX pass on what they could not resolve; a tool must not mistake it for a value (lti.md a4).
    [ltiClaim('custom')]: { lab: link.lab, learner_zone: '$Person.address.timezone' },
    [ltiClaim('lis')]: { person_sourcedid: `northfield:${person.key}`, course_offering_sourcedid: `northfield:${course.key}` },
  }
}

function platformClaims(facts: LaunchFacts): Record<string, unknown> {
  return {
    [ltiClaim('launch_presentation')]: {
      document_target: facts.documentTarget,
      return_url: facts.returnUrl,
      locale: facts.person.locale,
    },
    [ltiClaim('tool_platform')]: {
      guid: 'northfield-college-demo',
      name: collegeName,
      product_family_code: 'astrolabe-demo-course',
      version: '1',
      url: facts.issuer,
    },
    'https://northfield.example/claim/timetable': { group: 'B', room: '2.14' },
    'https://vendor.example/extension/launch-trace': [1, { nested: { deeper: true } }, null],
  }
}
