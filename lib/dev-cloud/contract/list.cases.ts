import { expect } from 'vitest'
import { maps } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, get, post, type Scene } from './case.ts'
import { hot } from './lab.ts'
import { settled } from './partner.fixture.ts'

const tiny = hot('resources: {a: {type: OS::Heat::RandomString}}')
const row = (more: Record<string, unknown> = {}) =>
  expect.objectContaining({
    id: '<id>',
    links: [{ href: '<orchestration>/stacks/<stack>/<id>', rel: 'self' }],
    stack_name: '<stack>',
    description: '',
    stack_status: 'CREATE_COMPLETE',
    stack_status_reason: 'Stack CREATE completed successfully',
    creation_time: '<time>',
    updated_time: null,
    deletion_time: null,
    stack_owner: 'labs',
    parent: null,
    stack_user_project_id: '<hex>',
    ...more,
  })
/** A stack that may be somebody else's, with or without tags. */
const any = expect.objectContaining({
  id: '<id>',
  stack_name: expect.any(String),
  stack_status: expect.any(String),
  stack_owner: expect.any(String),
})
const next = [{ rel: 'next', href: expect.stringMatching(/^<orchestration>\/stacks\?.*marker=<id>/) }]
const lists = (
  title: string,
  recorded: string[],
  query: string | ((scene: Scene) => string),
  is: unknown,
  more: Partial<Case> = {},
): Case => ({
  title: `listed: ${title}`,
  recorded,
  status: 200,
  has: is,
  call: (scene) => get(`/stacks${typeof query === 'string' ? query : query(scene)}`),
  ...more,
})

/** Six stacks, every other of them tagged `even`, all with a tag that is only theirs. */
async function makeSix({ partner, kept }: Scene): Promise<void> {
  kept.tag = partner.stackName()
  const made = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const name = partner.stackName()
      const tags = `lab,${kept.tag},${index % 2 === 0 ? 'even' : 'odd'}`
      const { body } = await partner.call(post('/stacks', { stack_name: name, template: tiny, tags }))
      return { name, id: wordOf(mapOf(mapOf(body).stack).id) }
    }),
  )
  for (const { name, id } of made) await settled(partner, `${name}/${id}`, 'CREATE')
  Object.assign(kept, { third: made[2]?.id, fourth: made[3]?.name })
}

const ours =
  (query: string) =>
  ({ kept }: Scene) =>
    `?tags=${kept.tag}&${query}`

export const listCases: Case[] = [
  lists('all, the newest first', ['heat-list-200'], '', { stacks: expect.arrayContaining([row()]) }, { first: makeSix }),
  lists(
    'a page, and where the next one is',
    ['heat-list-page-1-200'],
    ours('limit=2&sort_keys=name&sort_dir=asc'),
    { stacks: [row(), row()], links: next },
    {
      keep: ({ kept }, body) => {
        kept.marker = wordOf(maps(mapOf(body).stacks).at(-1)?.id)
      },
    },
  ),
  lists(
    'the page after it',
    ['heat-list-page-2-200'],
    (scene) => ours(`limit=2&sort_keys=name&sort_dir=asc&marker=${scene.kept.marker}`)(scene),
    { stacks: [row(), row()], links: next },
  ),
  lists('a marker that is none is ignored', ['heat-list-bad-marker-200'], ours('limit=2&marker=no-such-id'), {
    stacks: [row(), row()],
    links: next,
  }),
  lists('those in a state', ['heat-list-status-200'], '?status=CREATE_COMPLETE&limit=2', { stacks: [any, any], links: next }),
  lists('none in a state that none is in', ['heat-list-status-none-200'], ({ kept }) => `?name=${kept.fourth}&status=CREATE_FAILED`, {
    stacks: [],
  }),
  lists('those in one of two states', ['heat-list-status-two-200'], '?status=CREATE_FAILED&status=CREATE_COMPLETE&limit=2', {
    stacks: [any, any],
  }),
  lists('those whose last action was such', ['heat-list-action-200'], '?action=CREATE&limit=1', { stacks: [any] }),
  lists('the one of a name', ['heat-list-name-200'], ({ kept }) => `?name=${kept.fourth}`, {
    stacks: [row({ tags: expect.arrayContaining(['odd']) })],
  }),
  lists('the one of an id', ['heat-list-id-200'], ({ kept }) => `?id=${kept.third}`, {
    stacks: [row({ tags: expect.arrayContaining(['even']) })],
  }),
  lists('those with all of some tags', ['heat-list-tags-200'], ({ kept }) => `?tags=${kept.tag},even`, {
    stacks: Array.from({ length: 3 }, () => row({ tags: expect.arrayContaining(['even']) })),
  }),
  lists('those with any of some tags', ['heat-list-tags-any-200'], ({ kept }) => `?tags=${kept.tag}&tags_any=even,odd`, {
    stacks: Array.from({ length: 6 }, () => row()),
  }),
  lists('those without all of some tags', ['heat-list-not-tags-200'], ours('not_tags=even'), { stacks: [row(), row(), row()] }),
  lists('those without any of some tags', ['heat-list-not-tags-any-200'], ours('not_tags_any=even,odd'), { stacks: [] }),
  lists('how many there are', ['heat-list-with-count-200'], ours('with_count=true&limit=1'), { stacks: [row()], count: 6 }),
  lists('nested ones too', ['heat-list-show-nested-200'], ours('show_nested=true&limit=2'), { stacks: [row(), row()] }),
  lists('deleted ones too', ['heat-list-show-deleted-200'], ours('show_deleted=true&limit=2'), { stacks: [row(), row()] }),
  lists('a filter that there is not is ignored', ['heat-list-unknown-filter-200'], ours('colour=blue&limit=1'), { stacks: [row()] }),
  lists('an order that there is not is ignored', ['heat-list-sort-bad-key-200'], ours('sort_keys=colour&limit=1'), { stacks: [row()] }),
  {
    title: 'listed: with details',
    recorded: ['heat-list-detail-200'],
    call: get('/stacks/detail?limit=1'),
    status: 200,
    has: { stacks: expect.arrayContaining([any]) },
  },
]
