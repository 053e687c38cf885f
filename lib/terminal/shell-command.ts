import type { ShellOrigin } from './protocol.ts'

const MARK_MAX_BYTES = 4096
const nothing = Buffer.alloc(0)

/**
 * The command that is run on the machine for a shell: POSIX sh, one line, whatever the person's own shell is.
 *
 * With dtach the shell outlives this connection: a socket in a private folder leads to it. A note beside the socket says that a shell
 * runs; the shell's end takes it away. A note without an answering socket: the machine was restarted. Without dtach it is a plain
 * login shell that ends with the connection. Before anything else the command prints which of them it is, as a mark that carries
 * `nonce`, so that nothing a start-up file prints can be taken for it.
 *
 * A connection that is dead and that nobody has told the machine of leaves a dtach behind that reads no more; dtach waits for that one, and
 * the shell with it. So who comes back ends what it left there itself: a note beside the socket says which process that was.
 * @param name of the shell on that machine: letters, digits and dashes
 * @param gateway who asks, of the same letters: what another gateway has there is left alone
 */
export function shellCommand(name: string, nonce: string, gateway: string): string {
  // A new shell's terminal begins as this one is, which may have been made ready for a shell that has ended meanwhile.
  const inner = `stty sane 2>/dev/null; "\${SHELL:-/bin/sh}" -l; rm -f "$0"`
  const script = [
    `d="$HOME/.local/state/astrolabe"; s="$d/${name}"`,
    `say() { printf "\\033]7777;${nonce};%s\\007" "$1"; }`,
    'export COLORTERM=truecolor',
    'if command -v dtach >/dev/null 2>&1 && mkdir -p "$d" 2>/dev/null && chmod 700 "$d" 2>/dev/null && [ -w "$d" ]; then ' +
      `a="$s.${gateway}"; p=; [ -r "$a" ] && read -r p <"$a"; ` +
      `[ -n "$p" ] && grep -qsF '/${name}"' "/proc/$p/cmdline" && kill -9 "-$p" 2>/dev/null; { echo $$ >"$a"; } 2>/dev/null; ` +
      // Keys come as soon as that is said: what arrives before dtach has the terminal would be echoed by it, or taken as a signal.
      'if dtach -p "$s" </dev/null >/dev/null 2>&1; then stty raw -echo 2>/dev/null; say attached; ' +
      'else if [ -e "$s.alive" ]; then say restarted; else say new; fi; : >"$s.alive"; fi; ' +
      // When the terminal hangs up, dtach ends by itself; a signal in the middle of that (the kernel's to all of a session whose leader
      // died) would have it wait for itself for ever, and a dtach that reads no more stops the shell for everybody. So the leader lives on.
      // A handler, not "ignored": that would be handed down to the shell.
      'trap : HUP; ' +
      // What dtach says in parting is taken back: the page says it in words of its own.
      `dtach -A "$s" -z -E -r winch /bin/sh -c ${quoted(inner)} "$s.alive"; r=$?; ` +
      'p=; [ -r "$a" ] && read -r p <"$a"; [ "$p" = $$ ] && rm -f "$a"; ' +
      'printf "\\033[A\\033[2K"; exit $r; fi',
    'say plain',
    `exec "\${SHELL:-/bin/sh}" -l`,
  ].join('; ')
  return `exec /bin/sh -c ${quoted(script)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

export type MarkReader = {
  /** Takes the next output; answers with what is the shell's own, and with the origin once the mark has passed. */
  read(chunk: Buffer): { origin: ShellOrigin | null; rest: Buffer }
  /** What was held back, where no mark will come any more. */
  giveUp(): Buffer
}

/** Finds the mark in the first output. What comes before it is noise of start-up files, which the shell itself will print again. */
export function createMarkReader(nonce: string): MarkReader {
  let held = nothing
  const open = Buffer.from(`\x1b]7777;${nonce};`)
  return {
    read(chunk) {
      held = Buffer.concat([held, chunk])
      const start = held.indexOf(open)
      const end = start < 0 ? -1 : held.indexOf(7, start)
      if (end >= 0) {
        const said = held.subarray(start + open.length, end).toString('latin1')
        const rest = held.subarray(end + 1)
        held = nothing
        return { origin: isOrigin(said) ? said : 'plain', rest }
      }
      if (held.length <= MARK_MAX_BYTES) return { origin: null, rest: nothing }
      return { origin: 'plain', rest: held }
    },
    giveUp: () => held,
  }
}

function isOrigin(text: string): text is ShellOrigin {
  return text === 'new' || text === 'attached' || text === 'restarted' || text === 'plain'
}
