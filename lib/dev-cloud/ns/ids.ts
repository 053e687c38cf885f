/** User and group ids of the machines begin here on this host (`images/recipe.mjs`: those of the images too). */
export const FIRST_ID = 100_000
export const ID_COUNT = 65_536
