import { type Inner, type Numbers, runInMachine } from './into-machine.ts'
import { volumeInSpace } from './script.ts'

/*
 * A mount that goes from the mounts of a space to those of a machine that runs (open_tree, move_mount: Linux 5.2). `mount` cannot do that
 * in one step, since it would be carried out among the machine's own programs.
 */

/** Nothing is done where it is there already. What else lies at its place gives way. open_tree is 428 and move_mount 429 everywhere. */
const ATTACH = () => `my ($device, $source) = @ARGV;
my $spot = "/dev/$device";
my $nothing = '';
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
const DETACH = ({ umount2 }: Numbers) => `my $spot = "/dev/$ARGV[0]";
enter();
for (1 .. 16) { last if syscall(${umount2}, $spot, 10) != 0 }
unlink($spot);
`

/** The volume appears in the machine, as the space has it. */
export async function showVolume(at: Inner, device: string, volumeId: string): Promise<void> {
  await runInMachine(at, ATTACH, [device, volumeInSpace(at.space.slot, volumeId)])
}

/** It is gone from the machine. */
export async function hideVolume(at: Inner, device: string): Promise<void> {
  await runInMachine(at, DETACH, [device])
}
