import { CHECK_NAMES, type CheckName, specOf, stageOf } from '../core/checks.ts';
import { STAGES } from '../core/status.ts';
import { markup } from '../render/markup.ts';
import { STYLE } from './page-style.ts';

const section = (check: CheckName): string => {
  const { meaning, severity, remedy } = specOf(check);
  return `<section id="${check}">
<h3><a href="#${check}">${check}</a></h3>
<p>${markup(meaning)}</p>
<p>Severity: ${markup(severity)}.</p>
<p>What to do: ${markup(remedy)}</p>
</section>`;
};

/** What each check means and what to do: where alerts and reports link to, for a machine that reaches nothing else. */
export const CHECKS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The checks of infra-check</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>The checks of infra-check</h1></header>
<p><a href="/">All targets</a></p>
${STAGES.map(
  (stage) =>
    `<h2>${stage}</h2>\n${CHECK_NAMES.filter((check) => stageOf(check) === stage)
      .map(section)
      .join('\n')}`,
).join('\n')}
</main>
</body>
</html>
`;
