import { tellOfRights } from '../access/login-session.ts'
import type { Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import type { LaunchClaims } from '../lti-provider/index.ts'
import { randomToken } from '../secrets.ts'

/*
 * The rows behind a launch. Each is looked for first and written only when it is missing or differs, always in the order user, person,
 * course, membership, link: a hundred launches at once wait for each other at most once, and never in a circle.
 */

export type Place = { userId: string; courseId: string | null; resourceLinkId: string; labId: string | null }

/** Makes sure that person, course, membership and resource link of these claims exist at this platform. @throws lab.not_found */
export async function enrol(transaction: Transaction, platformId: string, claims: LaunchClaims): Promise<Place> {
  const labId = await labOf(transaction, claims)
  const userId = await ensureUser(transaction, platformId, claims)
  await ensurePerson(transaction, userId, claims.person)
  const courseId = claims.course ? await ensureCourse(transaction, platformId, claims.course) : null
  if (courseId) await ensureMembership(transaction, { userId, courseId, role: claims.role })
  const link = await ensureLink(transaction, {
    platformId,
    courseId,
    linkId: claims.resourceLink.id,
    title: claims.resourceLink.title,
    labId,
  })
  return { userId, courseId, resourceLinkId: link.id, labId: link.labId }
}

/** The lab that the launch names: custom parameter `lab`, else `?lab=` of the target; null where it names none. */
async function labOf(transaction: Transaction, claims: LaunchClaims): Promise<string | null> {
  const slug = claims.custom.lab ?? new URL(claims.targetLinkUri).searchParams.get('lab')
  if (!slug) return null
  const lab = slug.length <= 100 ? await transaction.lab.findUnique({ where: { slug } }) : null
  if (!lab || lab.retiredAt)
    throw fail('lab.not_found', { detail: `It is called ${slug.slice(0, 100)} in your course.`, internal: 'custom.lab' })
  return lab.id
}

/** A person is known by (platform, subject) and nothing else (core 5.3.6.1). */
async function ensureUser(transaction: Transaction, platformId: string, claims: LaunchClaims): Promise<string> {
  const subject = claims.subject ?? `anonymous ${randomToken()}`
  const where = { platformId_subject: { platformId, subject } }
  let user = await transaction.user.findUnique({ where })
  if (!user) {
    await transaction.user.createMany({ data: [{ platformId, subject, isTest: claims.isTestUser }], skipDuplicates: true })
    user = await transaction.user.findUniqueOrThrow({ where })
  }
  return user.mergedIntoId ?? user.id
}

async function ensurePerson(transaction: Transaction, userId: string, said: LaunchClaims['person']): Promise<void> {
  const person = await transaction.person.findUnique({ where: { userId } })
  if (!person) {
    await transaction.person.createMany({ data: [{ userId, ...said, updatedAt: new Date() }], skipDuplicates: true })
    return
  }
  const { name, givenName, familyName, email, locale } = said
  const same =
    person.name === name &&
    person.givenName === givenName &&
    person.familyName === familyName &&
    person.email === email &&
    person.locale === locale
  if (!same) await transaction.person.update({ where: { userId }, data: said })
}

async function ensureCourse(transaction: Transaction, platformId: string, said: NonNullable<LaunchClaims['course']>): Promise<string> {
  const { id: contextId, label, title } = said
  const where = { platformId_contextId: { platformId, contextId } }
  let course = await transaction.courseContext.findUnique({ where })
  if (!course) {
    await transaction.courseContext.createMany({ data: [{ platformId, contextId, label, title }], skipDuplicates: true })
    course = await transaction.courseContext.findUniqueOrThrow({ where })
  }
  const renamed = (title !== null && title !== course.title) || (label !== null && label !== course.label)
  if (renamed) await transaction.courseContext.update({ where, data: { title: title ?? course.title, label: label ?? course.label } })
  return course.id
}

type Enrolment = { userId: string; courseId: string; role: LaunchClaims['role'] }

async function ensureMembership(transaction: Transaction, { userId, courseId, role }: Enrolment): Promise<void> {
  const where = { userId_courseId: { userId, courseId } }
  const membership = await transaction.membership.findUnique({ where })
  if (membership?.role === role) return
  const { count } = membership
    ? { count: 0 }
    : await transaction.membership.createMany({ data: [{ userId, courseId, role }], skipDuplicates: true })
  if (count > 0) return
  await transaction.membership.update({ where, data: { role } })
  // What their older pages still hold was granted to who they were.
  await tellOfRights(transaction, [userId])
}

type Link = { platformId: string; courseId: string | null; linkId: string; title: string | null; labId: string | null }

/** A lab that the platform names decides; a pinned version goes with the lab it belonged to. */
async function ensureLink(transaction: Transaction, said: Link): Promise<{ id: string; labId: string | null }> {
  const { platformId, courseId, linkId, title, labId } = said
  const where = { platformId, courseId, linkId }
  let link = await transaction.resourceLink.findFirst({ where })
  if (!link) {
    await transaction.resourceLink.createMany({ data: [said], skipDuplicates: true })
    link = await transaction.resourceLink.findFirstOrThrow({ where })
  }
  const moved = labId !== null && labId !== link.labId
  if (!moved && (title === null || title === link.title)) return link
  const data = { title: title ?? link.title, ...(moved ? { labId, labVersionId: null } : {}) }
  return transaction.resourceLink.update({ where: { id: link.id }, data })
}
