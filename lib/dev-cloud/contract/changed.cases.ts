import { expect } from 'vitest'
import { wordOf } from './apart.ts'
import { type Case, get, heatRefuses, post } from './case.ts'
import { lab } from './lab.ts'
import { accepted, act, look, over, own, patch, sees, stackEvent, state, when, yes } from './living-stack.ts'

/** It is changed, and in the end deleted. */
export const changedCases: Case[] = [
  heatRefuses('a change to a value that may not be is refused', ['heat-update-invalid-400'], patch({ parameters: { nodes: 50 } }), [
    400,
    'StackValidationFailed',
    "Parameter 'nodes' is invalid: 50 is out of range (min: 0, max: 8)",
  ]),
  heatRefuses(
    'a change to a flavor that there is not is refused',
    ['heat-update-unknown-flavor-400'],
    patch({ parameters: { flavor: 'none' } }),
    [
      400,
      'StackValidationFailed',
      "Property error: : resources.head.properties.flavor: : Error validating value 'none': No Flavor matching {'name': 'none'}. (HTTP 404)",
    ],
  ),
  sees('what a change would do is told, and not done', ['heat-update-preview-200'], patch({ parameters: { nodes: 2 } }, '/preview'), {
    resource_changes: {
      unchanged: expect.arrayContaining([
        expect.objectContaining({ resource_name: 'net' }),
        expect.objectContaining({ resource_name: 'secret' }),
      ]),
      updated: expect.arrayContaining([expect.objectContaining({ resource_name: 'node_group' })]),
      added: [],
      deleted: [],
    },
  }),
  {
    title: 'a change is taken',
    recorded: ['heat-update-patch-202', 'heat-update-while-updating-202', 'heat-update-while-creating-202'],
    call: patch({ parameters: { nodes: 2 } }),
    status: 202,
    is: accepted,
  },
  sees(
    'it ends, and tells when it was',
    ['heat-show-update-complete-200'],
    look(),
    state('UPDATE_COMPLETE', 'Stack UPDATE completed successfully', { updated_time: '<time>', tags: ['lab', 'course-7'] }),
    over('UPDATE'),
  ),
  {
    title: 'the group has grown',
    call: look('/resources?nested_depth=2'),
    status: 200,
    has: {
      resources: expect.arrayContaining([
        expect.objectContaining({ resource_name: '0' }),
        expect.objectContaining({ resource_name: '1', parent_resource: 'node_group' }),
      ]),
    },
  },
  {
    title: 'a change of all is taken',
    recorded: ['heat-update-put-202'],
    call: (scene) => ({ method: 'PUT', path: own(scene), body: { template: lab, parameters: { nodes: 1 }, tags: 'lab,changed' } }),
    status: 202,
    is: accepted,
  },
  {
    title: 'it ends, and its tags are others',
    first: async (scene) => {
      await new Promise((resolve) => setTimeout(resolve, scene.partner.pollMs * 2))
      await over('UPDATE')(scene)
    },
    call: look(),
    status: 200,
    has: state('UPDATE_COMPLETE', 'Stack UPDATE completed successfully', { tags: ['lab', 'changed'], parameters: { nodes: '1' } }),
  },
  heatRefuses('a stack is not abandoned', ['heat-abandon-400'], (scene) => ({ method: 'DELETE', path: own(scene, '/abandon') }), [
    400,
    'NotSupported',
    'Stack Abandon is not supported.',
  ]),
  heatRefuses('a resource that is no handle takes no signal', [], (scene) => post(own(scene, '/resources/net/signal'), {}), [
    400,
    'ResourceActionNotSupported',
    'signal is not supported for resource.',
  ]),

  {
    title: 'a deletion is taken',
    recorded: ['heat-delete-204'],
    call: (scene) => ({ method: 'DELETE', path: own(scene) }),
    status: 204,
    is: '',
  },
  sees(
    'the deletion goes on',
    ['heat-show-delete-in-progress-200'],
    look(),
    state('DELETE_IN_PROGRESS', 'Stack DELETE started'),
    when('DELETE_IN_PROGRESS'),
  ),
  yes('a suspension meanwhile is taken, and has no effect', ['heat-action-suspend-while-deleting-200'], act({ suspend: null })),
  heatRefuses(
    'its name is not free meanwhile',
    ['heat-create-same-name-while-deleting-409'],
    ({ kept }) => post('/stacks', { stack_name: wordOf(kept.name), template: lab }),
    [409, 'StackExists', 'The Stack (<stack>) already exists.'],
  ),
  {
    title: 'a second deletion is taken',
    recorded: ['heat-delete-while-deleting-204'],
    call: (scene) => ({ method: 'DELETE', path: own(scene) }),
    status: 204,
    is: '',
  },
  sees(
    'what is deleted is shown by its full address',
    ['heat-show-deleted-by-id-200'],
    look(),
    { stack: { stack_name: '<stack>', stack_status: 'DELETE_COMPLETE', stack_status_reason: 'Stack DELETE completed successfully' } },
    over('DELETE'),
  ),
  { title: 'and its id leads there', call: ({ kept }) => get(`/stacks/${kept.id}`), status: 302 },
  heatRefuses('it cannot be deleted again', ['heat-delete-deleted-404'], (scene) => ({ method: 'DELETE', path: own(scene) }), [
    404,
    'EntityNotFound',
    'The Stack (<stack>) could not be found.',
  ]),
  sees('its events are still told', ['heat-events-deleted-200'], look('/events'), {
    events: expect.arrayContaining([
      stackEvent('DELETE_COMPLETE', 'Stack DELETE completed successfully'),
      stackEvent('CREATE_IN_PROGRESS', 'Stack CREATE started'),
    ]),
  }),
]
