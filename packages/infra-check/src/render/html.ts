import { specOf } from '../core/checks.ts';
import type { Finding } from '../core/finding.ts';
import { phasesOf } from '../core/phases.ts';
import { byStage, headline, type Report, type StageSummary } from '../core/report.ts';
import { summaryOf } from '../core/several.ts';
import { isInOrder } from '../core/status.ts';
import type { Renderer, SeveralRenderer } from './formats.ts';
import { STYLE } from './html-style.ts';
import { markup } from './markup.ts';
import { roadSvg } from './road-svg.ts';
import { labelOf, meaningOf } from './words.ts';

/** One page that needs nothing else: no script, no request, and a policy that would not let any happen. */
export const html: Renderer = (report) => page(`${report.status}: ${markup(report.target)}`, bodyOf(report));

/** Of several, each is a section, whose headings are one level lower; its text has no raw tags. */
export const htmlOfSeveral: SeveralRenderer = (reports) => {
  const { status, counts, headline: first } = summaryOf(reports);
  const links = reports.map(
    (one, i) =>
      `<tr class="${one.status}"><td>${one.status}</td><td><a href="#path-${i + 1}">${markup(one.target)}</a></td><td>${markup(headline(one))}</td></tr>`,
  );
  const sections = reports.map(
    (one, i) =>
      `<section id="path-${i + 1}">\n${bodyOf(one).replace(/<(\/?)h([1-5])>/g, (_, slash, level) => `<${slash}h${Number(level) + 1}>`)}</section>\n`,
  );
  return page(
    `${status}: ${reports.length} paths`,
    `<h1>${counts}</h1>\n<p class="banner ${status}">${markup(first)}</p>\n<table><tr><th>state</th><th>target</th><th>what was seen</th></tr>${links.join('')}</table>\n${sections.join('')}`,
  );
};

const page = (title: string, main: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}</main>
<footer>infra-check: what was seen from the machine that ran it, at that moment.</footer>
</body>
</html>
`;

function bodyOf(report: Report): string {
  const stages = byStage(report);
  return `<h1>The path to ${markup(report.target)}</h1>
<p class="sub">${markup(report.started_at)}, ${report.duration_ms.toFixed(0)} ms</p>
${roadSvg(stages)}
<p class="banner ${report.status}">${markup(headline(report))}</p>
<dl class="verdicts"><div><dt>Path now</dt><dd class="${report.path_status}">${report.path_status}</dd></div><div><dt>Risk later</dt><dd class="${report.risk_status}">${report.risk_status}</dd></div></dl>
${stages.map(section).join('\n')}
${certificates(report)}${latency(report)}`;
}

function section({ stage, findings }: StageSummary): string {
  const [care, ok, skipped] = [
    findings.filter((one) => !isInOrder(one)),
    findings.filter(({ status }) => status === 'ok'),
    findings.filter(({ status }) => status === 'skipped'),
  ];
  return `<section>
<h2>${stage}</h2>
${care.map(card).join('\n')}
${folded(`${ok.length} in order`, ok, care.length === 0)}
${folded(`${skipped.length} skipped`, skipped, ok.length === 0 && care.length === 0)}
</section>`;
}

const card = (one: Finding): string => `<article class="${one.status}">
<h3><span class="badge">${labelOf(one)}</span><code>${one.check}</code><span class="sub">${meaningOf(one)}</span></h3>
<p>${markup(one.summary)}</p>
<dl>${term('observed', one.observed)}${term('expected', one.expected)}${term('what to do', one.fix)}</dl>
</article>`;

const term = (name: string, value: string | null): string =>
  value === null ? '' : `<dt>${name}</dt><dd>${markup(value)}</dd>`;

const folded = (title: string, findings: readonly Finding[], isOpen: boolean): string =>
  findings.length === 0
    ? ''
    : `<details${isOpen ? ' open' : ''}><summary>${title}</summary><table>${findings.map(row).join('')}</table></details>`;

const row = ({ check, status, summary, observed, fix }: Finding): string =>
  `<tr class="${status}" title="${markup(specOf(check).meaning)}"><td><code>${check}</code></td><td>${markup(summary)}${observed === null ? '' : ` <span class="sub">${markup(observed, 500)}</span>`}${fix === null ? '' : ` ${markup(fix)}`}</td></tr>`;

function certificates({ certificates: dates }: Report): string {
  if (dates.length === 0) return '';
  const rows = dates.map(
    ({ address, leaf_not_before: start, leaf_not_after: end, verified_not_after: verified }) =>
      `<tr><td>${markup(address)}</td><td>${day(start)}</td><td>${day(end)}</td><td>${verified === null ? 'does not verify' : day(verified)}</td></tr>`,
  );
  return `<h2>Dates</h2><table><tr><th>address</th><th>from</th><th>to</th><th>verified chain to</th></tr>${rows.join('')}</table>\n`;
}

const day = (iso: string): string => markup(iso.slice(0, 10) || 'unreadable');

function latency({ observations }: Report): string {
  const phases = Object.entries(phasesOf(observations)).flatMap(([name, ms]) =>
    ms === null ? [] : [[name.replace('_', ' '), ms] as const],
  );
  if (phases.length === 0) return '';
  return `<h2>Time</h2><table>${phases.map(([name, ms]) => `<tr><td>${name}</td><td>${ms.toFixed(1)} ms</td></tr>`).join('')}</table>\n`;
}
