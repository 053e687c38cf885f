import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { distribution } from './host-apt.mjs'
import { listImages, pruneImages, registerUser } from './inventory.mjs'
import { diskLayersOf, layersOf } from './recipe.mjs'
import { exclusively, point, publish, published, removePartials } from './store.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function lay(name: string, layers = [name]): void {
  mkdirSync(join(folder, name, 'rootfs'), { recursive: true })
  writeFileSync(join(folder, name, 'complete'), JSON.stringify({ packages: [], layers, builtAt: '2026-01-02T03:04:05Z', bytes: 1_000_000 }))
}

/** A driver's folder with the record of a machine over `image`. */
function machineOver(image: string): string {
  const driver = join(folder, 'driver')
  mkdirSync(join(driver, 'records'), { recursive: true })
  writeFileSync(join(driver, 'records', 'm.json'), JSON.stringify({ id: 'm', image }))
  registerUser(folder, { mark: 'here', folder: driver })
  return driver
}

test('who builds has the folder alone; the next one comes when it is done, and sees how far it was meanwhile', async () => {
  const order: string[] = []
  const waited = Promise.withResolvers<void>()
  const first = exclusively({ imageFolder: folder, done: () => false, onWait: () => undefined }, async () => {
    publish(folder, { image: 'a', step: 2, of: 4, what: 'fetching packages', percent: 10 })
    await waited.promise
    order.push('first')
  })
  const seen: unknown[] = []
  const onWait = () => {
    seen.push(published(folder))
    waited.resolve()
  }
  await exclusively({ imageFolder: folder, done: () => true, onWait }, async () => order.push('second'))
  await first
  expect(order).toEqual(['first', 'second'])
  expect(seen[0]).toMatchObject({ image: 'a', step: 2 })
  expect(published(folder)).toBeNull()
})

test('what a killed builder left, its lock too, is in nobody’s way', async () => {
  mkdirSync(join(folder, '.partial-1/rootfs'), { recursive: true })
  writeFileSync(join(folder, '.lock'), '999999999 1')
  const long = new Date(Date.now() - 10_000)
  const { utimesSync } = await import('node:fs')
  utimesSync(join(folder, '.lock'), long, long)
  await exclusively({ imageFolder: folder, done: () => true, onWait: () => undefined }, async () => removePartials(folder))
  expect(readdirSync(folder)).toEqual([])
})

test('a name leads to what was built for it last', () => {
  point(folder, 'debian-12', 'debian-12-1')
  point(folder, 'debian-12', 'debian-12-2')
  expect(readlinkSync(join(folder, 'debian-12'))).toBe('debian-12-2')
})

test('a layer for computers is listed once it is there, and stays as long as a recipe means it', async () => {
  const [disk = '', ...below] = diskLayersOf('debian-12', distribution().codename)
    .map((layer) => layer.folder)
    .reverse()
  const old = 'debian-12-disk-0000000000000000'
  lay(old, [old, ...below])
  for (const name of below) lay(name)
  const named = () => listImages(folder).map(({ name }) => name)
  expect(named()).toEqual(expect.not.arrayContaining(['debian-12-disk']))
  lay(disk, [disk, ...below])
  expect(listImages(folder).find(({ name }) => name === 'debian-12-disk')).toMatchObject({
    total: 2_000_000,
    layers: ['debian-12-disk', 'debian-12'],
  })
  expect((await pruneImages(folder)).removed).toEqual([old])
  expect(named()).toContain('debian-12-disk')
})

test('what neither a recipe nor a machine refers to is removed, and nothing else', async () => {
  const meant = layersOf('debian-12-ceph', distribution().codename).map((layer) => layer.folder)
  const [base = '', ceph = ''] = meant
  const [oldBase, oldTop, unused] = ['debian-12-0000000000000000', 'lab-1111111111111111', 'lab-2222222222222222']
  lay(base)
  lay(ceph, [ceph, base])
  lay(oldBase)
  lay(oldTop, [oldTop, oldBase])
  lay(unused, [unused, oldBase])
  mkdirSync(join(folder, '.apt/archives'), { recursive: true })
  const driver = machineOver(oldTop)
  expect(listImages(folder).find(({ name }) => name === oldTop)).toMatchObject({ machines: 1, current: false, total: 2_000_000 })
  expect(await pruneImages(folder)).toMatchObject({ removed: [unused], kept: expect.arrayContaining([oldBase, oldTop]) })
  expect([base, ceph, oldBase, oldTop, unused, '.apt'].filter((name) => existsSync(join(folder, name)))).toEqual([
    base,
    ceph,
    oldBase,
    oldTop,
  ])
  rmSync(driver, { recursive: true })
  expect((await pruneImages(folder)).removed).toEqual(expect.arrayContaining([oldBase, oldTop]))
})
