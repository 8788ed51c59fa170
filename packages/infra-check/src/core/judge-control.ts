import type { CONTROL_CHECKS } from './checks-control.ts';
import type { ControlEvidence, ControlJudge } from './control-evidence.ts';
import type { Finding } from './finding.ts';
import { judgeAccess } from './judge-control-access.ts';
import { API_JUDGES } from './judge-control-api.ts';
import { ACM_JUDGES } from './judge-control-certificate.ts';
import { DOMAIN_JUDGES } from './judge-control-domain.ts';
import { KEY_JUDGES } from './judge-control-keys.ts';
import { ROUTE_53_JUDGES } from './judge-control-zone.ts';
import { printable } from './text.ts';

const JUDGES = {
  'control-plane.access': ({ seen }) => judgeAccess(seen),
  ...DOMAIN_JUDGES,
  ...API_JUDGES,
  ...ROUTE_53_JUDGES,
  ...ACM_JUDGES,
  ...KEY_JUDGES,
} satisfies Record<keyof typeof CONTROL_CHECKS, ControlJudge>;

/** All findings about the settings behind the name. */
export const judgeControlPlane = (evidence: ControlEvidence): Finding[] =>
  Object.values(JUDGES).map((judge) => harmless(judge(evidence)));

const LONGEST = 600;

/** Whatever AWS, or what stood in its place, wrote into names and messages. */
function harmless(found: Finding): Finding {
  const clean = (text: string | null) => text && printable(text, LONGEST);
  const { summary, observed, expected, fix } = found;
  return {
    ...found,
    summary: printable(summary, LONGEST),
    observed: clean(observed),
    expected: clean(expected),
    fix: clean(fix),
  };
}
