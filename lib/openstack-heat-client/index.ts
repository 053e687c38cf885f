export { type HeatAuth, heatAuthSchema } from './auth.ts'
export { createHeatClient, type HeatClient, type HeatClientSettings } from './client.ts'
export { type CloudSettings, CloudsYamlError, readCloudsYaml } from './clouds-yaml.ts'
export { HeatError, type HeatErrorCode, isHeatError } from './errors.ts'
export type { EventListOptions, StackEvent } from './events.ts'
export type { CallOptions, RequestRecord } from './http.ts'
export type { ResourceListOptions, StackResource } from './resources.ts'
export type { Server, ServerAction, ServerStatus } from './servers.ts'
export type { StackListOptions } from './stack-list.ts'
export type {
  HeatAction,
  HeatStatus,
  NewStack,
  ParameterValue,
  ShowOptions,
  Stack,
  StackOutput,
  ValidatedTemplate,
} from './stacks.ts'
export type { StackRef } from './urls.ts'
