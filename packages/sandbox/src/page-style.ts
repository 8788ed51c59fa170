export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f6f3, #14161a);
  --paper: light-dark(#ffffff, #1c1f25);
  --ink: light-dark(#1d2129, #e8e9ec);
  --faint: light-dark(#667080, #8f98a8);
  --rule: light-dark(#e3e4df, #2c313a);
  --good: light-dark(#0b7a4b, #4cc38a);
  --bad: light-dark(#b3261e, #ff8f85);
  --note: light-dark(#8a5a00, #f0b955);
  font: 15px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -.01em; }
h2 { font-size: .95rem; margin: 2rem 0 .6rem; }
code, td, .count b { font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, monospace; font-size: .87em; }
#state { margin-left: auto; color: var(--faint); }
#state::before { content: ''; display: inline-block; width: .55em; height: .55em; margin-right: .45em;
  border-radius: 50%; background: var(--note); }
#state.live::before { background: var(--good); }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
.count { background: var(--paper); border: 1px solid var(--rule); border-radius: .6rem; padding: .7rem .9rem; }
.count b { display: block; font-size: 1.75rem; line-height: 1.2; font-weight: 600; }
.count span { color: var(--faint); }
.count.good b { color: var(--good); }
.count.bad.some b { color: var(--bad); }
.count.note.some b { color: var(--note); }
#faults { margin: 1rem 0 0; padding: .6rem .9rem; border-radius: .6rem; border: 1px solid var(--rule);
  border-left: .3rem solid var(--note); background: var(--paper); }
#faults[hidden] { display: none; }
.sheet { background: var(--paper); border: 1px solid var(--rule); border-radius: .6rem; overflow-x: auto; }
.sheet:focus-visible { outline: 2px solid var(--good); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .9rem; white-space: nowrap; }
th { color: var(--faint); font-weight: 500; font-size: .87rem; }
tbody td { border-top: 1px solid var(--rule); }
.number { text-align: right; }
.empty { color: var(--faint); padding: .8rem .9rem; margin: 0; }
`;
