import { join } from 'node:path'
import { imageFolder } from '../../scripts/machines.mjs'
import { noteCrashPoints } from './crash-points.ts'
import { runDevCloud } from './main.ts'

/* The embedded cloud as a process of its own, as the product has it: FOLDER [where its crash points are noted]. */

const [folder = '', crashFolder] = process.argv.slice(2)
if (crashFolder !== undefined) noteCrashPoints(crashFolder)
const cloud = await runDevCloud({
  folder: join(folder, 'dev-cloud'),
  imageFolder: imageFolder(),
  driver: 'auto',
  nullTimes: { start: 0, suspend: 0, resume: 0, stop: 0, delete: 0 },
  imagesAhead: false,
  applicationCredentialTrusts: true,
  cgroup: undefined,
  understood: false,
  lenient: false,
  log: (line) => process.stderr.write(`${line}\n`),
})
await cloud.restored
process.once('SIGTERM', () => void cloud.close('stop').then(() => process.exit(0)))
process.send?.({ cloudsYaml: cloud.cloudsYamlPath, socksUrl: cloud.socksUrl, noMachines: cloud.noMachines })
