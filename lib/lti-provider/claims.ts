import { z } from 'zod'
import { LtiError } from './errors.ts'

/*
 * LTI claims (core 5.3, 5.4) turned into our own words. Unknown claims are ignored (core 4.3); texts for display are cut and
 * cleaned; nothing here identifies anybody but `subject` (core 5.3.6.1).
 */

const P = 'https://purl.imsglobal.org/spec/lti/claim/'

export type CourseRole = 'learner' | 'instructor'

export type LaunchClaims = {
  deploymentId: string
  targetLinkUri: string
  /** Null only where the registration allows anonymous launches. */
  subject: string | null
  role: CourseRole
  isTestUser: boolean
  person: { name: string | null; givenName: string | null; familyName: string | null; email: string | null; locale: string | null }
  resourceLink: { id: string; title: string | null }
  course: { id: string; label: string | null; title: string | null } | null
  /** Values that are texts and were resolved. */
  custom: Record<string, string>
  documentTarget: 'frame' | 'iframe' | 'window' | null
  /** http or https; null where the platform gave none or another kind. */
  returnUrl: string | null
  locale: string | null
}

const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership#'

/**
 * Roles that mean "instructor" (core A.2.2 context roles, and their short names). Every other role, and none, is a learner with the
 * least rights: system and institution roles give no rights in a course, and a TeachingAssistant is not here because Open edX sends
 * it for learners who moderate a forum.
 */
const instructorRoles = new Set(
  ['Instructor', 'ContentDeveloper', 'Administrator', 'Manager'].flatMap((name) => [name, `${membership}${name}`]),
)
const testUser = 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'

/** Our role for a list of LTI roles (core 5.3.7). */
export function courseRole(roles: readonly string[]): CourseRole {
  return roles.some((role) => instructorRoles.has(role)) ? 'instructor' : 'learner'
}

const controls = /\p{Cc}/u
// Direction marks can make a name read as something else: they, and control characters, are never shown.
const invisible = /[\p{Cc}\p{Bidi_Control}\ufeff]/gu

const shown = (length: number) =>
  z
    .string()
    .transform(
      (text) =>
        text
          .slice(0, length * 4)
          .replaceAll(invisible, ' ')
          .trim()
          .slice(0, length) || null,
    )
    .nullable()
    .catch(null)

const identifier = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => !controls.test(text))
const localeTag = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/)
  .transform((tag) => tag.replaceAll('_', '-'))
  .nullable()
  .catch(null)

// Core 5.3.3: printable ASCII.
const ascii = /^[ -~]*$/

const rules = {
  deployment: identifier.regex(ascii),
  subject: identifier,
  roles: z.array(z.string().max(1_024)).max(200),
  resourceLink: z.object({ id: identifier, title: shown(500) }),
  course: z
    .object({ id: identifier, label: shown(255), title: shown(500) })
    .nullable()
    .catch(null),
  custom: z.record(z.string(), z.unknown()).catch({}),
  presentation: z
    .object({ document_target: z.enum(['frame', 'iframe', 'window']).nullable().catch(null), return_url: z.unknown(), locale: localeTag })
    .partial()
    .catch({}),
}

/**
 * Reads the claims of an `LtiResourceLinkRequest`.
 * @param payload of a token whose signature and OpenID Connect claims have been verified
 * @throws LtiError `claim.*`
 */
export function readClaims(payload: Record<string, unknown>, { anonymousLaunches }: { anonymousLaunches: boolean }): LaunchClaims {
  if (!Object.keys(payload).some((name) => name.startsWith(P))) throw new LtiError('claim.missing', 'not an LTI message')
  // Core 5.3.1, 5.3.2: which message, which version.
  if (payload[`${P}version`] !== '1.3.0') throw new LtiError('claim.version')
  if (payload[`${P}message_type`] !== 'LtiResourceLinkRequest') throw new LtiError('claim.message_type')
  const roles = checked(rules.roles, payload[`${P}roles`], 'claim.roles') // core 5.3.7: required, may be empty
  const presentation = rules.presentation.parse(payload[`${P}launch_presentation`] ?? {})
  return {
    deploymentId: checked(rules.deployment, payload[`${P}deployment_id`], 'claim.deployment'), // core 5.3.3
    targetLinkUri: checked(z.string().min(1).max(2_048), payload[`${P}target_link_uri`], 'claim.target'), // core 5.3.4
    subject: payload.sub === undefined && anonymousLaunches ? null : checked(rules.subject, payload.sub, 'claim.subject'), // core 5.3.6
    role: courseRole(roles),
    isTestUser: roles.includes(testUser),
    person: readPerson(payload),
    resourceLink: checked(rules.resourceLink, payload[`${P}resource_link`], 'claim.resource_link'), // core 5.3.5
    course: rules.course.parse(payload[`${P}context`] ?? null), // core 5.4.1: without an id it is none
    custom: readCustom(payload[`${P}custom`]),
    documentTarget: presentation.document_target ?? null,
    returnUrl: readReturnUrl(presentation.return_url),
    locale: presentation.locale ?? localeTag.parse(payload.locale ?? null),
  }
}

function checked<T>(
  rule: z.ZodType<T>,
  value: unknown,
  code: 'claim.roles' | 'claim.deployment' | 'claim.target' | 'claim.subject' | 'claim.resource_link',
): T {
  const result = rule.safeParse(value)
  if (!result.success) throw new LtiError(code, value === undefined ? 'missing' : 'malformed')
  return result.data
}

function readPerson(payload: Record<string, unknown>): LaunchClaims['person'] {
  return {
    name: shown(255).parse(payload.name ?? null),
    givenName: shown(255).parse(payload.given_name ?? null),
    familyName: shown(255).parse(payload.family_name ?? null),
    email: shown(320).parse(payload.email ?? null),
    locale: localeTag.parse(payload.locale ?? null),
  }
}

/** Core 5.4.6: texts only. What a platform could not resolve comes through as `$Name` or `${name}` and is as good as absent. */
function readCustom(value: unknown): Record<string, string> {
  const entries = Object.entries(rules.custom.parse(value ?? {}))
  return Object.fromEntries(
    entries
      .slice(0, 200)
      .flatMap(([name, text]) => (typeof text === 'string' && text.length <= 4_096 && !/^\$[A-Za-z{]/.test(text) ? [[name, text]] : [])),
  )
}

/** Core 5.4.4: where to send people back to; only ever shown as a link. */
function readReturnUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 2_048 || !URL.canParse(value)) return null
  return /^https?:$/.test(new URL(value).protocol) ? value : null
}
