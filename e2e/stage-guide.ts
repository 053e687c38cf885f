import { type Guide, guideStep } from '../components/lab/guide-step.ts'
import { guideWords } from '../components/lab/guide-words.ts'
import { renderGuide } from '../lib/labs/guide.ts'

/*
 * A guide with everything that a guide may contain, in two languages, rendered as a lab's is.
 */

const everything = `# Plan the network

Both machines stand on one network[^why]. Press <kbd>Ctrl</kbd> <kbd>C</kbd> to stop what runs.

![The plan: two machines on one network](plan.svg)

> [!NOTE]
> Names are *resolved* by the network itself.

> [!TIP]
> Use \`Tab\` to complete a name.

> [!IMPORTANT]
> Keep the key on node1.

> [!WARNING]
> This fills the disk.

> [!CAUTION]
> Everything on **node2** is erased.

> An ordinary quotation.

## What runs where

| Machine | Address | What it is for | Who may come in | Since when it runs |
|---|---|---|---|---|
| node1 | 10.20.0.11 | where_you_begin_and_keep_your_notes | everybody_on_the_network | yesterday_at_noon |

- [x] node1 answers
- [ ] node2 answers

\`\`\`sh {host=node1}
# Two answers are enough
for n in 1 2; do
  ping -c 1 "node$n" && echo "ok: $n"
done
\`\`\`

\`\`\`sh {host=node2 run=false}
sudo reboot
\`\`\`

\`\`\`yaml
network: # of both
  - name: "inside"
    dhcp: true
    mtu: 1450
\`\`\`

[^why]: So that they find each other.
`

const plan = { path: 'plan.svg', type: 'image/svg+xml', width: 320, height: 120 }
export const planPicture = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120"><rect width="320" height="120" fill="#dde"/></svg>`

/** English and German, two steps each; the second was not translated. */
export function stageGuides(): Guide[] {
  const words = guideWords('en', { launchId: 'stage', version: '1' })
  const step = (id: string, title: string, language: string, markdown: string) =>
    guideStep({ id, title, language, html: renderGuide(markdown, id, (address) => (address === 'plan.svg' ? plan : null)) }, words)
  const second = step('second', 'Second', 'en', '# Second\n\nThe end.')
  return [
    { language: 'en', name: 'English', steps: [step('plan', 'Plan the network', 'en', everything), second] },
    { language: 'de', name: 'Deutsch', steps: [step('plan', 'Das Netz', 'de', '# Das Netz\n\nBeide Rechner.'), second] },
  ]
}
