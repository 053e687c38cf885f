/** User and group ids of the machines begin here on this host (`scripts/base-image.mjs` shifts the image alike). */
export const FIRST_ID = 100_000
export const ID_COUNT = 65_536
