/**
 * Process 1 of a machine that cannot have systemd: starts SSH and what is to run once, takes in orphans, and powers off or reboots when it is
 * told, from outside by systemd's own signals (systemd(1): SIGRTMIN+4, SIGRTMIN+5) or from inside by `poweroff`, `reboot`, `shutdown`,
 * which speak to sysvinit's pipe where there is no systemd. POSIX shell of the image; `wait` in dash reaps every child there is.
 */
export const plainInit = `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
down() {
  trap '' 38 39
  kill -TERM -1
  tries=0
  while set -- "$1" /proc/[0-9]*; [ $# -gt 2 ] && [ $tries -lt 10 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL -1
  [ "$1" = reboot ] && exec reboot -ff
  exit 0
}
trap 'down poweroff' 38
trap 'down reboot' 39
hostname -F /etc/hostname
mkdir -p -m 755 /run/sshd /run/lock
mkfifo -m 600 /run/initctl
key=/etc/ssh/ssh_host_ed25519_key
[ -s $key ] || { rm -f $key.new*; ssh-keygen -q -t ed25519 -N '' -C '' -f $key.new && mv $key.new.pub $key.pub && mv $key.new $key; }
while :; do /usr/sbin/sshd -D; sleep 1; done &
systemd-tmpfiles --create --remove --boot --exclude-prefix=/dev --exclude-prefix=/run/initctl &
while :; do
  # struct init_request (initreq.h): magic, command, run level, each four bytes, of 384.
  case "$(head -c 384 /run/initctl | head -c 9 | tail -c 1)" in 0) kill -38 1 ;; 6) kill -39 1 ;; esac
done &
once=/var/lib/cloud/instance
[ -e $once/user-data.sh ] && [ ! -e $once/sem/user-data ] && /usr/local/lib/cloud-init/run &
while :; do wait; done
`
