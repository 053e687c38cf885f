import { expect, test } from 'vitest'
import { openTestCloud } from '../dev-cloud.fixture.ts'
import { openShelf, type Shelf } from './shelf.ts'
import type { Progress } from './store.mjs'

type Build = { name: string; tell: (progress: Partial<Progress>) => void; finish: () => void; fail: (error: Error) => void }

/** A shelf whose builds go as the test says. */
function shelfOf(there: string[]): { shelf: Shelf; builds: Build[]; noise: string[] } {
  const builds: Build[] = []
  const noise: string[] = []
  const build: NonNullable<Parameters<typeof openShelf>[1]['build']> = ({ name, onProgress, signal }) =>
    new Promise((resolve, reject) => {
      const finish = () => {
        there.push(name)
        resolve({ path: `/${name}`, built: [name] })
      }
      const usual = { image: name, step: 1, of: 4, what: 'starting', percent: null }
      builds.push({ name, tell: (progress) => onProgress?.({ ...usual, ...progress }), finish, fail: reject })
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
    })
  const shelf = openShelf('/nowhere', { log: (line) => noise.push(line), build, has: (_folder, name) => there.includes(name) })
  return { shelf, builds, noise }
}

const never = new AbortController().signal

test('all that is missing is built ahead, one after the other; what somebody waits for comes before the rest', async () => {
  const { shelf, builds } = shelfOf(['debian-12'])
  shelf.buildAhead(0)
  await expect.poll(() => builds.map(({ name }) => name)).toEqual(['debian-12-ceph'])
  expect([shelf.status('debian-12-ceph'), shelf.status('debian-12-tools')]).toEqual(['saving', 'queued'])
  const wanted = shelf.ready('wanted', () => undefined, never)
  builds[0]?.finish()
  await expect.poll(() => builds.map(({ name }) => name)).toEqual(['debian-12-ceph', 'wanted'])
  builds[1]?.finish()
  await wanted
  await expect.poll(() => builds.at(-1)?.name).toBe('debian-12-tools')
  await shelf.close()
})

test('an image that could not be built is told to who waits; the next who asks tries again', async () => {
  const { shelf, builds, noise } = shelfOf([])
  const first = shelf.ready('a', () => undefined, never)
  builds[0]?.fail(new Error('no mirror'))
  await expect(first).rejects.toThrow('no mirror')
  expect([shelf.status('a'), noise]).toEqual(['killed', ['image a could not be built: no mirror']])
  const second = shelf.ready('a', () => undefined, never)
  await expect.poll(() => builds.length).toBe(2)
  builds[1]?.finish()
  await second
  expect(shelf.status('a')).toBe('active')
  await shelf.close()
})

const template = `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  a: {type: OS::Nova::Server, properties: {name: a, image: debian-12-ceph, flavor: lab.medium, networks: [{network: {get_resource: net}}]}}
`

test('a stack whose image is still being built waits, and says how far it is, everywhere where somebody would look', async () => {
  const { shelf, builds } = shelfOf([])
  const site = await openTestCloud({ images: shelf })
  const id = await site.createStack('lab', template)
  await expect.poll(() => builds.length).toBe(1)
  builds[0]?.tell({ step: 3, what: 'installing packages', percent: 45.2 })
  builds[0]?.tell({ step: 3, what: 'installing packages', percent: 46 })
  const words = 'step 3 of 4: installing packages, 46 %'
  const resource = async () => (await site.call('GET', `/stacks/lab/${id}/resources/a`)).body.resource
  await expect.poll(resource).toMatchObject({
    resource_status: 'CREATE_IN_PROGRESS',
    resource_status_reason: `Image debian-12-ceph is being built, ${words}`,
  })
  const nova = `${site.cloud.heatUrl}/compute/v2.1/servers/${(await resource()).physical_resource_id}`
  expect((await site.call('GET', nova)).body.server.status).toBe('BUILD')
  const said = await site.call('POST', `${nova}/action`, { 'os-getConsoleOutput': {} })
  expect(said.body.output).toBe(`This machine starts when its image debian-12-ceph is built: ${words}\n`)
  const { images } = (await site.call('GET', `${site.cloud.heatUrl}/image/v2/images?name=debian-12-ceph`)).body
  expect(images).toMatchObject([{ status: 'saving', min_disk: 4 }])
  const { events } = (await site.call('GET', `/stacks/lab/${id}/resources/a/events`)).body
  const reasons = events.map((event: { resource_status_reason: string }) => event.resource_status_reason)
  expect(reasons.filter((reason: string) => reason.includes('step 3'))).toHaveLength(1)
  builds[0]?.finish()
  await site.until('lab', id, 'CREATE_COMPLETE')
  expect((await resource()).resource_status_reason).toBe('state changed')
  await site.close()
})

test('a stack fails in Heat’s words when its image cannot be built, and can be deleted while it waits', async () => {
  const { shelf, builds } = shelfOf([])
  const site = await openTestCloud({ images: shelf })
  const failing = await site.createStack('failing', template)
  await expect.poll(() => builds.length).toBe(1)
  builds[0]?.fail(new Error('no mirror'))
  const { stack_status_reason } = await site.until('failing', failing, 'CREATE_FAILED')
  expect(stack_status_reason).toContain(
    'ResourceInError: resources.a: Went to status ERROR due to "Message: Image debian-12-ceph could not be built: no mirror, Code: 500"',
  )
  const waiting = await site.createStack('waiting', template)
  await expect.poll(() => builds.length).toBe(2)
  expect((await site.call('DELETE', `/stacks/waiting/${waiting}`)).status).toBe(204)
  await site.until('waiting', waiting, 'DELETE_COMPLETE')
  await site.close()
})

test('another cloud’s image, made here on first use, is as far as the one that it stands for', async () => {
  const { shelf, builds } = shelfOf([])
  const site = await openTestCloud({ images: shelf, lenient: true })
  await site.createStack('lab', template.replace('debian-12-ceph', 'ubuntu-22.04'))
  await expect.poll(() => builds.map(({ name }) => name)).toEqual(['debian-12'])
  const { images } = (await site.call('GET', `${site.cloud.heatUrl}/image/v2/images?name=ubuntu-22.04`)).body
  expect(images).toMatchObject([{ status: 'saving' }])
  await site.close()
})
