import { expect } from 'vitest'
import { mapOf, wordOf } from './apart.ts'
import { type Case, heatRefuses, post } from './case.ts'
import { lab } from './lab.ts'
import { look, sees, state } from './living-stack.ts'

/** A stack is begun here, so that it is built while other things are asked. */
export const birthCases: Case[] = [
  {
    title: 'a stack is created, and where it is told',
    recorded: [
      'heat-create-201',
      'heat-create-rollback-201',
      'heat-create-stack-timeout-201',
      'heat-create-wait-condition-timeout-201',
      'heat-create-quota-floating-ip-201',
      'heat-create-quota-instances-201',
      'heat-create-no-valid-host-201',
    ],
    call: ({ partner, kept }) => {
      kept.name = partner.stackName()
      return post('/stacks', {
        stack_name: kept.name,
        template: lab,
        parameters: { nodes: 1 },
        tags: 'lab,course-7',
        timeout_mins: 30,
        disable_rollback: true,
      })
    },
    status: 201,
    headers: { location: '<orchestration>/stacks/<stack>/<id>' },
    is: { stack: { id: '<id>', links: [{ href: '<orchestration>/stacks/<stack>/<id>', rel: 'self' }] } },
    keep: ({ kept }, body) => {
      kept.id = wordOf(mapOf(mapOf(body).stack).id)
    },
  },
  sees(
    'it is in progress, with its outputs unknown',
    ['heat-show-create-in-progress-200'],
    look(),
    state('CREATE_IN_PROGRESS', 'Stack CREATE started', {
      updated_time: null,
      notification_topics: [],
      timeout_mins: 30,
      tags: ['lab', 'course-7'],
      parameters: {
        'OS::stack_id': '<id>',
        'OS::project_id': '<hex>',
        'OS::stack_name': '<stack>',
        image: 'debian-12',
        flavor: 'lab.tiny',
        public_network: 'public',
        nodes: '1',
        wait_timeout: '600',
      },
      // Other outputs may be known a moment later.
      outputs: expect.arrayContaining([
        expect.objectContaining({ output_key: 'public_ip', description: 'Address of the head node' }),
        { output_key: 'ready_data', description: 'No description given', output_value: null },
      ]),
    }),
  ),
  heatRefuses(
    'its name is taken',
    ['heat-create-duplicate-409'],
    ({ kept }) => post('/stacks', { stack_name: wordOf(kept.name), template: lab }),
    [409, 'StackExists', 'The Stack (<stack>) already exists.'],
  ),
]
