/** The college's one style sheet, inlined in every page. Maroon, serif, plain: nobody shall take it for the lab tool. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #1a1a1c);
  --panel: light-dark(#f7f4f1, #232326);
  --text: light-dark(#25211f, #e8e5e2);
  --quiet: light-dark(#5d5653, #b5afab);
  --line: light-dark(#ddd6d0, #3b3a3d);
  --link: light-dark(#7a1f2b, #eba6ae);
  --mark: light-dark(#a8404e, #c4626f);
  --bar: light-dark(#7a1f2b, #56171f);
}
*, *::before, *::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body {
  margin: 0; min-height: 100svh; display: flex; flex-direction: column;
  background: var(--page); color: var(--text);
  font: 16px/1.6 Georgia, "Liberation Serif", "DejaVu Serif", "Times New Roman", serif;
}
h1, h2, p, ul, ol { margin: 0; padding: 0 }
ul, ol { list-style: none }
a { color: var(--link); text-underline-offset: 3px; text-decoration-thickness: 1px }
a:hover { text-decoration-thickness: 2px }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 2px }
h1 { font-size: 1.75rem; line-height: 1.25; text-wrap: balance }
h2 { font-size: 1.125rem; line-height: 1.35 }
.skip { position: absolute; left: 12px; top: -60px; z-index: 2; padding: 6px 12px; background: var(--page) }
.skip:focus { top: 8px }

.bar { background: var(--bar); color: #fff; flex: none }
.bar div { display: flex; align-items: center; flex-wrap: wrap; gap: 2px 20px; min-height: 52px; padding: 6px 24px }
.bar a { color: #fff; display: inline-block; padding: 4px 0 }
.bar :focus-visible { outline-color: #fff }
.bar .college { font-size: 1.125rem; font-weight: 700; text-decoration: none }
.bar .who { margin-left: auto; font-size: .9375rem; display: flex; gap: 16px; align-items: center }

.crumb { flex: none; border-bottom: 1px solid var(--line); padding: 9px 24px; font-size: .9375rem; color: var(--quiet) }
.crumb ol { display: flex; min-width: 0; white-space: nowrap }
.crumb li { overflow: hidden; text-overflow: ellipsis }
.crumb li:first-child { flex: none }
.crumb li + li::before { content: "›"; padding: 0 9px }

.columns { flex: 1; display: grid; grid-template-columns: 224px minmax(0, 1fr) }
.units { border-right: 1px solid var(--line); padding: 22px 12px 24px 24px; font-size: .9375rem }
.units h2 { font-size: 1rem; margin-bottom: 8px }
.units li { line-height: 1.35 }
.units a { display: block; padding: 7px 10px; margin-left: -13px; border-left: 3px solid transparent; color: inherit; text-decoration: none }
.units a:hover { text-decoration: underline }
.units [aria-current] { font-weight: 700; border-left-color: var(--mark) }
main { min-width: 0; padding: 22px 28px 36px }
main > p, .prose p { max-width: 68ch; text-wrap: pretty }
main > .intro { max-width: none }
.lead { margin-top: 6px; color: var(--quiet) }
.prose p { margin-top: 16px }
.prose { margin-bottom: 28px }
.pager { display: flex; justify-content: space-between; gap: 16px; flex-wrap: wrap; margin-top: 18px; padding-top: 14px; border-top: 1px solid var(--line) }
.pager a { display: inline-block; padding: 4px 0 }
.pager .next { margin-left: auto; text-align: right }

.narrow { width: 100%; max-width: 760px; margin: 0 auto; flex: 1; padding: 40px 24px 48px }
.label { color: var(--quiet); font-size: .9375rem }
.narrow h2 { margin: 34px 0 10px }
.list { border-top: 1px solid var(--line) }
.list li { border-bottom: 1px solid var(--line) }
.list a, .list .row { display: flex; align-items: baseline; gap: 4px 16px; flex-wrap: wrap; padding: 13px 8px; margin: 0 -8px; text-decoration: none }
.list a:hover { background: var(--panel) }
.list b { color: var(--link); font-weight: 700; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px }
.list a:hover b { text-decoration-thickness: 2px }
.list .row b { color: inherit; text-decoration: none; font-weight: 400 }
.list span { color: var(--quiet); font-size: .9375rem; margin-left: auto }
.aside { margin-top: 34px; padding: 14px 18px; background: var(--panel); border-left: 3px solid var(--mark); font-size: .9375rem }
.aside p + p { margin-top: 8px }

.stage { position: relative; margin-top: 16px; border: 1px solid var(--line); background: var(--panel) }
.stage iframe { position: relative; display: block; width: 100%; height: 720px; border: 0 }
.wait { position: absolute; inset: 0 0 auto; padding: 30vh 24px 0; text-align: center; color: var(--quiet) }
.under { display: flex; justify-content: space-between; gap: 4px 24px; flex-wrap: wrap; margin-top: 12px; font-size: .9375rem; color: var(--quiet) }
.under a { display: inline-block; padding: 2px 0 }

footer { flex: none; border-top: 1px solid var(--line); padding: 12px 24px; font-size: .875rem; color: var(--quiet) }
.plain { display: grid; place-items: center; flex: 1; padding: 24px }
.plain main { max-width: 34rem; padding: 0 }
.plain h1 { font-size: 1.375rem }
.plain p { margin-top: 10px }
.button { display: inline-block; margin-top: 18px; padding: 8px 18px; border: 1px solid var(--link); border-radius: 3px; text-decoration: none }
.button:hover { background: var(--panel) }

@media (max-width: 1000px) {
  .columns { display: block }
  .units { display: none }
}
@media (max-width: 640px) {
  .bar div, .crumb, footer { padding-left: 16px; padding-right: 16px }
  .bar .college { font-size: 1rem }
  .bar .who { font-size: .875rem; gap: 12px }
  .bar .wide, main > .intro { display: none }
  main { padding: 16px 16px 24px }
  .narrow { padding: 24px 16px 32px }
  h1 { font-size: 1.4375rem }
  .stage { margin: 14px -16px 0; border-width: 1px 0 }
  .stage iframe { height: max(560px, 100svh - 96px) }
  .list span { margin-left: 0; flex-basis: 100% }
}
@media print { .bar, .crumb, .units, .pager { display: none } }
`
