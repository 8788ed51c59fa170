/** The page's own style: light and dark by the reader's wish, readable on a telephone and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2128; --dim: #5c6570; --paper: #ffffff; --card: #f5f6f8; --line: #d5d9df;
  --ok: #14713a; --warning: #8a5a00; --critical: #c11e1e; --unknown: #7a3aa8; --skipped: #6b7480; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --dim: #9aa4b0; --paper: #14171c; --card: #1d2229; --line: #38404b;
  --ok: #5fd08a; --warning: #f0b944; --critical: #ff7b72; --unknown: #d2a8ff; --skipped: #8b95a1; } }
* { box-sizing: border-box; }
a { color: inherit; } nav { margin-bottom: 1rem; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.sub, footer { color: var(--dim); font-size: .9rem; } footer { margin-top: 2rem; }
.banner { border-left: .4rem solid var(--state); background: var(--card); padding: .8rem 1rem; margin: 1rem 0; border-radius: .3rem; }
.road { width: 100%; height: auto; max-height: 15rem; margin: .5rem 0; } .road.tall { display: none; }
@media screen and (max-width: 44rem) { body { padding: 1rem; } .road.wide { display: none; } .road.tall { display: block; max-width: 20rem; max-height: none; } }
.road.wide text, .road text.doubt { text-anchor: middle; } .road text { fill: var(--ink); font: 15px system-ui, sans-serif; }
.road .title { font-weight: 600; } .road .state { fill: var(--state); }
.road .till rect { fill: var(--card); stroke: var(--dim); stroke-width: 2; } .road .till path { stroke: var(--dim); stroke-width: 2; fill: none; }
.road .node { fill: var(--paper); stroke: var(--state); stroke-width: 4; }
.road .mark, .road .cross { stroke: var(--state); stroke-width: 4; fill: none; stroke-linecap: round; }
.road .disc { fill: var(--paper); } .road text.doubt { fill: var(--state); font: 700 26px system-ui, sans-serif; }
.road .danger { fill: var(--state); stroke: var(--paper); stroke-width: 3; } .road .bang { stroke: var(--paper); stroke-width: 3; stroke-linecap: round; }
.road .link { stroke: var(--ok); stroke-width: 5; } .road .link.critical, .road .link.unknown { stroke: var(--state); stroke-dasharray: 14 10; }
.road .link.beyond { stroke: var(--line); stroke-dasharray: 3 9; }
.ok { --state: var(--ok); } .warning { --state: var(--warning); } .critical { --state: var(--critical); }
.unknown { --state: var(--unknown); } .skipped { --state: var(--skipped); }
article { border: 1px solid var(--line); border-left: .4rem solid var(--state); border-radius: .3rem; padding: .6rem .9rem; margin: .5rem 0; }
article h3 { font-size: 1rem; margin: 0; font-weight: 400; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .6rem; }
.verdicts { display: flex; flex-wrap: wrap; gap: .25rem 2rem; } .verdicts div { display: flex; gap: .5rem; } .verdicts dd { color: var(--state); font-weight: 700; } 
.badge { color: var(--state); font-weight: 700; text-transform: uppercase; font-size: .8rem; white-space: nowrap; }
code { font: .9em ui-monospace, monospace; } article p { margin: .3rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: .3rem 0 0; } dt { color: var(--dim); } dd { margin: 0; }
@media screen and (max-width: 44rem) { article dl { grid-template-columns: 1fr; } article dt { margin-top: .3rem; } }
table { border-collapse: collapse; width: 100%; font-size: .95rem; } td, th { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--dim); }
@media print { body { max-width: none; } details { display: block; } }
`;
