// Programs that draw on the whole screen, and two languages: for labs about a machine itself, and for tests of terminals.
/** @type {import('../recipe.mjs').Recipe} */
export const recipe = {
  name: 'debian-12-tools',
  base: 'debian-12',
  user: 'debian',
  diskGiB: 2,
  format: 1,
  packages: ['git', 'htop', 'mc', 'ncurses-term', 'nodejs', 'python3', 'screen', 'strace', 'tmux', 'tree', 'vim', 'vttest'],
  excluded: [],
  included: [],
  commands: ['update-alternatives --set editor /usr/bin/vim.basic'],
  files: [],
  masked: [],
  maskedGenerators: [],
}
