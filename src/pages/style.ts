/** The picture of a tab: two sides that meet. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="12" cy="16" r="9" fill="#0b57a4" fill-opacity=".8"/><circle cx="20" cy="16" r="9" fill="#1b7f4b" fill-opacity=".8"/></svg>
`

/** The one style sheet of all pages. */
export const style = `
:root { color-scheme: light dark; --ink: #1a1a1a; --faint: #595959; --paper: #fff; --panel: #f4f5f7; --line: #d0d3d9;
  --link: #0b57a4; --mark: #fff3c4; --in-force: #1b7f4b; --ended: #6b6f76; --signed: #8a6100; --other: #44546a; --wrong: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --faint: #b0b3b8; --paper: #16181c; --panel: #22252b;
  --line: #3d424b; --link: #8ec1ff; --mark: #4a3f12; --in-force: #5fcf95; --ended: #9aa0a9; --signed: #e0b65c; --other: #9fb2cc; --wrong: #ff9d96; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible,
summary:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; padding-block: 0.75rem; }
header strong a { color: inherit; text-decoration: none; font-size: 1.2rem; }
header .account { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: baseline; overflow-wrap: anywhere; }
header > a, header .account { margin-left: auto; }
header .account button { padding-block: 0.1rem; }
form.fields { display: grid; gap: 0.25rem; justify-items: start; max-width: 32rem; }
form.fields input { width: 100%; }
form.fields p { margin: 0.25rem 0; }
header nav, footer nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
footer { margin-block: 3rem 1.5rem; padding-block: 1rem; border-top: 1px solid var(--line); color: var(--faint); font-size: 0.9rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0 0.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
p { max-width: 46rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--paper); padding: 0.25rem 0.5rem; z-index: 1; }
.faint { color: var(--faint); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; min-width: 5rem; }
td[data-name=Signed], td[data-name=Day] { min-width: 8.5rem; }
/* As wide as the longest word, so that no word is broken. */
td[data-name=Status], td[data-name=From], td[data-name='In force'], td[data-name=Until],
td[data-name='First signed'], td[data-name='Last signed'] { min-width: 7rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.preferred td:first-child { border-left: 4px solid var(--in-force); padding-left: 0.5rem; }
.rival td:first-child { border-left: 4px solid transparent; padding-left: 0.5rem; }
form.search { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin: 1rem 0; }
form.search label { display: grid; font-size: 0.9rem; color: var(--faint); }
input, select, textarea, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--faint);
  border-radius: 4px; padding: 0.35rem 0.6rem; max-width: 100%; }
input[type=search] { width: min(28rem, 100%); }
form.search label { max-width: 100%; }
form.search label:has([type=search]) { width: 28rem; }
button { background: var(--panel); cursor: pointer; }
.chips { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; list-style: none; }
.chips a { display: inline-block; background: var(--panel); border: 1px solid var(--line); border-radius: 1rem;
  padding: 0.1rem 0.75rem; text-decoration: none; }
.chips a[aria-current] { background: var(--ink); color: var(--paper); }
.address { overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; }
.columns { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 2rem; }
.columns:not(:has(> .facets)) { grid-template-columns: minmax(0, 1fr); }
.facets h2 { font-size: 1rem; margin: 1rem 0 0.25rem; }
.facets ol { list-style: none; margin: 0; padding: 0; font-size: 0.9rem; }
.facets p { margin: 0.25rem 0; font-size: 0.9rem; }
.facets a[aria-current] { font-weight: bold; }
/* Each begins on the side where its first letter does, in Arabic and Hebrew too. */
h1, main p, main a, main bdi, q { unicode-bidi: plaintext; }
summary { cursor: pointer; }
:target { background: var(--mark); }
.facets li { display: flex; justify-content: space-between; gap: 0.5rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
.figures li { background: var(--panel); border-radius: 6px; padding: 0.75rem 1rem; min-width: 9rem; }
.figures b { display: block; font-size: 1.5rem; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 2rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.told h2 { margin: 0; font-size: 1.1rem; }
.told { background: var(--panel); border-left: 4px solid var(--link); padding: 0.75rem 1rem; max-width: 46rem; }
ul.told { list-style: none; }
.wrong { border-left-color: var(--signed); }
.status { font-size: 1.1rem; }
svg.timeline, svg.network { display: block; width: 100%; height: auto; min-width: 40rem; }
svg.timeline text, svg.network text { fill: var(--ink); font: 12px system-ui, sans-serif;
  paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
svg.timeline a text, svg.network a text { fill: var(--link); }
svg.timeline .axis { stroke: var(--line); }
svg.timeline .today { stroke: var(--ink); stroke-dasharray: 4 3; }
svg.network path { fill: none; stroke: var(--other); stroke-opacity: 0.6; }
svg.network circle { fill: var(--link); stroke: var(--paper); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none; font-size: 0.9rem; }
.legend svg { width: 1rem; height: 0.75rem; margin-right: 0.4rem; }
svg.life { display: block; width: 100%; height: auto; min-width: 40rem; }
svg.life text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg.life .axis { stroke: var(--line); }
svg.life .act { fill: var(--ink); }
.in_force { fill: var(--in-force); }
.terminated { fill: var(--ended); }
.signed, .negotiating { fill: var(--signed); }
.unknown, .suspended, .provisionally_applied { fill: var(--other); }
.counts svg.bar { display: block; width: 100%; height: 4px; margin-top: 2px; }
.bar rect { fill: var(--link); }
.many { columns: 3 14rem; }
.asked { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.2rem; justify-items: start; margin: 0.75rem 0; }
.asked label, .of-values legend { font-weight: 600; }
.asked select, .asked input:not([type=file]) { width: min(28rem, 100%); }
.asked .error, td .error { display: block; font-weight: 600; }
.asked [aria-invalid], td [aria-invalid] { border-color: var(--wrong); border-width: 2px; }
.of-values { border: 1px solid var(--line); border-radius: 6px; margin: 1rem 0; padding: 0 1rem; min-width: 0; }
.of-values div { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0 1.5rem; }
td .error { max-width: 17rem; }
td select, td input { width: 100%; min-width: 12rem; margin-bottom: 0.25rem; }
@media (min-width: 48rem) { td select, td input { max-width: 17rem; } }
.told + .told { margin-top: 1rem; }
button.main { background: var(--link); border-color: var(--link); color: var(--paper); }
.why { margin: 0; padding: 0; list-style: none; }
.more { margin: 1rem 0; }
.more summary { cursor: pointer; }
.map { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); gap: 1rem 2rem; }
.map figure { margin: 0; }
.map .legend { display: none; flex-wrap: wrap; gap: 0 1rem; padding: 0; margin: 0.5rem 0; list-style: none; }
.map img { display: block; width: 100%; height: auto; border-radius: 6px; }
form.edit .first { position: absolute; left: -99rem; }
form.edit .group { border: 0; border-top: 1px solid var(--line); margin: 1.5rem 0 0; padding: 0.75rem 0 0; min-width: 0; }
form.edit .group > legend, form.edit .group > summary { font-size: 1.2rem; font-weight: 600; padding: 0 0.75rem 0 0; }
.controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: 0.75rem 1.5rem;
  align-items: end; margin-block: 0.5rem 1rem; }
.sides .controls { grid-template-columns: minmax(0, 1fr); }
.controls > .wide { grid-column: 1 / -1; }
.field { position: relative; display: grid; gap: 0.15rem; min-width: 0; }
.field > label { font-weight: 600; }
.field input[type=text], .field select, .field textarea { width: 100%; }
.field.check > label { font-weight: 400; }
.hint { color: var(--faint); font-size: 0.9rem; }
.error { color: var(--wrong); font-size: 0.95rem; }
.invalid input, .invalid select, .invalid textarea { border-color: var(--wrong); border-width: 2px; }
.choices { border: 1px solid var(--line); border-radius: 4px; margin: 0.25rem 0 0; padding: 0.25rem 0.75rem 0.5rem; }
.choices label { display: block; }
.found { position: absolute; top: 100%; left: 0; right: 0; z-index: 2; margin: 0; padding: 0; list-style: none;
  max-height: 16rem; overflow-y: auto; background: var(--paper); border: 1px solid var(--faint); border-radius: 4px; }
.found li { padding: 0.35rem 0.6rem; cursor: pointer; }
.found li span { color: var(--faint); font-size: 0.9rem; }
.found li[aria-selected=true], .found li:hover { background: var(--panel); outline: 2px solid var(--link); outline-offset: -2px; }
.paste textarea { min-height: 18rem; }
.known { max-width: none; margin-bottom: 1rem; }
.known h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
.known p { margin: 0.25rem 0; }
.known td input { width: auto; min-width: 0; margin: 0; }
.known table { margin-block: 0.5rem; }
.beside { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem; align-items: start; }
.read { position: sticky; top: 0.5rem; max-height: calc(100vh - 1rem); overflow-y: auto; padding: 0 1rem 1rem;
  margin-top: 2rem; border: 1px solid var(--line); border-radius: 6px; }
.read h2 { margin-top: 0.75rem; }
.words { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.words.title { font-weight: 600; }
.words mark { background: var(--mark); color: inherit; border-bottom: 2px solid var(--signed); scroll-margin: 4rem; }
.words mark:target { outline: 3px solid var(--link); }
.fills { font-size: 0.8rem; font-weight: 400; }
.buttons { display: flex; gap: 1.5rem; align-items: baseline; margin-top: 2rem; }
.save { background: var(--link); border-color: var(--link); color: var(--paper); font-weight: 600; padding-inline: 1.5rem; }
@media (max-width: 60rem) {
  .beside { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .read { position: static; max-height: 70vh; }
}
@media (max-width: 48rem) {
  .map { grid-template-columns: minmax(0, 1fr); }
  .map .legend { display: flex; }
  header > a, header .account { margin-left: 0; }
  .columns, .sides { grid-template-columns: minmax(0, 1fr); }
  .columns .facets { order: 2; }
  form.search label:has([type=search]) { width: 100%; }
  table.list thead { position: absolute; left: -99rem; }
  table.list tr { display: block; border-bottom: 1px solid var(--line); padding-block: 0.5rem; }
  table.list td { display: block; border: 0; padding: 0; }
  table.list td br { display: none; }
  table.list td.number { text-align: left; }
  table.list td[data-name]::before { content: attr(data-name) ': '; color: var(--faint); }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 0.5rem; }
}
@media print { header nav, form, .facets, .chips { display: none; } .columns { display: block; } }
`
