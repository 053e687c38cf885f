/** A played machine, as its commands see it. */
export type Scene = { name: string; now: Date }
export type Said = { output: string; code: number }

type Command = (words: string[], scene: Scene) => Said

const silent: Said = { output: '', code: 0 }
const line = (output: string): Said => ({ output: `${output}\n`, code: 0 })

const commands: Record<string, Command> = {
  true: () => silent,
  ':': () => silent,
  false: () => ({ output: '', code: 1 }),
  sleep: () => silent,
  echo: (words) => line((words[0] === '-n' ? words.slice(1) : words).join(' ')),
  hostname: (_words, { name }) => line(name),
  whoami: () => line('debian'),
  id: (words) => line(words.includes('-u') ? '1000' : 'uid=1000(debian) gid=1000(debian) groups=1000(debian)'),
  date: (words, { now }) => {
    if (words.some((word) => word === '-s' || word.startsWith('--set'))) return silent
    return line(clock(words.find((word) => word.startsWith('+'))?.slice(1) ?? '%a %b %e %T UTC %Y', now))
  },
}

/** What a shell prints for a line or a script, and how the last command ended. Pipes, redirections and variables are not known. */
export function runCommands(script: string, scene: Scene): Said {
  let output = ''
  let code = 0
  for (const { words, after } of split(script)) {
    if ((after === '&&' && code !== 0) || (after === '||' && code === 0)) continue
    const [name = '', ...rest] = withoutPrefix(words)
    if (name === '') continue
    if (name === 'exit') return { output, code: Number(rest[0] ?? code) }
    if (/^(\/bin\/)?(ba)?sh$/.test(name) && rest[0] === '-c') {
      const inside = runCommands(rest[1] ?? '', scene)
      output += inside.output
      code = inside.code
      continue
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    const said = command?.(rest, scene) ?? { output: `sh: 1: ${name}: not found\n`, code: 127 }
    output += said.output
    code = said.code
  }
  return { output, code }
}

/** `exec` and `sudo` change nothing here. */
function withoutPrefix(words: string[]): string[] {
  const [first = '', ...rest] = words
  if (first === 'exec') return withoutPrefix(rest)
  return first === 'sudo' ? withoutPrefix(rest.filter((word, index) => !(word.startsWith('-') && index === 0))) : words
}

type Step = { words: string[]; after: string }

function split(script: string): Step[] {
  const steps: Step[] = []
  let current: Step = { words: [], after: ';' }
  for (const [, operator, word] of script.matchAll(
    /[ \t\r]*(?:(&&|\|\||;|\n)|((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s;&|"']|&(?!&)|\|(?!\|))+))/g,
  )) {
    if (word !== undefined) current.words.push(unquoted(word))
    else {
      steps.push(current)
      current = { words: [], after: operator ?? ';' }
    }
  }
  return [...steps, current]
}

function unquoted(word: string): string {
  return word.replace(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
    (_all, double?: string, single?: string) => double?.replace(/\\(.)/g, '$1') ?? single ?? '',
  )
}

/** date(1): the parts of a format that are asked for. */
function clock(format: string, now: Date): string {
  const iso = now.toISOString()
  const ms = now.getTime()
  const parts: Record<string, string> = {
    s: String(Math.floor(ms / 1000)),
    N: `${iso.slice(20, 23)}000000`,
    '3N': iso.slice(20, 23),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    e: String(now.getUTCDate()).padStart(2, ' '),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    Z: 'UTC',
    z: '+0000',
    a: now.toUTCString().slice(0, 3),
    b: now.toUTCString().slice(8, 11),
    '%': '%',
  }
  return format.replace(/%(3N|.)/g, (all, letter: string) => parts[letter] ?? all)
}
