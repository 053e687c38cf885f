import { DriverFailure } from '../driver.ts'
import { run } from './command.ts'
import type { ProcessMark } from './process.ts'
import { volumeInSpace } from './script.ts'
import type { Ground, Space } from './space.ts'

/*
 * A mount that goes from the mounts of a space to those of a machine that runs: `mount` cannot do that in one step, since it would be
 * carried out among the machine's own programs. A few lines of Perl make the calls (open_tree, move_mount: Linux 5.2). They are root
 * of the space only, and start no program once they are in the machine.
 */

type Numbers = { setns: number; umount2: number }

/** By Node's name of the processor (asm/unistd.h); open_tree (428) and move_mount (429) are the same on all. */
const NUMBERS: Record<string, Numbers> = { x64: { setns: 308, umount2: 166 }, arm64: { setns: 268, umount2: 39 } }

/** `$pid`, and after `enter` everything is as the machine sees it. */
const COMMON = ({ setns }: Numbers) => `use strict; use Fcntl;
my ($pid, $device, $source) = @ARGV;
my $spot = "/dev/$device";
my $nothing = '';
sub failed { die "$_[0]: $!\\n" }
open(my $mounts, '<', "/proc/$pid/ns/mnt") or failed('the mounts of the machine');
sub enter { syscall(${setns}, fileno($mounts), 0x20000) == 0 or failed('setns') }
`

/** Nothing is done where it is there already. What else lies at its place gives way. */
const ATTACH = (numbers: Numbers) => `${COMMON(numbers)}
my @wanted = stat($source) or failed('the volume');
my $tree = syscall(428, -100, $source, 0x80001);
$tree >= 0 or failed('open_tree');
enter();
my @found = lstat($spot);
exit 0 if @found && $found[0] == $wanted[0] && $found[1] == $wanted[1];
unlink($spot);
sysopen(my $file, $spot, O_WRONLY | O_CREAT | O_EXCL, 0600) or failed($spot);
syscall(429, $tree, $nothing, -100, $spot, 4) == 0 or failed('move_mount');
`

/** MNT_DETACH and UMOUNT_NOFOLLOW: a program that has it open keeps it until it closes it. */
const DETACH = (numbers: Numbers) => `${COMMON(numbers)}
enter();
for (1 .. 16) { last if syscall(${numbers.umount2}, $spot, 10) != 0 }
unlink($spot);
`

type Place = { ground: Ground; space: Space; process: ProcessMark; device: string }

/** The volume appears in the machine, as the space has it. */
export async function showVolume({ ground, space, process, device }: Place, volumeId: string): Promise<void> {
  await perl(ground, space, { program: ATTACH, args: [String(process.pid), device, volumeInSpace(space.slot, volumeId)] })
}

/** It is gone from the machine. */
export async function hideVolume({ ground, space, process, device }: Place): Promise<void> {
  await perl(ground, space, { program: DETACH, args: [String(process.pid), device] })
}

async function perl(
  ground: Ground,
  { keeper }: Space,
  { program, args }: { program: (numbers: Numbers) => string; args: string[] },
): Promise<void> {
  const numbers = NUMBERS[process.arch]
  if (numbers === undefined) throw new DriverFailure('machine.failed', 'On this processor volumes cannot be given to a machine that runs.')
  const inside = { pid: keeper.pid, namespaces: ['mount' as const] }
  await run({ script: 'exec perl -e "$@"', args: [program(numbers), ...args], inside, mark: ground.mark })
}
