import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileUserData } from './cloud-config.ts'
import { packageLines } from './cloud-config-packages.ts'
import { splitUserData } from './cloud-config-parts.ts'

const options = { hostname: 'node1', defaultUser: 'debian', publicKeys: ['ssh-ed25519 AAAA ada'] }
const compile = (userData: string) => compileUserData(userData, options)
const config = (yaml: string) => compile(`#cloud-config\n${yaml}`).script

/** The text that the script writes to a path. */
function written(script: string, path: string): string | null {
  const match = new RegExp(`> '${path}'\\) <<'END_OF_FILE' \\|\\| rc=1\\n([A-Za-z0-9+/=\\n]*)END_OF_FILE`).exec(script)
  return match?.[1] === undefined ? null : Buffer.from(match[1], 'base64').toString()
}

/** Position of what comes first, second, ... in the script; -1 shows what is missing. */
const order = (script: string, ...texts: string[]) => texts.map((text) => script.indexOf(text))

test('no user data makes a script that only tells the host keys', () => {
  const { script, defaultUser } = compile('')
  expect(defaultUser).toBe(true)
  expect(script).toContain('BEGIN SSH HOST KEY KEYS')
  expect(script).not.toContain('not supported')
})

test('the steps come in the order of cloud-init', () => {
  const yaml = `
runcmd: [echo last]
packages: [screen]
write_files:
  - {path: /early, content: a}
  - {path: /late, content: b, defer: true}
users: [default, {name: ada}]
bootcmd: [echo first]
timezone: Europe/Vienna
`
  const { script } = compileUserData(`#cloud-config${yaml}`, { ...options, hasPackageMirror: true })
  const found = order(script, 'scripts/bootcmd', "'/early'", 'useradd', 'zoneinfo', 'apt-get', "'/late'", 'scripts/runcmd')
  expect(found).not.toContain(-1)
  expect(found).toEqual([...found].sort((a, b) => a - b))
})

const apt = (script: string) => script.split('\n').flatMap((line) => /apt-get .*?(update|dist-upgrade|install .*?) </.exec(line)?.[1] ?? [])

test.each([
  ['packages: [screen, [vim, "2:9"], mc]', ['update', "install 'screen' 'vim=2:9' 'mc'"]],
  ['package_update: yes', ['update']],
  ['package_upgrade: "true"', ['dist-upgrade']],
  ['apt_update: true\napt_upgrade: true\npackages: screen', ['update', 'dist-upgrade', "install 'screen'"]],
  ['package_update: false\npackage_upgrade: no\npackages: []', []],
])('with a mirror, %j is what cloud-init makes of it; without one apt is left alone', (yaml, expected) => {
  expect(apt(compileUserData(`#cloud-config\n${yaml}`, { ...options, hasPackageMirror: true }).script)).toEqual(expected)
  expect(config(yaml)).not.toContain('apt-get')
})

test('without a mirror what the image has counts as installed, and what it has not is told with what would help', () => {
  const wanted = { package_update: true, packages: ['bash', ['there-is-none', '1'], 'dpkg/stable'] }
  const script = packageLines(wanted, false).join('\n').replaceAll('dpkg-query', 'query')
  const query = 'query() { case "$4" in bash) echo installed ;; dpkg) echo config-files ;; *) return 1 ;; esac; }'
  const { stdout, stderr } = spawnSync('sh', ['-c', `rc=0\n${query}\n${script}\necho $rc`], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual([
    expect.stringContaining('no package lists are read and nothing is upgraded'),
    expect.stringMatching(/not in this image, and not installed: there-is-none=1 dpkg\/stable\. .*DEV_CLOUD_PACKAGE_MIRROR/),
    '0',
    '',
  ])
})

test("commands of a list are quoted, lines are the shell's, and they share one shell", () => {
  const script = config("runcmd:\n  - cd /tmp && x=1\n  - [echo, \"it's\", 5, '$x']\n  - echo $x\n")
  expect(written(script, '/var/lib/cloud/instance/scripts/runcmd')).toBe("#!/bin/sh\ncd /tmp && x=1\n'echo' 'it'\\''s' '5' '$x'\necho $x\n")
})

test.each([
  ['text', 'content: "a\\nb"', 'a\nb'],
  ['b64', `encoding: b64, content: ${Buffer.from('ä').toString('base64')}`, 'ä'],
  ['base64', `encoding: base64, content: ${Buffer.from('x').toString('base64')}`, 'x'],
  ['gz+b64', `encoding: gz+b64, content: ${gzipSync('packed').toString('base64')}`, 'packed'],
  ['gzip+base64', `encoding: gzip+base64, content: ${gzipSync('packed').toString('base64')}`, 'packed'],
  ['nothing', 'owner: root:root', ''],
])('a file may be given as %s', (_how, entry, expected) => {
  expect(written(config(`write_files: [{path: /f, ${entry}}]`), '/f')).toBe(expected)
})

test.each([
  ["'0600'", '600'],
  ['"0o640"', '640'],
  ['0644', '644'],
  ['"1777"', '1777'],
  ['"; reboot"', '0644'],
])('permissions %s are understood', (given, expected) => {
  expect(config(`write_files: [{path: /f, content: x, permissions: ${given}}]`)).toMatch(new RegExp(`chmod '0?${expected}' '/f'`))
})

test('owners are set after the users are made', () => {
  const script = config("write_files: [{path: /f, content: x, owner: 'ada:ada'}]\nusers: [default, ada]")
  const found = order(script, 'useradd', "chown 'ada:ada'")
  expect(found).not.toContain(-1)
  expect(found).toEqual([...found].sort((a, b) => a - b))
})

test('both spellings of a key mean the same', () => {
  const one = config('ssh_authorized_keys: [ssh-rsa X]\nusers: [default, {name: ada, ssh_authorized_keys: [ssh-rsa Y]}]')
  const other = config('ssh-authorized-keys: [ssh-rsa X]\nusers: [default, {name: ada, ssh-authorized-keys: [ssh-rsa Y]}]')
  expect(other).toBe(one)
  expect(one).toContain('ssh-rsa Y')
})

test('a list of users without the default one leaves it without keys', () => {
  expect(compile('#cloud-config\nusers: [ada]').defaultUser).toBe(false)
  expect(compile('#cloud-config\nusers: [default, ada]').defaultUser).toBe(true)
})

test('passwords are hashed unless they are hashes, and expire unless told otherwise', () => {
  const script = config('chpasswd: {list: "ada:secret\\nlin:$6$salt$hash", expire: false}\npassword: mine')
  expect(script).toContain("printf '%s\\n' 'ada:secret' | chpasswd ||")
  expect(script).toContain("printf '%s\\n' 'lin:$6$salt$hash' | chpasswd -e ||")
  expect(script).toContain("'debian:mine'")
  expect(script).not.toContain('passwd -q -e')
  expect(config('password: mine')).toContain("passwd -q -e 'debian'")
})

test('what is not known is told on the console, and the rest is done', () => {
  const script = config('bogus_key: 1\npower-state: {mode: reboot}\nruncmd: [echo on]')
  expect(script).toContain('"bogus_key" is not supported by this cloud; skipped')
  expect(script).toContain('"power_state" is not supported')
  expect(script).toContain('scripts/runcmd')
})

test('YAML that cannot be read is told with its place, and nothing throws', () => {
  expect(config('a: [1\nb: {')).toMatch(/the cloud-config cannot be read: .*/)
  expect(config('- a list')).toContain('is not a mapping')
  expect(compile('hello world').script).toContain('begins with nothing that is known')
})

test('yes is true, as PyYAML reads it', () => {
  expect(config('ssh_pwauth: yes')).toContain('05-cloud-init.conf')
  expect(written(config('ssh_pwauth: yes'), '/etc/ssh/sshd_config.d/05-cloud-init.conf')).toBe('PasswordAuthentication yes\n')
})

test.each([
  ['"yes"', 'yes'],
  ['on', 'yes'],
  ['"False"', 'no'],
  ['unchanged', null],
])('passwords for SSH may be allowed as %s', (word, expected) => {
  const file = written(config(`ssh_pwauth: ${word}`), '/etc/ssh/sshd_config.d/05-cloud-init.conf')
  expect(file).toBe(expected === null ? null : `PasswordAuthentication ${expected}\n`)
})

test('a whole name is known beside the short one', () => {
  expect(config('fqdn: head.lab.example\nhostname: head')).toContain("echo 127.0.1.1 'head.lab.example head' >> /etc/hosts")
})

test('a file may be given as bytes', () => {
  expect(written(config('write_files: [{path: /f, content: !!binary aGkK}]'), '/f')).toBe('hi\n')
})

test('a script is run as it is, by its own interpreter', () => {
  const body = '#!/bin/bash\necho "$BASH_VERSION"\n'
  expect(written(compile(body).script, '/var/lib/cloud/instance/scripts/part-001')).toBe(body)
})

test('a MIME archive is taken apart; an archive in it too; several cloud-configs are merged', () => {
  const inner =
    'Content-Type: multipart/mixed; boundary=IN\n\n--IN\nContent-Type: text/cloud-config\n\n#cloud-config\nruncmd: [echo two]\n--IN--\n'
  const archive = `Content-Type: multipart/mixed; boundary="=== x"\r
MIME-Version: 1.0\r
\r
--=== x\r
Content-Type: text/cloud-config; charset="utf-8"\r
Content-Transfer-Encoding: base64\r
\r
${Buffer.from('#cloud-config\nruncmd: [echo one]\ntimezone: UTC\n').toString('base64')}\r
--=== x\r
${inner}\r
--=== x\r
Content-Type: text/x-shellscript\r
\r
#!/bin/sh\r
echo script\r
--=== x\r
Content-Type: text/cloud-boothook\r
\r
#cloud-boothook\r
echo hook\r
--=== x--\r
`
  expect(splitUserData(archive).map((part) => part.kind)).toEqual(['cloud-config', 'cloud-config', 'script', 'boothook'])
  const { script } = compile(archive)
  expect(written(script, '/var/lib/cloud/instance/scripts/runcmd')).toBe('#!/bin/sh\necho two\n')
  expect(script).toContain('zoneinfo/UTC')
  expect(written(script, '/var/lib/cloud/instance/scripts/boothook-001')).toContain('echo hook')
  expect(order(script, 'boothook-001', 'part-001').every((at) => at > 0)).toBe(true)
})

test('whatever is written in user data, the script stays one that a shell can read', () => {
  const hostile = "x'; reboot; '"
  const text = fc.string({ unit: 'binary', maxLength: 30 })
  const user = fc.record({
    name: text,
    groups: text,
    gecos: text,
    shell: text,
    sudo: text,
    passwd: text,
    ssh_authorized_keys: fc.array(text),
  })
  const anything = fc.record({
    hostname: text,
    timezone: text,
    runcmd: fc.array(fc.array(text), { maxLength: 3 }),
    write_files: fc.array(fc.record({ path: text.map((name) => `/${name}`), content: text, owner: text, permissions: text }), {
      maxLength: 3,
    }),
    users: fc.array(user, { maxLength: 2 }),
    groups: fc.array(text),
    chpasswd: fc.record({ list: text }),
    final_message: text,
    packages: fc.array(text),
    [hostile]: text,
  })
  fc.assert(
    fc.property(anything, fc.boolean(), (value, hasPackageMirror) => {
      const { script } = compileUserData(`#cloud-config\n${JSON.stringify(value)}`, { ...options, hasPackageMirror })
      const checked = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })
      expect(checked.stderr).toBe('')
    }),
    { numRuns: 60 },
  )
})
