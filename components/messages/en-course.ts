/** A place of the course that has no lab yet, in English: part of `en`, as is the next. */
export const placeEn = {
  title: 'There is no lab here yet',
  learner: 'Your instructor has not chosen a lab for this place. Come back later; there is nothing you need to do.',
  choose: 'Choose the lab that people find here. They get machines of their own from it.',
  none: 'No lab is installed yet. An administrator adds one.',
  legend: 'Lab',
  submit: 'Use this lab',
  busy: 'Saving',
} as const

/** Who is in the course. */
export const classEn = {
  title: 'Class',
  back: 'To the lab',
  summary: '{people, plural, one {# person} other {# people}} in this course, {machines} with machines',
  person: 'Person',
  role: 'Role',
  state: 'Machines',
  since: 'Since',
  learner: 'Learner',
  instructor: 'Instructor',
  unnamed: 'Name not given',
  none: 'No machines',
  you: 'you',
  caption: 'Who is in this course, and the state of their machines',
  emptyTitle: 'Nobody has opened the lab yet',
  empty: 'People appear here when they open the lab from the course.',
  asOf: 'As of <time></time>',
} as const
