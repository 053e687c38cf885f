// Counts what a vitest report says of each cloud: a line for each, the names of what failed, and `N passed, N failed` last, in which
// those that passed in `npm test` already do not count again.
//   node scripts/count-contracts.mjs REPORT.json
import { readFileSync } from 'node:fs'

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const tests = testResults.flatMap((file) => file.assertionResults)
const unread = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
const kinds = [
  ['the embedded cloud', /the embedded cloud/],
  ['recordings of a real cloud', /recordings of a real cloud/],
  ['a real cloud', /the (real )?cloud "/],
]
const count = (some, status) => some.filter((one) => one.status === status).length
for (const [name, pattern] of kinds) {
  const some = tests.filter((one) => pattern.test(one.fullName))
  console.log(`${name}: ${count(some, 'passed')} passed, ${count(some, 'failed')} failed`)
}
for (const one of tests) if (one.status !== 'passed' && one.status !== 'failed') console.log(`skipped: ${one.fullName}`)
for (const one of tests) if (one.status === 'failed') console.log(`FAILED ${one.fullName}`)
for (const file of unread) console.log(`FAILED ${file.name}: ${file.message}`)
const further = tests.filter((one) => !/^(the embedded cloud|recordings of a real cloud) /.test(one.fullName))
console.log(`${count(further, 'passed')} passed, ${count(tests, 'failed') + unread.length} failed`)
