import { quote, say, textOf } from './cloud-config-shell.ts'
import { listOf, type Mapping, truthOf } from './cloud-config-users.ts'

/** As cloud-init calls it (cloudinit/distros/debian.py, APT_GET_COMMAND), but not for ever. */
const APT = 'timeout 1800 apt-get -qy -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io'
const UPDATE = 'timeout 300 apt-get -q -o APT::Update::Error-Mode=any update'

/**
 * `packages`, `package_update`, `package_upgrade` (cloudinit/config/cc_package_update_upgrade_install.py), and their older names. What fails
 * is told on the console, and the next step is done all the same. Without a mirror what the image has is there, and the rest is told: that is no
 * failure of the machine's.
 */
export function packageLines(config: Mapping, hasMirror: boolean): string[] {
  const wanted = listOf(config.packages).map((item) => (Array.isArray(item) ? item.map(textOf).join('=') : textOf(item)))
  const isTo = (verb: string) => truthOf(config[`package_${verb}`] ?? config[`apt_${verb}`]) === true
  const list = wanted.map(quote).join(' ')
  if (hasMirror) {
    const steps: [boolean, string, string][] = [
      [isTo('update') || wanted.length > 0, UPDATE, 'the package lists could not be read'],
      [isTo('upgrade'), `${APT} dist-upgrade`, 'the packages could not be upgraded'],
      [wanted.length > 0, `${APT} install ${list}`, `these packages could not be installed: ${wanted.join(' ')}`],
    ]
    return steps
      .filter(([isWanted]) => isWanted)
      .map(([_wanted, command, failure]) => `${command} </dev/null || { ${say(failure)}; rc=1; }`)
  }
  return [
    ...(isTo('update') || isTo('upgrade') ? [say(`no package lists are read and nothing is upgraded. ${REMEDY}`)] : []),
    ...(wanted.length > 0 ? [`missing=; for package in ${list}; do ${MISSING}; done`, `[ -z "$missing" ] || ${NOT_THERE}`] : []),
  ]
}

const REMEDY = 'Machines here may read no package mirror; whoever runs this cloud can allow one (DEV_CLOUD_PACKAGE_MIRROR)'
/** A package may be named with a version, a release or an architecture. */
const MISSING = `dpkg-query -W -f '\${db:Status-Status}\\n' "\${package%%[=/]*}" 2>/dev/null | grep -qx installed || missing="$missing $package"`
const NOT_THERE = `printf '%s\\n' "cloud-init: not in this image, and not installed:$missing. ${REMEDY}"`
