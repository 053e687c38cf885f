import { DriverFailure } from '../driver.ts'
import { run } from './command.ts'
import type { Ground, Space } from './space.ts'

/*
 * What is done among the mounts of a machine that runs, without anything of the machine's: a few lines of Perl go there, as root of the
 * space and no more, and start no program once they are there.
 */

export type Numbers = { setns: number; umount2: number }

/** By Node's name of the processor (asm/unistd.h). */
const NUMBERS: Record<string, Numbers> = { x64: { setns: 308, umount2: 166 }, arm64: { setns: 268, umount2: 39 } }

/** `$pid` is the machine's first process; after `enter()` everything is as the machine sees it. */
const prelude = ({ setns }: Numbers) => `use strict; use Fcntl ':DEFAULT', ':mode';
my $pid = shift;
sub failed { die "$_[0]: $!\\n" }
open(my $mounts, '<', "/proc/$pid/ns/mnt") or failed('the mounts of the machine');
sub enter { syscall(${setns}, fileno($mounts), 0x20000) == 0 or failed('setns') }
`

export type Inner = { ground: Ground; space: Space; pid: number }

/** Runs such lines to their end. Rejects with `machine.failed`. */
export async function runInMachine({ ground, space, pid }: Inner, program: (numbers: Numbers) => string, args: string[]): Promise<void> {
  const numbers = NUMBERS[process.arch]
  if (numbers === undefined) throw new DriverFailure('machine.failed', 'On this processor nothing can be given to a machine while it runs.')
  const inside = { pid: space.keeper.pid, namespaces: ['mount' as const] }
  const lines = prelude(numbers) + program(numbers)
  await run({ script: 'exec perl -e "$@"', args: [lines, String(pid), ...args], inside, mark: ground.mark })
}
