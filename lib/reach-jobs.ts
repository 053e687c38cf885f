/*
 * Whether a program runs in one of the owner's shells. POSIX sh and /proc; no root: a person's own processes are enough.
 */

const MOST_BYTES = 200
const MOST_JOBS = 20

/**
 * Prints a line for each program that is in the foreground of a shell kept by dtach. The leader of the session is the `sh` that dtach
 * began (lib/terminal/shell-command.ts), its child the person's own shell: in the foreground that one merely waits.
 */
export function jobsCommand(): string {
  // Fields of /proc/PID/stat behind the name: state, parent, group, session, terminal, the terminal's foreground group (proc(5)).
  const isJob = '[ "$5" != 0 ] && [ "$6" = "$3" ] && [ "$p" = "$3" ] && [ "$4" != "$3" ] && [ "$2" != "$4" ]'
  const isOurs = 'tr "\\0" " " <"/proc/$4/cmdline" 2>/dev/null | grep -q "astrolabe/.*alive"'
  const print = `printf "job "; tr "\\0\\n" "  " <"/proc/$p/cmdline" 2>/dev/null | cut -c1-${MOST_BYTES}; echo`
  const look = `p="\${s#/proc/}"; p="\${p%/stat}"; set -- \${l##*) }; if ${isJob} && ${isOurs}; then ${print}; fi`
  return `for s in /proc/[0-9]*/stat; do { read -r l <"$s"; } 2>/dev/null || continue; ${look}; done; true`
}

/** What `jobsCommand` printed. */
export function readJobs(output: string): { command: string }[] {
  return output
    .split('\n')
    .flatMap((line) => (line.startsWith('job ') ? [{ command: line.slice(4).trim().slice(0, MOST_BYTES) }] : []))
    .filter(({ command }) => command !== '')
    .slice(0, MOST_JOBS)
}
