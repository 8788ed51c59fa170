const COLOURS = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f5f2, #13151a);
  --paper: light-dark(#ffffff, #1b1e24);
  --ink: light-dark(#1c2129, #e8e9ec);
  --faint: light-dark(#5a6472, #9aa3b2);
  --rule: light-dark(#e1e3de, #2b303a);
  --ok: light-dark(#0b7a4b, #4cc38a);
  --down: light-dark(#b3261e, #ff8f85);
  --risk: light-dark(#8a5a00, #f0b955);
  --unknown: light-dark(#6a3fb0, #b79bf5);
  --focus: light-dark(#1a56c4, #8ab4ff);
  font: 15px/1.45 system-ui, sans-serif;
}
.down { --state: var(--down); } .unknown { --state: var(--unknown); } .impaired, .at-risk { --state: var(--risk); }
.ok { --state: var(--ok); } .pending { --state: var(--faint); }
`;

const FRAME = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
main { max-width: 108rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1rem; margin-bottom: .75rem; }
h1 { font-size: 1.35rem; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; } section p { margin: .2rem 0; }
#at, small, footer, .axis, .effect { color: var(--faint); }
#at, small, .axis, .effect { font-size: .85rem; font-variant-numeric: tabular-nums; }
footer { margin-top: 1rem; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: .2rem; }
.sheet, .summary, .refused { background: var(--paper); border: 1px solid var(--rule); border-radius: .5rem; }
.summary, .refused { margin: 0 0 .75rem; padding: .7rem 1rem; border-left: .4rem solid var(--state); }
.summary { font-size: 1.1rem; font-weight: 600; }
.refused { --state: var(--risk); }
.empty { color: var(--faint); padding: .8rem 1rem; margin: 0; }
`;

const CONTROLS = `
nav { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: .75rem; }
.chip { background: var(--paper); border: 1px solid var(--rule); border-radius: 2rem; padding: .3rem .8rem; text-decoration: none; color: var(--faint); }
.chip b { font-variant-numeric: tabular-nums; } .chip.some b { color: var(--state, var(--ink)); } .chip.some { color: var(--ink); }
.chip[aria-current] { border-color: var(--ink); box-shadow: inset 0 0 0 1px var(--ink); }
form { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem .75rem; margin-bottom: .75rem; }
form label { color: var(--faint); font-size: .85rem; } form label:first-of-type { flex: 0 1 22rem; min-width: min(100%, 16rem); }
input, select, button { display: block; font: inherit; font-size: .95rem; color: var(--ink); background: var(--paper); border: 1px solid var(--faint);
  border-radius: .4rem; padding: .35rem .6rem; min-height: 2.3rem; }
input { width: 100%; } select { max-width: 100%; } button { cursor: pointer; }
`;

const TABLE = `
table { border-collapse: separate; border-spacing: 0; width: 100%; }
th, td { text-align: left; font-weight: 400; padding: .4rem .6rem; vertical-align: top; font-variant-numeric: tabular-nums; }
thead th { color: var(--faint); font-size: .85rem; }
tbody th, tbody td { border-top: 1px solid var(--rule); }
.group th { font-weight: 600; background: var(--ground); padding-top: .8rem; }
.group small { font-weight: 400; margin-left: .5rem; }
.who { width: 15rem; } tbody .who { border-left: .25rem solid var(--state); }
tr.ok .who, tr.pending .who { border-left-color: transparent; }
.since, .last, .days, .checked { white-space: nowrap; width: 1%; }
.history { width: 11.5rem; }
.who > * { display: block; } .state { color: var(--state); font-weight: 700; font-size: .85rem; } .name { font-weight: 600; }

tr:is(.ok, .pending) .who > * { display: inline; margin-right: .6rem; } tr:is(.ok, .pending) .state { float: left; width: 4.3rem; line-height: 1.7; } tr.ok .name, tr.pending .name { font-weight: 400; }
.runbook { width: fit-content; }
.why ul { list-style: none; margin: 0; padding: 0; } .why li + li { margin-top: .5rem; } .why p { margin: 0; }
.why b { font-weight: 600; } .critical b { color: var(--down); } .critical.risk b, .warning b { color: var(--risk); } li.unknown b { color: var(--unknown); }
.why p { font-size: .95rem; } .fix { color: var(--faint); } .fix::before { content: '\\2192\\00a0'; }
.why .also { margin-top: .35rem; font-size: .9rem; }
.overdue { display: block; color: var(--down); font-weight: 600; }
`;

const HISTORY = `
.axis { display: flex; gap: .35rem; align-items: end; line-height: 1.2; white-space: nowrap; font-size: .78rem; }
.axis span:first-child { min-width: 2.6rem; text-align: right; }
.axis svg { flex: 1; min-width: 4rem; height: 1.4rem; border-bottom: 1px solid var(--rule); }
.path.ok { fill: var(--ok); } .path.warning { fill: var(--risk); } .path.critical { fill: var(--down); } path.unknown { fill: var(--unknown); }
path.risk:not(.unknown) { fill: var(--risk); }
`;

/** Cards in the place of rows; each value says what it is. */
const TELEPHONE = `
@media (max-width: 60rem) {
  main { padding: 1rem .75rem 2rem; } form label:first-of-type { flex-grow: 1; }
  table, tbody, tr, tbody th, td { display: block; width: auto; } table.sheet { background: none; border: 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  tbody tr { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 4fr) minmax(0, 4fr) minmax(0, 4fr); gap: 0 .75rem; background: var(--paper); border: 1px solid var(--rule);
    border-left: .3rem solid var(--state, var(--rule)); border-radius: .5rem; margin-bottom: .5rem; padding: .55rem .75rem; }
  #list tbody :is(th, td) { border: 0; padding: 0; width: auto; white-space: normal; }
  tbody .who, tbody .why, tbody .history { grid-column: 1 / -1; } tbody .none { display: none; }
  tr:is(.ok, .pending) .state { float: right; width: auto; margin: 0 0 0 .5rem; }
  tr.ok .history, tr.ok .since, tr.ok .last, tbody tr.ok td::before { display: none; }
  tr.ok td { grid-column: span 2; color: var(--faint); font-size: .85rem; }
  .why { margin: .35rem 0 .5rem; } tbody .history { margin-top: .4rem; }
  .since::before, .last::before, .days::before, .checked::before { display: block; color: var(--faint); font-size: .8rem; }
  .since::before { content: 'Since'; } .last::before { content: 'Last OK'; } .days::before { content: 'Certificate'; } .checked::before { content: 'Checked'; }
  tbody tr.group { display: block; background: none; border: 0; padding: .5rem 0 0; margin: 0 0 .25rem; } .group th { background: none; } .group small { white-space: nowrap; }
}
`;

export const STYLE = `${COLOURS}${FRAME}${CONTROLS}${TABLE}${HISTORY}${TELEPHONE}`;
