export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f6f3, #14161a);
  --paper: light-dark(#ffffff, #1c1f25);
  --ink: light-dark(#1d2129, #e8e9ec);
  --faint: light-dark(#667080, #8f98a8);
  --rule: light-dark(#e3e4df, #2c313a);
  --ok: light-dark(#0b7a4b, #4cc38a);
  --critical: light-dark(#b3261e, #ff8f85);
  --warning: light-dark(#8a5a00, #f0b955);
  --unknown: light-dark(#6a3fb0, #b79bf5);
  --pending: var(--faint);
  font: 15px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
main { max-width: 84rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1.25rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -.01em; }
.at, small { color: var(--faint); }
.at { margin-left: auto; }
a { color: inherit; text-underline-offset: .2em; }
nav { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .75rem; margin-bottom: 1.25rem; }
.count { background: var(--paper); border: 1px solid var(--rule); border-radius: .6rem; padding: .6rem .9rem;
  text-decoration: none; }
.count[aria-current] { border-color: var(--faint); }
.count b { display: block; font-size: 1.6rem; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; }
.count span { color: var(--faint); }
.count.critical.some b { color: var(--critical); }
.count.unknown.some b { color: var(--unknown); }
.count.warning.some b { color: var(--warning); }
.count.ok.some b { color: var(--ok); }
.sheet { background: var(--paper); border: 1px solid var(--rule); border-radius: .6rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .9rem; white-space: nowrap; font-variant-numeric: tabular-nums; vertical-align: top; }
th { color: var(--faint); font-weight: 500; font-size: .87rem; }
tbody td { border-top: 1px solid var(--rule); }
tr.critical td:first-child { box-shadow: inset .25rem 0 var(--critical); }
.target, .broken { white-space: normal; overflow-wrap: anywhere; }
.target { min-width: 12rem; }
.broken { min-width: 16rem; }
.broken b { display: block; font-weight: 600; }
.broken small { display: block; line-height: 1.35; }
.critical .broken b { color: var(--critical); }
.unknown .broken b { color: var(--unknown); }
.state { font-weight: 600; }
tr.critical .state { color: var(--critical); }
tr.unknown .state { color: var(--unknown); }
tr.warning .state { color: var(--warning); }
tr.ok .state { color: var(--ok); }
tr.pending .state { color: var(--pending); }
svg { display: block; margin-top: .2rem; }
path.ok { fill: var(--ok); }
path.warning { fill: var(--warning); }
path.critical { fill: var(--critical); }
path.unknown { fill: var(--unknown); }
.empty { color: var(--faint); padding: .8rem .9rem; margin: 0; }
`;
