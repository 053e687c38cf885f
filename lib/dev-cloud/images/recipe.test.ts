import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { layerScript, writingScript } from './layer-script.mjs'
import { checked, diskLayersOf, layersOf, type Recipe, recipeNamed, recipes } from './recipe.mjs'

const base = recipeNamed('debian-12')
const top: Recipe = { ...recipeNamed('debian-12-tools'), name: 'top', packages: ['htop'], commands: [] }

test('an image is its own layer over those below, each named by what it is made of', () => {
  const [first, second] = layersOf('debian-12-ceph', 'bookworm').map(({ folder }) => folder)
  expect(first).toMatch(/^debian-12-[0-9a-f]{16}$/)
  expect(second).toMatch(/^debian-12-ceph-[0-9a-f]{16}$/)
  expect(layersOf('debian-12-tools', 'bookworm')[0]?.folder).toBe(first)
})

test('a layer has another name as soon as anything in it or below it is other, and only then', () => {
  const nameOf = (all: Recipe[], codename = 'bookworm') => layersOf('top', codename, all).at(-1)?.folder
  const before = nameOf([base, top])
  expect(nameOf([{ ...base }, { ...top, diskGiB: 9 }])).toBe(before)
  const others = [
    nameOf([base, { ...top, packages: ['mc'] }]),
    nameOf([base, { ...top, commands: ['true'] }]),
    nameOf([base, { ...top, files: [{ path: 'etc/x', content: 'y' }] }]),
    nameOf([{ ...base, commands: ['true'] }, top]),
    nameOf([base, top], 'trixie'),
  ]
  expect(new Set([before, ...others]).size).toBe(6)
})

const nothing = { packages: [], removed: [], reinstalled: [], files: [], commands: [], masked: [] }

test('what an image has for computers gives its own layers no other names: nobody’s machines are built anew for a disk', () => {
  const nameOf = (all: Recipe[]) => layersOf('top', 'bookworm', all).map(({ folder }) => folder)
  const { computer: _, ...without } = base
  expect(nameOf([base, { ...top, computer: nothing }])).toEqual(nameOf([without, top]))
})

test('on a computer nothing is masked that was masked for sandboxes, and every layer adds its own', () => {
  const masked = ['ceph-crash.service', 'a.service']
  const computer = { ...nothing, packages: ['lvm2'], removed: ['etc/a'], masked: ['b.service'] }
  const lab: Recipe = { ...top, masked, maskedGenerators: ['lvm2'], computer }
  const layers = diskLayersOf('top', 'bookworm', [base, lab])
  expect(layers.map(({ recipe }) => recipe.name)).toEqual(['debian-12', 'top', 'top-disk'])
  const last = layers.at(-1)?.recipe
  expect(last?.removed).toEqual(
    expect.arrayContaining([
      'etc/systemd/system/ceph-crash.service',
      'etc/systemd/system/a.service',
      'etc/systemd/system-generators/lvm2',
      'etc/systemd/system/systemd-user-sessions.service',
      'usr/local/bin/cloud-init',
      'etc/a',
    ]),
  )
  expect(last?.packages).toEqual(expect.arrayContaining(['linux-image-cloud-amd64', 'cloud-init', 'lvm2']))
  expect(last?.masked).toEqual(['b.service'])
  const other = { ...lab, computer: { ...computer, removed: ['etc/b'] } }
  expect(diskLayersOf('top', 'bookworm', [base, other]).at(-1)?.folder).not.toBe(layers.at(-1)?.folder)
})

const refused: [what: string, change: Partial<Recipe>, says: string][] = [
  ['lies on nothing known', { base: 'debian-13' }, 'there is no image "debian-13" to lie on'],
  ['lies on itself', { base: 'top' }, 'it lies on itself'],
  ['writes outside of the machine', { files: [{ path: '../etc/passwd', content: '' }] }, 'is no path inside'],
  ['smuggles an option to apt', { packages: ['-o=Dir=/'] }, 'is no name of a package'],
  ['has a name that leads elsewhere', { name: '../top' }, 'its name must be'],
  ['takes away what is not the machine’s', { computer: { ...nothing, removed: ['../../etc'] } }, 'is no path inside'],
  ['smuggles an option to apt for computers', { computer: { ...nothing, reinstalled: ['--force'] } }, 'is no name of a package'],
  ['cannot start a computer and lies on nothing', { base: null }, 'a first layer says what a computer needs'],
  ['takes a name that is given', { name: 'top-disk' }, 'is that of a layer for computers'],
  ['is of another format', { format: 2 as 1 }, 'its format is not 1'],
]

test.each(refused)('a recipe is refused that %s', (_what, change, says) => {
  expect(() => checked([base, { ...top, ...change }])).toThrow(says)
})

test('every layer’s script is one that a shell can read, whatever is in its files', () => {
  const odd: Recipe = { ...top, files: [{ path: "etc/it's", content: 'E\n\'"$(reboot)\nINSIDE\n', mode: 0o600 }], commands: ["echo 'x'"] }
  const forComputers = recipes.flatMap(({ name }) => diskLayersOf(name, 'bookworm').slice(-1)).map(({ recipe }) => recipe)
  for (const recipe of [...recipes, ...forComputers, odd, { ...odd, packages: [] }, { ...odd, removed: ["it's"], reinstalled: ['dpkg'] }]) {
    for (const input of [layerScript(recipe), writingScript(recipe)])
      expect(spawnSync('sh', ['-n'], { input, encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 })
  }
})
