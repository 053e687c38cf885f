/** What stands in YAML, as text: a mapping where a word belongs becomes JSON, which then fails in the open. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

/** Text for a POSIX shell. Everything that comes from user data passes through `quote` or through base64. */
export function quote(value: unknown): string {
  // A shell's text cannot hold a zero byte.
  return `'${textOf(value).replaceAll('\0', '').replaceAll("'", "'\\''")}'`
}

/** A line on the console for whoever reads the log. */
export function say(sentence: string): string {
  return `echo ${quote(`cloud-init: ${sentence.replace(/[\r\n]+/g, ' ')}`)}`
}

export type FileToWrite = { path: string; content: Buffer; permissions: string; append?: boolean }

/** Writes a file that nobody else can read until its permissions are right. */
export function writeFileLines({ path, content, permissions, append = false }: FileToWrite): string[] {
  const encoded = content.toString('base64').replace(/.{1,76}/g, '$&\n')
  return [
    `mkdir -p "$(dirname ${quote(path)})"`,
    `(umask 077; base64 -d ${append ? '>>' : '>'} ${quote(path)}) <<'END_OF_FILE' || rc=1\n${encoded}END_OF_FILE`,
    `chmod ${quote(permissions)} ${quote(path)} || rc=1`,
  ]
}

/** Runs a file, and goes on when it fails: the next step may still be good. */
export function runFileLine(path: string, what: string): string {
  return `${path} || { ${say(`${what} failed`)}; rc=1; }`
}
