import type { ServerSpec } from '../driver.ts'
import { checkHosts } from './check.ts'
import { type Inner, runInMachine } from './into-machine.ts'
import { isAlive } from './process.ts'
import type { MachineRecord } from './record.ts'
import type { Ground } from './space.ts'
import type { Turns } from './turns.ts'
import type { Machines } from './volumes.ts'

type Hosts = ServerSpec['hosts']

/** The names that machines know each other by, once they have started. */
export type Names = {
  /** A machine that is off knows them soon after it is on again. */
  tell(id: string, hosts: Hosts): Promise<void>
  /** Brings a machine that has just started to what it was told while it was off. */
  catchUp(id: string): Promise<void>
}

/**
 * Lines that were ours and are no longer true go, new ones are added, and what the machine has made of its file stays. It is written beside
 * and renamed, as every editor does; a file that is none (a link, say) is the machine's own business.
 */
const REWRITE = () => `my ($old, $new) = @ARGV;
my $path = '/etc/hosts';
enter();
sysopen(my $in, $path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) or exit 0;
my @is = stat($in);
exit 0 unless S_ISREG($is[2]) && $is[7] < 1048576;
my @lines = <$in>;
chomp(@lines);
my @wanted = split /\\n/, $new;
my %wanted = map { $_ => 1 } @wanted;
my %gone = map { $_ => 1 } grep { !$wanted{$_} } split /\\n/, $old;
my @kept = grep { !$gone{$_} } @lines;
my %kept = map { $_ => 1 } @kept;
my @result = (@kept, grep { !$kept{$_} } @wanted);
exit 0 if "@result" eq "@lines";
my $fresh = "$path.dev-cloud";
unlink($fresh);
sysopen(my $out, $fresh, O_WRONLY | O_CREAT | O_EXCL, 0644) or failed($fresh);
print $out map { "$_\\n" } @result or failed($fresh);
chown($is[4], $is[5], $out);
chmod($is[2] & 07777, $out);
close($out) or failed($fresh);
rename($fresh, $path) or unlink($fresh);
`

/** The lines of hosts(5). */
export function hostLines(hosts: Hosts): string[] {
  return hosts.map(({ address, names }) => `${address} ${names.join(' ')}`)
}

export function createNames(ground: Ground, turns: Turns, machines: Machines): Names {
  const bring = async (record: MachineRecord, hosts: Hosts) => {
    const space = machines.space(record)
    const before = record.hostsWritten ?? record.spec.hosts
    const isOn = record.state === 'on' && isAlive(record.process) && space !== undefined
    if (isOn) await rewrite({ ground, space, pid: record.process?.pid ?? 0 }, before, hosts)
    const { hostsWritten: _brought, ...rest } = record
    machines.remember({ ...rest, spec: { ...record.spec, hosts }, ...(isOn ? {} : { hostsWritten: before }) })
  }
  return {
    async tell(id, hosts) {
      checkHosts(hosts)
      await turns(`machine ${id}`, () => bring(machines.known(id), hosts))
    },
    async catchUp(id) {
      await turns(`machine ${id}`, async () => {
        const record = machines.find(id)
        if (record?.hostsWritten !== undefined) await bring(record, record.spec.hosts)
      })
    },
  }
}

function rewrite(at: Inner, before: Hosts, after: Hosts): Promise<void> {
  return runInMachine(at, REWRITE, [hostLines(before).join('\n'), hostLines(after).join('\n')])
}
