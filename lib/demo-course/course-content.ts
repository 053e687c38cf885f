/**
 * The little college: its people, courses and reading pages, as data. Everything here is invented.
 */

export type CourseRole = 'instructor' | 'learner'

/** Somebody the platform knows. `subject` is what the tool sees as `sub`: opaque, and the same in every course. */
export type Person = {
  readonly key: string
  readonly subject: string
  readonly title?: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly locale: string
}

/** A place in a course that points at the tool (LTI core 5.3.5, resource link). `lab` travels as a custom parameter. */
export type ResourceLink = {
  readonly key: string
  readonly resourceLinkId: string
  readonly title: string
  readonly description: string
  readonly lab: string
}

export type ReadingPage = { readonly key: string; readonly title: string; readonly minutes: number; readonly paragraphs: readonly string[] }

export type Course = {
  readonly key: string
  readonly contextId: string
  readonly label: string
  readonly title: string
  readonly term: string
  readonly welcome: string
  readonly unit: string
  readonly readings: readonly ReadingPage[]
  readonly links: readonly ResourceLink[]
  readonly members: Readonly<Record<string, CourseRole>>
}

export const collegeName = 'Northfield College'

export const people: readonly Person[] = [
  {
    key: 'mira',
    subject: '0c6f2a58-93d4-4e57-8f0e-5d1b7a20c901',
    title: 'Dr.',
    givenName: 'Mira',
    familyName: 'Berg',
    email: 'mira.berg@northfield.example',
    locale: 'en-GB',
  },
  {
    key: 'ada',
    subject: '4be1d7c2-2f66-4b0a-9a3c-7c52e4f0d102',
    givenName: 'Ada',
    familyName: 'Okafor',
    email: 'ada.okafor@northfield.example',
    locale: 'en-GB',
  },
  {
    key: 'lin',
    subject: 'a95d30fb-6c18-4d7e-b2e1-1f8a6b94e203',
    givenName: 'Lin',
    familyName: 'Wu',
    email: 'lin.wu@northfield.example',
    locale: 'en-GB',
  },
  {
    key: 'jonas',
    subject: 'e27c9b14-5a0d-4f39-8c6d-9be7d3a1f304',
    title: 'Prof.',
    givenName: 'Jonas',
    familyName: 'Falk',
    email: 'jonas.falk@northfield.example',
    locale: 'en-GB',
  },
]

const systemsReadings: readonly ReadingPage[] = [
  {
    key: 'why-two',
    title: 'Why two machines are harder than one',
    minutes: 4,
    paragraphs: [
      'A program on one machine either runs or it does not. As soon as a second machine takes part, there is a third case: the other side may be working, or gone, or only slow, and from here the three look the same.',
      'Most of this course is about living with that third case. You will meet clocks that disagree, messages that arrive twice, and a disk that swears it has written what it has not.',
      'None of this is visible on paper. So before any theory, look at two machines: who they are, how they find each other, and what each of them knows about the other.',
    ],
  },
  {
    key: 'names-and-addresses',
    title: 'Names, addresses and trust',
    minutes: 5,
    paragraphs: [
      'A name is for people, an address is for packets. Something has to turn one into the other: a line in a file, a name server, or a registry that the machines keep among themselves. Each of them can be out of date.',
      'Knowing where the other machine is does not tell you that it is the right one. Secure Shell therefore keeps the key of every host it has met, and complains when the key changes. Read that complaint once with care; you will see it again.',
      'In the lab you have two machines, node1 and node2, on a network of their own. Go from one to the other by name, and find out which of the mechanisms above made that possible.',
    ],
  },
]

const databasesReadings: readonly ReadingPage[] = [
  {
    key: 'replicas',
    title: 'One table, two places',
    minutes: 4,
    paragraphs: [
      'A replica is a promise: what you read here is what was written there, give or take a moment. The length of that moment decides what an application may believe.',
      'Next week the two machines below will carry a primary and a standby. For now, make sure that you can reach both.',
    ],
  },
]

export const courses: readonly Course[] = [
  {
    key: 'ds-101',
    contextId: 'course:northfield+ds-101+autumn',
    label: 'DS 101',
    title: 'Distributed systems 101',
    term: 'Autumn term',
    welcome:
      'What changes when a program no longer lives on one machine. Read the two pages of this week, then try it on machines of your own.',
    unit: 'Week 1: Two machines',
    readings: systemsReadings,
    links: [
      {
        key: 'two-machines',
        resourceLinkId: 'block:northfield+ds-101+autumn@lab-two-machines',
        title: 'Two machines',
        description: 'Two machines of your own, on one network. Look around, go from one to the other, break things.',
        lab: 'two-machines',
      },
      {
        key: 'ceph',
        resourceLinkId: 'block:northfield+ds-101+autumn@lab-ceph',
        title: 'Ceph in three nodes',
        description: 'A storage cluster of your own: three machines that keep every byte three times. Break a disk, and heal it.',
        lab: 'ceph',
      },
    ],
    members: { mira: 'instructor', ada: 'learner', lin: 'learner' },
  },
  {
    key: 'db-201',
    contextId: 'course:northfield+db-201+autumn',
    label: 'DB 201',
    title: 'Databases 201',
    term: 'Autumn term',
    welcome: 'Storage that several machines share: replication, consensus, and what a transaction costs.',
    unit: 'Week 1: Replicas',
    readings: databasesReadings,
    links: [
      {
        key: 'two-machines',
        resourceLinkId: 'block:northfield+db-201+autumn@lab-two-machines',
        title: 'Two machines',
        description: 'Two machines of your own, on one network, for a primary and a standby.',
        lab: 'two-machines',
      },
    ],
    members: { jonas: 'instructor' },
  },
]

/** The course that the front page offers. */
export const mainCourse = 'ds-101'

/** The person with this key, or undefined. */
export function findPerson(key: string): Person | undefined {
  return people.find((person) => person.key === key)
}

/** The course somebody is in. In this college everybody is in exactly one. */
export function courseOf(person: Person): Course | undefined {
  return courses.find((course) => Object.hasOwn(course.members, person.key))
}

/** The name people call somebody by: "Dr. Mira Berg", "Ada Okafor". */
export function displayName(person: Person): string {
  return [person.title, person.givenName, person.familyName].filter((part) => part !== undefined).join(' ')
}
