import { familyOf, isAccepted, type Verdict } from './answers.ts';
import { type Finding, finding } from './finding.ts';
import { type GatewayEvidence, NO_ANSWER } from './gateway-evidence.ts';
import type { HttpAnswer } from './observations.ts';
import { printable } from './text.ts';

const CHECK = 'gateway.api';
const EXPECTED = 'the headers of API Gateway';

/** Of what is not recognisably this API nothing is ok, unless it takes a POST as the shop does. */
export function judgeApi({ seen, get, post }: GatewayEvidence): Finding {
  if (!get || !seen.get) return finding(CHECK, 'skipped', NO_ANSWER);
  if (seen.post && post !== undefined && !isAccepted(seen.post) && isStrange(post) && !isStrange(get)) {
    const isPortal = post === 'portal';
    const summary = isPortal
      ? 'A POST is answered by somebody else than the GET: a proxy or a portal.'
      : `A POST is answered by somebody else than the GET (${named(seen.post)}).`;
    return finding(CHECK, 'critical', summary, {
      observed: describe(seen.post),
      expected: EXPECTED,
      fix: isPortal ? undefined : OTHER_FOR_POST,
    });
  }
  const evidence = { observed: describe(seen.get), expected: EXPECTED };
  if (get === 'portal') {
    const summary = 'A captive portal or a proxy answers in the place of the shop.';
    return finding(CHECK, 'critical', summary, evidence);
  }
  const family = familyOf(seen.get);
  if (family === 'rest')
    return finding(CHECK, 'ok', 'A REST API of API Gateway answers.', { observed: evidence.observed });
  if (family === 'http')
    return finding(CHECK, 'ok', 'An HTTP API of API Gateway answers.', { observed: evidence.observed });
  const status = isAccepted(seen.post) ? 'warning' : 'critical';
  if (family === 'cloudfront') {
    const summary = 'CloudFront answers, and no API Gateway behind it shows itself.';
    return finding(CHECK, status, summary, { ...evidence, fix: OTHER_ORIGIN });
  }
  const summary = `Nothing shows that an API Gateway answers (${named(seen.get)}).`;
  return finding(CHECK, status, summary, { ...evidence, fix: OTHER });
}

const OTHER =
  'What answers is another server, such as a load balancer, and not API Gateway: look where the name leads (its CNAME, A and AAAA records, /etc/hosts), and let it lead to the domain name of the API.';
const OTHER_FOR_POST =
  'Look what stands between this machine and the gateway, or in front of it, and answers a POST itself: a load balancer, a proxy, a firewall or a rule of CloudFront.';
const OTHER_ORIGIN =
  'Look at the distribution to which the name leads: whether its origin is the API, and what its rules and its WAF refuse.';

const isStrange = (verdict: Verdict): boolean => verdict === 'portal' || verdict === 'foreign';

const LONGEST_NAME = 60;

/** What a server calls itself is its own text: `503, server: awselb/2.0`. */
const named = ({ status, headers: { server } }: HttpAnswer): string =>
  server ? `${status}, server: ${printable(server, LONGEST_NAME)}` : `${status}, without a server's name`;

function describe({ status, headers }: HttpAnswer): string {
  const shown = Object.entries(headers).filter(([name]) =>
    /^(x-amz|apigw|location|server|content-type)/.test(name),
  );
  return [String(status), ...shown.map(([name, value]) => `${name}: ${value}`)].join(', ');
}
