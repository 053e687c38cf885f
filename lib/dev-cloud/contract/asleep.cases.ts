import { expect } from 'vitest'
import { type Case, heatRefuses } from './case.ts'
import { act, asleep, busy, look, nova, over, patch, resource, sees, server, state, when, yes } from './living-stack.ts'

/** It is suspended, resumed and checked. */
export const asleepCases: Case[] = [
  yes('a suspension is taken', ['heat-action-suspend-200'], act({ suspend: null })),
  sees(
    'it goes on',
    ['heat-show-suspend-in-progress-200'],
    look(),
    state('SUSPEND_IN_PROGRESS', 'Stack SUSPEND started', { updated_time: null }),
    when('SUSPEND_IN_PROGRESS'),
  ),
  heatRefuses('a second one meanwhile is a conflict', ['heat-action-suspend-while-suspending-409'], act({ suspend: null }), [
    409,
    'ActionInProgress',
    busy,
  ]),
  heatRefuses('so is a resumption', ['heat-action-resume-while-suspending-409'], act({ resume: null }), [409, 'ActionInProgress', busy]),
  heatRefuses('a change is not supported meanwhile', ['heat-update-while-suspending-400'], patch({ parameters: { nodes: 2 } }), [
    400,
    'NotSupported',
    asleep,
  ]),
  sees(
    'it ends',
    ['heat-show-suspended-200'],
    look(),
    state('SUSPEND_COMPLETE', 'Stack SUSPEND completed successfully', { updated_time: null }),
    over('SUSPEND'),
  ),
  sees('its resources are suspended', ['heat-resources-suspended-200'], look('/resources'), {
    resources: expect.arrayContaining([
      resource('head', 'OS::Nova::Server', { resource_status: 'SUSPEND_COMPLETE' }),
      resource('net', 'OS::Neutron::Net', { resource_status: 'SUSPEND_COMPLETE' }),
    ]),
  }),
  sees('its server is', ['nova-server-suspended-200'], nova('/servers/HEAD'), { server: server('SUSPENDED', 'suspended') }),
  {
    title: 'a server that is suspended is not restarted',
    recorded: ['nova-reboot-suspended-409'],
    call: nova('/servers/HEAD/action', { method: 'POST', body: { reboot: { type: 'SOFT' } } }),
    status: 409,
    is: { conflictingRequest: { code: 409, message: "Cannot 'reboot' instance <id> while it is in vm_state suspended" } },
  },
  yes('what is suspended is suspended again', ['heat-action-suspend-again-200'], act({ suspend: null })),
  heatRefuses('what is suspended is not changed', ['heat-update-while-suspended-400'], patch({ parameters: { nodes: 2 } }), [
    400,
    'NotSupported',
    asleep,
  ]),
  yes('a resumption is taken', ['heat-action-resume-200'], act({ resume: null }), async (scene) => {
    await new Promise((resolve) => setTimeout(resolve, scene.partner.pollMs * 2))
    await over('SUSPEND')(scene)
  }),
  sees(
    'it ends, and all is awake',
    ['heat-show-resumed-200'],
    look(),
    state('RESUME_COMPLETE', 'Stack RESUME completed successfully', { updated_time: null }),
    over('RESUME'),
  ),
  yes('what is awake is woken again', ['heat-action-resume-when-not-suspended-200'], act({ resume: null })),
  yes('a check is taken', ['heat-action-check-200'], act({ check: null }), async (scene) => {
    await new Promise((resolve) => setTimeout(resolve, scene.partner.pollMs * 3))
    await over('RESUME')(scene)
  }),
  sees(
    'it ends, and tells that not all can be checked',
    ['heat-show-check-complete-200'],
    look(),
    state('CHECK_COMPLETE', "Stack CHECK completed successfully. 'CHECK' not fully supported (see resources)"),
    over('CHECK'),
  ),
  heatRefuses('an action that there is not is refused', ['heat-action-unknown-400'], act({ explode: null }), [
    400,
    'HTTPBadRequest',
    'Invalid action explode specified',
  ]),
  heatRefuses('no action is refused', ['heat-action-none-400'], act({}), [400, 'HTTPBadRequest', 'No action specified']),
  heatRefuses('two actions are refused', ['heat-action-two-400'], act({ suspend: null, resume: null }), [
    400,
    'HTTPBadRequest',
    'Multiple actions specified',
  ]),
  heatRefuses('a change that is not going on is not cancelled', ['heat-action-cancel-update-when-idle-400'], act({ cancel_update: null }), [
    400,
    'NotSupported',
    'Cancelling update when stack is CHECK_COMPLETE is not supported.',
  ]),
]
