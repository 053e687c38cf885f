// What is run inside, as shell text. Pure.
import { maskedPaths } from './recipe.mjs'

/** @param {string} text as one word of a shell */
export function shellQuoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * Writes a recipe's files and masks below `$rootfs`, which no link may lead out of: `chroot` sees to it.
 * @param {Pick<import('./recipe.mjs').Recipe, 'files' | 'masked' | 'maskedGenerators'>} recipe
 */
export function writingScript({ files, masked, maskedGenerators }) {
  const folderOf = (path) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
  const written = files.flatMap(({ path, content, mode = 0o644 }) => [
    `mkdir -p ${shellQuoted(folderOf(path))}; rm -f ${shellQuoted(path)}`,
    `base64 -d > ${shellQuoted(path)} <<'E'\n${Buffer.from(content).toString('base64')}\nE`,
    `chmod ${mode.toString(8)} ${shellQuoted(path)}`,
  ])
  const links = maskedPaths({ masked, maskedGenerators }).flatMap((path) => [
    `mkdir -p ${shellQuoted(folderOf(path))}`,
    `ln -sfT /dev/null ${shellQuoted(path)}`,
  ])
  return `chroot "$rootfs" sh -e <<'INSIDE'\numask 022; cd /\n${[...written, ...links].join('\n')}\nINSIDE`
}

/** apt's own settings in there: the sources of this host, its cache outside of the layer, and nothing that is not asked for. */
const aptSettings = (excluded) => `Dir::Etc::SourceList "/run/apt/sources.list"; Dir::Etc::SourceParts "/dev/null";
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache ""; Acquire::Languages "none";
APT::Install-Recommends "false"; APT::Sandbox::User "root"; APT::Keep-Downloaded-Packages "true"; Binary::apt-get::APT::Keep-Downloaded-Packages "true";
Dpkg::Use-Pty "0"; Dpkg::Options:: "--force-unsafe-io"; Dpkg::Options:: "--force-confold";
${excluded.map((pattern) => `Dpkg::Options:: "--path-exclude=${pattern}";`).join('\n')}
`

/**
 * Builds a layer as the upper folder of an overlay: $1 the folder it is made in, $2 the layers below (topmost first, with colons
 * between), $3 apt's cache. Run as mapped root in namespaces of its own; everything that it mounts ends with it. Says `@N` as the N-th
 * step begins, and what apt says of its progress (apt's doc/progress-reporting).
 * @param {import('./recipe.mjs').Recipe} recipe
 */
export function layerScript(recipe) {
  const { removed = [], reinstalled = [] } = recipe
  // A file of settings that was removed comes back only when that is said.
  const again = reinstalled.length === 0 ? '' : '--reinstall -o Dpkg::Options::=--force-confmiss '
  const packages = again + [...recipe.packages, ...reinstalled].join(' ')
  const gone = removed.map((path) => `rm -rf ${shellQuoted(path)}\n`).join('')
  return `R=$1; rootfs=$R/root; cache=$3
mount -t overlay overlay -o "lowerdir=$2,upperdir=$R/rootfs,workdir=$R/work,userxattr" "$rootfs"
mount -t proc proc "$rootfs/proc"
mount -t tmpfs dev "$rootfs/dev" -o mode=755,size=1m
for name in null zero full random urandom tty; do : > "$rootfs/dev/$name"; mount --bind "/dev/$name" "$rootfs/dev/$name"; done
ln -s /proc/self/fd "$rootfs/dev/fd"; mkdir "$rootfs/dev/shm" "$rootfs/dev/pts"
mount -t tmpfs tmp "$rootfs/tmp" -o mode=1777
mount -t tmpfs run "$rootfs/run" -o mode=755
${removed.length === 0 ? '' : `chroot "$rootfs" sh -e <<'INSIDE'\ncd /\n${gone}INSIDE\n`}cp -r "$R/apt" "$rootfs/run/apt"
cat > "$rootfs/run/apt/apt.conf" <<'E'
${aptSettings(recipe.excluded)}E
mkdir -p "$cache/archives/partial" "$cache/lists/partial"
mount --bind "$cache/archives" "$rootfs/var/cache/apt/archives"
mount --bind "$cache/lists" "$rootfs/var/lib/apt/lists"
printf '#!/bin/sh\\nexit 101\\n' > "$rootfs/usr/sbin/policy-rc.d"; chmod 755 "$rootfs/usr/sbin/policy-rc.d"
resolver=$rootfs/etc/resolv.conf; made=
[ -e "$resolver" ] || { made=1; : > "$resolver"; }
mount --bind "$rootfs/run/apt/resolv.conf" "$resolver"
export APT_CONFIG=/run/apt/apt.conf
apt() { chroot "$rootfs" apt-get -qq -o APT::Status-Fd=3 "$@" 3>&1 >> "$R/apt.log" 2>&1 || { tail -n 20 "$R/apt.log" >&2; return 1; }; }
echo @1
[ -n "$(find "$cache/lists" -maxdepth 1 -name '*Packages*' -mmin -720 | head -n 1)" ] || apt update
${
  packages === ''
    ? 'echo @2; echo @3'
    : `if ! chroot "$rootfs" apt-get -s install ${packages} > "$R/plan" 2>> "$R/apt.log"; then apt update; chroot "$rootfs" apt-get -s install ${packages} > "$R/plan"; fi
sed -n 's/^Inst \\([^ ]*\\) .*(\\([^ ]*\\) .*/\\1=\\2/p' "$R/plan" | sort > "$R/packages"
echo @2
apt install -y --download-only ${packages} || { apt update; apt install -y --download-only ${packages}; }
echo @3
apt install -y ${packages}`
}
echo @4
${writingScript(recipe)}
chroot "$rootfs" sh -ec ${shellQuoted(recipe.commands.join('\n'))} >> "$R/apt.log" 2>&1 || { tail -n 20 "$R/apt.log" >&2; exit 1; }
umount "$resolver"; [ -z "$made" ] || rm -f "$resolver"
rm -f "$rootfs/usr/sbin/policy-rc.d"
rm -rf "$rootfs"/var/log/apt "$rootfs"/var/log/*.log "$rootfs"/var/cache/debconf/*-old "$rootfs"/var/lib/dpkg/*-old "$rootfs"/var/cache/ldconfig/*
`
}
