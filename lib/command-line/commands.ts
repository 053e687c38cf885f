import { inviteOperator } from '../access/operators.ts'
import { checkCloud } from '../clouds.ts'
import { config } from '../config.ts'
import { fail } from '../errors.ts'
import { addPlatform, listPlatforms, rotateToolKey } from '../launches/registrations.ts'
import { options } from './arguments.ts'
import type { Command } from './command.ts'
import { environmentCommands } from './environment-commands.ts'
import { table } from './table.ts'

const actor = { kind: 'command_line' } as const

export const commands: Command[] = [
  {
    words: 'platform list',
    takes: '',
    does: 'The course platforms that may launch labs here.',
    run: async () => {
      const found = await listPlatforms()
      if (found.length === 0) return ['No platform is registered yet. Add one: astrolabe platform add --help']
      const rows = found.flatMap((platform) =>
        platform.registrations.map((one) => [
          platform.name,
          one.issuer,
          one.clientId,
          one.deployments.join(' ') || 'any at launch',
          one.disabled ? 'off' : 'on',
        ]),
      )
      return table(['platform', 'issuer', 'client id', 'deployments', 'state'], rows)
    },
  },
  {
    words: 'platform add',
    takes: '--name N --issuer URL --client-id ID --authorization-url URL --jwks-url URL [--token-url URL] [--deployment-id ID]',
    does: 'Registers a platform (LTI 1.3) and prints what to enter there.',
    run: async (args) => {
      const given = options(args, ['name', 'issuer', 'client-id', 'authorization-url', 'jwks-url'], ['token-url', 'deployment-id'])
      await addPlatform(actor, {
        name: given.name,
        issuer: given.issuer,
        clientId: given['client-id'],
        authorizationUrl: given['authorization-url'],
        jwksUrl: given['jwks-url'],
        tokenUrl: given['token-url'],
        deploymentId: given['deployment-id'],
        deploymentsOnLaunch: given['deployment-id'] === undefined,
      })
      const { origin } = config()
      return [
        `${given.name} is registered. Enter at the platform:`,
        `  Tool URL (target link)   ${origin}/lti/launch`,
        `  Login initiation URL     ${origin}/lti/login`,
        `  Redirect URI             ${origin}/lti/launch`,
        `  Public keyset URL        ${origin}/lti/jwks`,
        '  Custom parameter         lab=two-machines',
      ]
    },
  },
  {
    words: 'platform rotate-key',
    takes: '',
    does: 'Makes a new tool key. It is published at once and used from tomorrow; the old one stays in the key set meanwhile.',
    run: async () => [`New key ${await rotateToolKey()} is in the key set.`],
  },
  ...environmentCommands,
  {
    words: 'admin invite',
    takes: '--name NAME',
    does: 'Prints a sign-in link for an operator: works once, for 30 minutes.',
    run: async (args) => {
      const { name } = options(args, ['name'])
      return [config().origin + (await inviteOperator(name))]
    },
  },
  {
    words: 'cloud check',
    takes: '',
    does: 'Signs in to the connected cloud and asks it what the labs will need.',
    run: async () => {
      const { cloud } = config()
      if (!cloud) throw fail('cloud.not_configured', { detail: 'Set OS_CLIENT_CONFIG_FILE and OS_CLOUD (README, "A real OpenStack").' })
      const findings = await checkCloud(cloud)
      return findings.map(({ ok, says }) => `${ok ? 'ok  ' : 'BAD '}  ${says}`)
    },
  },
]
