// Starts the product with `npm start` as a newcomer does, opens the course page, stops it with Ctrl-C's signal, and looks for
// what it may have left behind. Exit code 0: all of it was as promised.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { leftovers } from './leftovers.mjs'

const root = resolve(import.meta.dirname, '..')
const data = mkdtempSync(join(tmpdir(), 'astrolabe-start-'))
const limitSeconds = Number(process.env.START_LIMIT_SECONDS ?? 300)
const freePort = () =>
  new Promise((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

const [port, coursePort] = [await freePort(), await freePort()]
const began = Date.now()
const seconds = () => ((Date.now() - began) / 1000).toFixed(1)
const env = { ...process.env, ASTROLABE_DATA: data, PORT: String(port), ASTROLABE_COURSE_PORT: String(coursePort), ASTROLABE_LOG: 'warn' }
const child = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
let longestSilenceMs = 0
let lastWord = Date.now()
const address = await new Promise((done, failed) => {
  let text = ''
  const late = setTimeout(() => failed(new Error(`no course page within ${limitSeconds} s`)), limitSeconds * 1000)
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    longestSilenceMs = Math.max(longestSilenceMs, Date.now() - lastWord)
    lastWord = Date.now()
    text += chunk
    const found = /The course\s+(http:\S+)/.exec(text)
    if (found) {
      clearTimeout(late)
      done(found[1])
    }
  })
  child.on('exit', (code) => failed(new Error(`npm start ended (${code})`)))
}).catch((error) => {
  console.error(error.message)
  return null
})

let good = address !== null
if (address) {
  const page = await fetch(address)
  const text = await page.text()
  const is = page.ok && text.includes('Distributed systems 101')
  console.log(
    `${is ? 'ok' : 'FAILED'}: the course page answers ${page.status} after ${seconds()} s; longest silence ${(longestSilenceMs / 1000).toFixed(1)} s`,
  )
  good = is
}
const ended = new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done()))
try {
  process.kill(-child.pid, 'SIGINT')
} catch {
  good = false
}
await ended
const left = leftovers(data)
for (const line of left) console.log(`left behind: ${line}`)
rmSync(data, { recursive: true, force: true })
process.exit(good && left.length === 0 ? 0 : 1)
