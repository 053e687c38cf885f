import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDevCloud } from '#lib/dev-cloud/dev-cloud.ts'
import { createMemoryDriver, memoryHost } from '#lib/dev-cloud/played/memory-driver.ts'
import { type HeatClientSettings, readCloudsYaml } from './index.ts'

/** A cloud that is asked what this client believes of clouds. */
export type Target = {
  settings: Pick<HeatClientSettings, 'authUrl' | 'auth' | 'region' | 'endpointInterface'>
  patienceMs: number
  close(): Promise<void>
}

const { OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: cloudName } = process.env

/** The embedded cloud always, and a real one as well where OS_CLIENT_CONFIG_FILE and OS_CLOUD name it. */
export const targets: [name: string, open: () => Promise<Target>][] = [['the embedded cloud', openDevCloud]]
if (cloudsFile && cloudName) targets.push([`the cloud "${cloudName}"`, () => openRealCloud(cloudsFile, cloudName)])

async function openRealCloud(file: string, name: string): Promise<Target> {
  return { settings: readCloudsYaml(await readFile(file, 'utf8'), name), patienceMs: 120_000, close: async () => {} }
}

async function openDevCloud(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'astrolabe-contract-'))
  const host = memoryHost()
  const cloud = await startDevCloud({
    folder,
    driver: (events) => createMemoryDriver(events, host, { startMs: () => 50 }),
    now: () => new Date(),
    log: () => {},
  })
  return {
    settings: readCloudsYaml(await readFile(cloud.cloudsYamlPath, 'utf8'), 'dev'),
    patienceMs: 10_000,
    async close() {
      await cloud.close('stop')
      await rm(folder, { recursive: true })
    },
  }
}
