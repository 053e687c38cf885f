import { setTimeout as delay } from 'node:timers/promises'
import { differences, quiet, type Window } from './windows.ts'

/*
 * What is done in programs that draw on the whole screen, at prompts, and with long output, so that screens can be compared.
 */

export type Scene = {
  name: string
  /** Typed at a prompt. */
  begin: string
  /** Typed before the second window comes. */
  before: string[]
  after: string[]
  /** The second window comes while this is still being printed. */
  midway?: boolean
  end: string
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1} of what is pasted here`).join('\n')
const times = (count: number, ...keys: string[]) => Array.from({ length: count }, () => keys).flat()
const text = 'cd $(mktemp -d); for i in $(seq 900); do echo "$i the quick brown fox jumps over the lazy dog"; done > text; clear; '

/** Every full-screen program twice: shortly after its first paint, and when that lies further back than what is kept of the output. */
export const scenes: Scene[] = [
  {
    name: 'vim',
    begin: `${text} vim -n -i NONE -u NONE -N +'set laststatus=2 ruler hlsearch ttimeout ttimeoutlen=10' text`,
    before: ['5G', '/fox\r', 'ihello \x1b'],
    after: ['\x06', 'Gotail\x1b', 'gg'],
    end: '\x1b:q!\r',
  },
  {
    name: 'vim, long',
    begin: `${text} vim -n -i NONE -N text`,
    before: [...times(90, '\x06\x06\x06', '\x02\x02'), 'x'],
    after: ['/lazy\r', 'ihello \x1b', '\x06'],
    end: '\x1b:q!\r',
  },
  {
    name: 'htop',
    // Without its meters: what they say is another thing at each moment.
    begin:
      "printf 'header_layout=one_column_100\\ncolumn_meters_0=Hostname\\ncolumn_meter_modes_0=2\\n' >/tmp/htoprc; clear; HTOPRC=/tmp/htoprc htop -d 100 --readonly -u nobody",
    before: ['\x1bOQ'],
    after: ['\x1b'],
    end: 'q',
  },
  {
    name: 'tmux',
    begin: 'clear; tmux -L t$$ -f /dev/null',
    before: ['seq 100\r', '\x02%', 'echo right\r'],
    after: ['\x02"', 'echo below\r', '\x02o'],
    end: '\x02:kill-server\r',
  },
  {
    name: 'tmux, long',
    begin: 'clear; tmux -L t$$ -f /dev/null',
    before: [
      'seq 3000\r',
      '\x02[',
      ...times(40, '\x1b[5~\x1b[5~', '\x1b[5~', '\x1b[6~', '\x1b[6~\x1b[6~'),
      'q',
      'clear\r',
      '\x02%',
      'seq 30\r',
    ],
    after: ['seq 15\r', '\x02o', 'echo left\r'],
    end: '\x02:kill-server\r',
  },
  { name: 'less', begin: `${text} less text`, before: [' ', ' ', '/lazy\r'], after: ['b', 'k', 'G'], end: 'q' },
  { name: 'less, long', begin: `${text} less text`, before: times(90, '   ', 'bb'), after: ['/lazy\r', 'b', 'k'], end: 'q' },
  { name: 'mc', begin: 'clear; mc -u -d /etc /usr', before: ['\x1b[B\x1b[B', '\t'], after: ['\x1b[B', '\t\x1b[B'], end: '\x1b0' },
  {
    name: 'mc, long',
    begin: 'clear; mc -u -d /etc /usr',
    before: times(160, '\x0c'),
    after: ['\x1b[B', '\t\x1b[B'],
    end: '\x1b0',
  },
  {
    name: 'Python',
    begin: 'clear; python3 -q',
    before: ['for i in range(5): print(i, "é 漢字 🙂")\r\r', '"unfinished" +'],
    after: [' "line"\r', 'import sys\r'],
    end: '\x15exit()\r',
  },
  {
    name: 'Node',
    begin: 'clear; NODE_REPL_HISTORY= node',
    before: ['[1, "two", { three: 3 }]\r', 'function f() {\r'],
    after: ['return 1 }\r', 'f()\r', 'Math.'],
    end: '\x15.exit\r',
  },
  {
    name: 'progress bar',
    begin: `clear; for i in $(seq 0 200); do printf '\\r%3d [%-60s]' $i $(printf '#%.0s' $(seq 1 $((i*60/200+1)))); sleep 0.01; done; echo`,
    before: [],
    after: ['echo done\r'],
    midway: true,
    end: '',
  },
  {
    name: '24-bit colour',
    begin: `clear; for i in $(seq 0 255); do printf '\\033[38;2;%d;%d;0m\\033[48;2;0;%d;90m%02x\\033[0m' $i $((255-i)) $i $i; done; printf '\\033[1;3;4;9m\\033[38;5;123mall\\033[m 漢字\\n'; sleep 0.3`,
    before: [],
    after: [`printf '\\033[7mback\\033[m\\n'\r`],
    midway: true,
    end: '',
  },
  { name: 'paste', begin: 'clear; cat >/dev/null', before: [`${lines(20_000)}\n`], after: ['the last\r'], midway: true, end: '\x04' },
]

/** Between the keys of somebody who leafs through: a program paints for each. */
const KEY_MS = 30

export type Cast = { reference: Window; first: Window; join: () => Promise<Window> }

/** @returns where a window's screen was not the reference's, and how long after its shell the late window's last paint came */
export async function play(
  scene: Scene,
  { reference, first, join: come }: Cast,
): Promise<{ found: string[]; joinMs: number; bytes: number }> {
  const early = [reference, first]
  const found: string[] = []
  const press = async (windows: Window[], keys: string[], settled = true) => {
    const hasty = keys.length > 20
    for (const key of keys) {
      reference.type(key)
      first.type(key)
      if (hasty) await delay(KEY_MS)
      else if (settled) await quiet(windows)
    }
    if (hasty) await quiet(windows)
  }
  const compare = (moment: string, windows: Record<string, Window>) => {
    for (const [who, window] of Object.entries(windows))
      for (const one of differences(window.terminal, reference.terminal)) found.push(`${moment}, ${who}: ${one}`)
  }
  await quiet(early)
  await press(early, [`${scene.begin}\r`], !scene.midway || scene.before.length > 0)
  await press(early, scene.before, !scene.midway)
  if (scene.midway) await delay(250)
  const bytes = first.bytes()
  if (!scene.midway) compare('before', { first })
  const second = await come()
  const joined = performance.now()
  const all = [...early, second]
  await quiet(all)
  const joinMs = Math.max(0, second.drawnAt() - joined)
  compare('joined', { first, second })
  await press(all, scene.after)
  compare('after', { first, second })
  await press(all, [scene.end, 'exit\r'])
  for (const window of all) window.close()
  return { found, joinMs, bytes }
}
