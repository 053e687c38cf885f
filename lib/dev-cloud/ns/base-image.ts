import { readFile, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DriverFailure } from '../driver.ts'

/** The account of the image for people; the image has it, with passwordless sudo (`images/recipes/debian-12.mjs`). */
export const DEFAULT_USER = 'debian'

/**
 * The folder name, inside `imageFolder`, of what the image's name means at present. A machine keeps that folder for life:
 * its disk is a layer over exactly this one. Throws `image.missing`.
 */
export async function resolveImage(imageFolder: string, name: string): Promise<string> {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name)) throw new DriverFailure('input.invalid', 'This image name cannot be used.')
  try {
    const folder = await realpath(join(imageFolder, name))
    await realpath(join(folder, 'rootfs'))
    return basename(folder)
  } catch (cause) {
    throw new DriverFailure('image.missing', `The image ${name} is not on this computer.`, { cause })
  }
}

/**
 * The layers of an image, topmost first, as folder names inside `imageFolder`: what was written down when it was built, itself alone
 * for a first layer. Throws `image.missing`.
 */
export async function layersOf(imageFolder: string, folder: string): Promise<string[]> {
  try {
    const { layers = [folder] }: { layers?: string[] } = JSON.parse(await readFile(join(imageFolder, folder, 'complete'), 'utf8'))
    return layers
  } catch (cause) {
    throw new DriverFailure('image.missing', `The image ${folder} is not on this computer any more.`, { cause })
  }
}
