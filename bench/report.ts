/** One measured figure. Times in ms, memory in MB, sizes in KB. */
export type Figure = { value: number; unit: string; bar?: number; pass?: boolean }

/** The value below which `share` (0 to 1) of the samples lie; nearest rank. */
export function percentile(samples: number[], share: number): number {
  const sorted = [...samples].sort((one, other) => one - other)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no samples')
  return value
}

/** A figure that must not exceed its bar. */
export function atMost(value: number, unit: string, bar: number): Figure {
  return { value: Math.round(value * 10) / 10, unit, bar, pass: value <= bar }
}

/**
 * Prints the table and, last, the one line of JSON; sets the exit code when a bar was missed. With `--counts-only` on the command line
 * times are printed but do not judge: a machine that does other things at the same moment is no reason to refuse a change.
 */
export function report(suite: string, figures: Record<string, Figure>): void {
  const names = Object.keys(figures)
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) {
    const figure = figures[name]
    if (!figure) continue
    const bar = figure.bar === undefined ? '' : `  bar ${figure.bar} ${figure.pass ? 'met' : 'MISSED'}`
    process.stdout.write(`${name.padEnd(width)}  ${String(figure.value).padStart(9)} ${figure.unit}${bar}\n`)
  }
  process.stdout.write(`${JSON.stringify({ suite, figures })}\n`)
  const judged = names.filter((name) => !(process.argv.includes('--counts-only') && figures[name]?.unit === 'ms'))
  if (judged.some((name) => figures[name]?.pass === false)) process.exitCode = 1
}
