/*
 * Whether a program runs in one of the owner's shells. POSIX sh and /proc; no root: a person's own processes are enough.
 */

const MOST_BYTES = 200
const MOST_JOBS = 20
/** A shell and nothing but switches: it waits for its person, or reads its commands from somewhere. */
const BARE_SHELL = /^-?(?:\/\S*\/)?(?:ba|da|a|z|fi|k|mk|c|tc)?sh(?: -{1,2}[a-z]+)*$/

/**
 * Prints a line for each of our shells with a program in its foreground: how many processes that is, and the first one's command line.
 *
 * A shell of ours lives in a session of its own, whose leader is the `sh` that dtach began (lib/terminal/shell-command.ts); the person's
 * shell is that leader's child. While the terminal's foreground group is that child's, it merely waits. A program that opens another
 * terminal for what it runs, as sudo does, is looked through: what runs there counts.
 */
export function jobsCommand(): string {
  // Behind the name in brackets, /proc/PID/stat has state, parent, group, session, terminal, and the terminal's foreground group (proc(5)).
  const read = [
    `for f in /proc/[0-9]*/stat; do l=; { read -r l <"$f"; } 2>/dev/null; p="\${f#/proc/}"; set -- "\${p%/stat}" \${l##*) }`,
    `[ $# -ge 7 ] && [ "$2" != Z ] || continue; all="$all $1:$3=$4"; [ "$1" = "$5" ] && [ "$7" -gt 0 ] || continue; tops="$tops $1:$3=$7"`,
    // NUL bytes are skipped by `read`; without a line's end it says that it failed, and has read all the same.
    `c=; { read -r c <"/proc/$1/cmdline"; } 2>/dev/null; case "$c" in *"$HOME/.local/state/astrolabe/"*.alive) ours="$ours $1=$7";; esac; done`,
  ]
  const look = [
    `look() { w=; n=0; for a in $all; do case "$a" in *="$1") q="\${a%%:*}"; n=$((n + 1)); [ "$q" = "$1" ] && w="$q"; w="\${w:-$q}"`,
    `for t in $tops; do case "$t" in *:"$q="*) look "\${t##*=}"; return;; esac; done;; esac; done; }`,
  ]
  const print = [
    `for o in $ours; do case "$all " in *:"$o "*) continue;; esac; [ "\${o%=*}" != "\${o#*=}" ] || continue; look "\${o#*=}"`,
    `printf "job %s %s\\n" "$n" "$(tr "\\000\\n" "  " <"/proc/$w/cmdline" 2>/dev/null | cut -b1-${MOST_BYTES})"; done`,
  ]
  return `exec /bin/sh -c '${['all=; tops=; ours=', ...read, ...look, ...print].join('; ')}'`
}

/** What `jobsCommand` printed. A command is a line of at most 200 bytes; `?` where the machine hides it. */
export function readJobs(output: string): { command: string }[] {
  return output
    .split('\n')
    .flatMap((line) => {
      const [, count, said = ''] = /^job (\d+) ?(.*)$/.exec(line.trimEnd()) ?? []
      const command = bounded(said)
      if (count === undefined || (count === '1' && BARE_SHELL.test(command))) return []
      return [{ command: command || '?' }]
    })
    .slice(0, MOST_JOBS)
}

/** Nothing of it may move a cursor; of a character that was cut nothing is left. */
function bounded(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ').trim()
  return Buffer.from(line)
    .subarray(0, MOST_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
    .trim()
}
