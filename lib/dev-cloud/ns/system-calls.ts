import { run } from './command.ts'

/*
 * What a machine may not ask of the kernel that it shares with this computer: no lab needs it, and much of what has been wrong with
 * kernels was there. Root inside is nobody outside already; this makes the door smaller (seccomp(2)). The filter is set by a few lines
 * of Perl, whose `syscall` is all that a Debian computer has for it without a compiler: util-linux can set one from 2.40 on only.
 *
 * Capabilities are not taken away: inside they mean what a user namespace lets them mean, and any further one has them all again.
 */

type Table = { arch: number; seccomp: number; socket: number; refused: number[] }

/** EPERM as it is without privileges; ENOSYS where programs know an older way. */
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97
const EPROTONOSUPPORT = 93

/** io_uring_setup, _enter, _register: the same numbers on all computers. */
const RINGS = [425, 426, 427]

/**
 * By Node's name of the processor (asm/unistd.h): kexec_load, kexec_file_load, init_module, finit_module, delete_module, bpf,
 * perf_event_open, userfaultfd, add_key, request_key, keyctl, open_by_handle_at, swapon, swapoff, acct, quotactl, quotactl_fd, syslog,
 * lookup_dcookie, nfsservctl; on x86-64 also iopl, ioperm, create_module, uselib, _sysctl.
 */
const TABLES: Record<string, Table> = {
  x64: {
    arch: 0xc000003e,
    seccomp: 317,
    socket: 41,
    refused: [246, 320, 175, 313, 176, 321, 298, 323, 248, 249, 250, 304, 167, 168, 163, 179, 443, 103, 212, 180, 172, 173, 174, 134, 156],
  },
  arm64: {
    arch: 0xc00000b7,
    seccomp: 277,
    socket: 198,
    refused: [104, 294, 105, 273, 106, 280, 241, 282, 217, 218, 219, 265, 224, 225, 89, 60, 443, 116, 18, 42],
  },
}

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET. Not AF_VSOCK: behind it is whoever carries this computer. */
const FAMILIES = [1, 2, 10, 16, 17]
const AF_NETLINK = 16
const NETLINK_AUDIT = 9
/** Numbers from here on are those of x32, another way to ask for the same (asm/unistd.h, __X32_SYSCALL_BIT). */
const X32 = 0x40000000

/** Offsets in struct seccomp_data; the halves of 64-bit arguments that matter come first on both processors. */
const AT = { number: 0, arch: 4, argument: (index: number) => 16 + 8 * index }

/** linux/filter.h */
const LOAD = 0x20
const IS = 0x15
const IS_AT_LEAST = 0x35
const RETURN = 0x06
const ALLOW = 0x7fff0000
const errno = (number: number) => 0x00050000 | number

type Step = { code: number; value: number; yes?: string; no?: string } | { label: string }

/**
 * The filter as seccomp(2) takes it; null for a processor whose numbers are not known here. Calls of another processor's kind (32-bit
 * programs) do not exist: their arguments cannot be looked at.
 */
export function systemCallFilter(processor: string = process.arch): Buffer | null {
  const table = TABLES[processor]
  if (table === undefined) return null
  const is = (value: number, yes: string): Step => ({ code: IS, value, yes })
  return assemble([
    { code: LOAD, value: AT.arch },
    { code: IS, value: table.arch, no: 'absent' },
    { code: LOAD, value: AT.number },
    { code: IS_AT_LEAST, value: X32, yes: 'absent' },
    ...RINGS.map((number) => is(number, 'absent')),
    ...table.refused.map((number) => is(number, 'refused')),
    is(table.socket, 'socket'),
    { label: 'allowed' },
    { code: RETURN, value: ALLOW },
    { label: 'socket' },
    { code: LOAD, value: AT.argument(0) },
    ...FAMILIES.filter((family) => family !== AF_NETLINK).map((family) => is(family, 'fine')),
    is(AF_NETLINK, 'netlink'),
    { code: RETURN, value: errno(EAFNOSUPPORT) },
    { label: 'netlink' },
    { code: LOAD, value: AT.argument(2) },
    is(NETLINK_AUDIT, 'no protocol'),
    { label: 'fine' },
    { code: RETURN, value: ALLOW },
    { label: 'no protocol' },
    { code: RETURN, value: errno(EPROTONOSUPPORT) },
    { label: 'absent' },
    { code: RETURN, value: errno(ENOSYS) },
    { label: 'refused' },
    { code: RETURN, value: errno(EPERM) },
  ])
}

/** Classic BPF: jumps count the instructions that they leave out, and go forward only. */
function assemble(steps: Step[]): Buffer {
  const places = new Map<string, number>()
  let count = 0
  for (const step of steps) {
    if ('label' in step) places.set(step.label, count)
    else count += 1
  }
  const program = Buffer.alloc(count * 8)
  let at = 0
  for (const step of steps) {
    if ('label' in step) continue
    const jump = (label: string | undefined) => (label === undefined ? 0 : (places.get(label) ?? Number.NaN) - at - 1)
    program.writeUInt16LE(step.code, at * 8)
    program.writeUInt8(jump(step.yes), at * 8 + 2)
    program.writeUInt8(jump(step.no), at * 8 + 3)
    program.writeUInt32LE(step.value, at * 8 + 4)
    at += 1
  }
  return program
}

/** SECCOMP_SET_MODE_FILTER; nobody who is not root of the namespace may. */
const program = (seccomp: number) => `my $filter = pack 'H*', shift;
my $whole = pack 'S x![P] P', length($filter) / 8, $filter;
syscall(${seccomp}, 1, 0, $whole) == 0 or die "seccomp: $!\\n";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\\n";`

/** The words that put a command, and all that comes of it, behind the filter; none where it cannot be had. `tell` is told why. */
export async function filterWords(mark: string, tell: (line: string) => void): Promise<string[]> {
  const filter = systemCallFilter()
  const table = TABLES[process.arch]
  if (filter === null || table === undefined) {
    tell(`dev cloud: the system calls of machines are not filtered: the numbers of ${process.arch} are not known`)
    return []
  }
  const words = ['perl', '-e', program(table.seccomp), filter.toString('hex')]
  try {
    await run({ script: 'exec "$@"', args: [...words, 'true'], inside: null, mark })
    return words
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message.trim() : String(error)
    tell(`dev cloud: the system calls of machines are not filtered: ${cause}`)
    return []
  }
}
