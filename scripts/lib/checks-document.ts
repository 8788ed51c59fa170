import { CHECK_NAMES, CHECKS, type CheckName } from '../../packages/infra-check/src/core/checks.ts';

export const CHECKS_DOCUMENT = 'docs/infra-check-checks.md';

const HEAD = `# The checks of infra-check

In the order of the road; the first broken link is the first of them that is critical. Made by \`pnpm docs:checks\` from the
table that the findings take their words from; how to use them is in [infra-check.md](infra-check.md).

A finding is \`ok\`, \`warning\`, \`critical\`, \`unknown\` (it could not be seen) or \`skipped\` (it was not looked at; that says nothing
for or against the road). Any check whose link could not be reached before the time was up is \`unknown\`.
`;

const TITLES: Readonly<Record<string, string>> = {
  dns: 'Name',
  certificate: 'Certificate',
  gateway: 'Gateway',
  'control-plane': 'Control plane',
};

const stageOf = (check: CheckName): string => check.slice(0, check.indexOf('.'));

const entry = (check: CheckName): string => {
  const { meaning, severity, remedy } = CHECKS[check];
  const severities = severity
    .split('; ')
    .map((one) => one.replace(/^(\w+):/, '**$1**:'))
    .join('; ');
  return `### ${check}\n\n${meaning}\n\n- Severity: ${severities}.\n- What to do: ${remedy}\n`;
};

/** The document as Markdown. */
export function checksDocument(): string {
  const stages = [...new Set(CHECK_NAMES.map(stageOf))];
  const sections = stages.map((stage) => {
    const entries = CHECK_NAMES.filter((check) => stageOf(check) === stage).map(entry);
    return `## ${TITLES[stage] ?? stage} (\`${stage}\`)\n\n${entries.join('\n')}`;
  });
  return [HEAD, ...sections].join('\n');
}
