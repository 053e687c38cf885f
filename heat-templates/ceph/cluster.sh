# Makes this machine one third of a Ceph cluster. The three do the same at the same time and need nothing of each other: the cluster's
# id and all keys follow from a secret that the stack gave to each of them.
set -eu

say() { printf 'ceph lab: %s (%s s)\n' "$1" "$SECONDS"; }
failed() {
  say "failed at line $1"
  notify "{\"status\": \"FAILURE\", \"reason\": \"$NODE: setting up Ceph failed at line $1 of cluster.sh\", \"id\": \"$NODE\"}"
}
trap 'failed $LINENO' ERR

NODES='node1 node2 node3'
address() { echo "10.40.0.1${1#node}"; }
OSD=$((${NODE#node} - 1))
d=$(tr A-F a-f <<< "$FSID_DIGITS")
FSID=${d:0:8}-${d:8:4}-4${d:13:3}-a${d:17:3}-${d:20:12}
digest() { printf '%s %s' "$SECRET" "$1" | openssl dgst -sha256 -binary; }
# A cephx secret as `ceph-authtool --gen-key` makes it: type 1, no time, 16 bytes.
secret() { { printf '\001\000\000\000\000\000\000\000\000\000\020\000'; digest "$1" | head -c 16; } | base64; }
# The id of an OSD's disk.
osd_uuid() { digest "disk of osd.$1" | head -c 16 | od -An -tx1 | tr -d ' \n' | sed -E 's/(.{8})(.{4}).(.{3}).(.{3})(.{12})/\1-\2-4\3-a\4-\5/'; }

# People: the machines' names, and the way from one to the other.
printf 'You are on %s, one of three machines that keep one store together. Ask it how it is: ceph -s\n' "$NODE" > /etc/motd
for n in $NODES; do grep -q " $n\$" /etc/hosts || echo "$(address "$n") $n" >> /etc/hosts; done
home=/home/debian
echo "$INSIDE_PUBLIC_KEY" >> $home/.ssh/authorized_keys
base64 -d <<< "$INSIDE_PRIVATE_KEY" > $home/.ssh/id_ed25519
printf 'Host node1 node2 node3\n  StrictHostKeyChecking accept-new\n' > $home/.ssh/config
chmod 600 $home/.ssh/id_ed25519 $home/.ssh/config
chown debian:debian $home/.ssh/id_ed25519 $home/.ssh/config $home/.ssh/authorized_keys

cat > /etc/ceph/ceph.conf <<C
[global]
fsid = $FSID
mon host = $(address node1),$(address node2),$(address node3)
mon initial members = node1,node2,node3
public network = 10.40.0.0/24
auth allow insecure global id reclaim = false
osd pool default size = 3
osd pool default min size = 2
osd pool default pg num = 32
mon allow pool delete = true
# The disk under a lab may be rather full; a monitor needs little of it.
mon data avail warn = 5
mon data avail crit = 2
# Small machines: a file for a disk, and little memory for what was read.
bluestore block size = 3221225472
bluestore cache autotune = false
bluestore cache size = 67108864
osd memory target = 939524096
# Whoever watches sees what changed sooner than in a large cluster.
mgr stats period = 2
osd mon report interval = 2
C

# Who may what. The monitors begin with all of it, so nobody has to be introduced later.
work=$(mktemp -d)
keyring() { printf '[%s]\n\tkey = %s\n' "$1" "$(secret "$1")"; shift; for caps in "$@"; do printf '\tcaps %s\n' "$caps"; done; }
admin() { keyring client.admin 'mon = "allow *"' 'osd = "allow *"' 'mds = "allow *"' 'mgr = "allow *"'; }
{
  keyring mon. 'mon = "allow *"'
  admin
  keyring mgr.node1 'mon = "allow profile mgr"' 'osd = "allow *"' 'mds = "allow *"'
  for n in 0 1 2; do keyring osd.$n 'mon = "allow profile osd"' 'mgr = "allow profile osd"' 'osd = "allow *"'; done
} > "$work/mon.keyring"
admin > /etc/ceph/ceph.client.admin.keyring
chown root:debian /etc/ceph/ceph.client.admin.keyring
chmod 640 /etc/ceph/ceph.client.admin.keyring
monmaptool --create --clobber --fsid "$FSID" --enable-all-features --set-min-mon-release pacific \
  $(for n in $NODES; do echo "--addv $n [v2:$(address "$n"):3300,v1:$(address "$n"):6789]"; done) "$work/monmap" > /dev/null
chown -R ceph:ceph "$work"
folder() { install -d -o ceph -g ceph "$1"; }

folder "/var/lib/ceph/mon/ceph-$NODE"
ceph-mon --mkfs -i "$NODE" --monmap "$work/monmap" --keyring "$work/mon.keyring" --setuser ceph --setgroup ceph
systemctl enable --quiet --now "ceph-mon@$NODE"
say 'monitor started'

if [ "$NODE" = node1 ]; then
  folder /var/lib/ceph/mgr/ceph-node1
  keyring mgr.node1 > /var/lib/ceph/mgr/ceph-node1/keyring
  chown -R ceph:ceph /var/lib/ceph/mgr/ceph-node1
  systemctl enable --quiet --now ceph-mgr@node1
fi

disk=/var/lib/ceph/osd/ceph-$OSD
folder "$disk"
keyring "osd.$OSD" > "$disk/keyring"
chown ceph:ceph "$disk/keyring"
ceph-osd -i "$OSD" --mkfs --no-mon-config --osd-uuid "$(osd_uuid "$OSD")" --setuser ceph --setgroup ceph > "$work/mkfs.log" 2>&1 || {
  tail -n 5 "$work/mkfs.log"
  false
}
say 'disk made'

if [ "$NODE" = node1 ]; then
  for n in 0 1 2; do [ "$(ceph osd new "$(osd_uuid $n)")" = $n ]; done
  say 'OSDs numbered'
else
  until ceph osd find "$OSD" > /dev/null 2>&1; do sleep 0.3; done
fi
systemctl enable --quiet --now "ceph-osd@$OSD"
say 'OSD started'
rm -rf "$work"

# The second way to make an OSD, for the guide: on an empty place.
cat > /usr/local/sbin/new-osd <<'N'
#!/bin/bash
# new-osd: makes an OSD on this machine, in a file, as `ceph-volume` would on a disk. The cluster gives it the lowest free number.
set -eu
uuid=$(cat /proc/sys/kernel/random/uuid)
key=$(ceph-authtool --gen-print-key)
id=$(ceph osd new "$uuid" -i - <<< "{\"cephx_secret\": \"$key\"}")
disk=/var/lib/ceph/osd/ceph-$id
mkdir -p "$disk"
[ -z "$(ls -A "$disk")" ] || { echo "$disk is not empty" >&2; exit 1; }
printf '[osd.%s]\n\tkey = %s\n' "$id" "$key" > "$disk/keyring"
chown -R ceph:ceph "$disk"
# It complains of the empty place that it is to fill; only a failure is worth reading.
log=$(mktemp)
ceph-osd -i "$id" --mkfs --osd-uuid "$uuid" --setuser ceph --setgroup ceph > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
systemctl reset-failed "ceph-osd@$id" 2> /dev/null || :
systemctl enable --quiet --now "ceph-osd@$id"
echo "osd.$id is on $(hostname)"
N
chmod 755 /usr/local/sbin/new-osd

if [ "$NODE" = node1 ]; then
  # An empty map is healthy too: all of it has to be there.
  all_well='import json, sys
s = json.load(sys.stdin)
clean = all(group["state_name"] == "active+clean" for group in s["pgmap"]["pgs_by_state"])
sys.exit(not (s["health"]["status"] == "HEALTH_OK" and s["mgrmap"]["available"] and s["osdmap"]["num_up_osds"] == 3 and clean))'
  until ceph status --format json | python3 -c "$all_well"; do sleep 0.5; done
  say 'HEALTH_OK'
fi
key=$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)
notify "{\"status\": \"SUCCESS\", \"reason\": \"$NODE is up\", \"id\": \"$NODE\", \"data\": \"$key\"}"
