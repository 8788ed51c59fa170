import { provesMapping } from './answers.ts';
import type { Proof } from './auth-settings.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, NO_TRUSTED_CONNECTION } from './gateway-evidence.ts';
import { mutualFix } from './mutual-tls.ts';
import type { HttpAnswer } from './observations.ts';
import type { Status } from './status.ts';

const CHECK = 'gateway.answer';

const FAILURES: Record<Exclude<HttpAnswer['outcome'], 'answer'>, { status: Status; says: string }> = {
  timeout: { status: 'critical', says: 'No answer came in time.' },
  reset: { status: 'critical', says: 'The connection was ended without an answer.' },
  not_http: { status: 'critical', says: 'What came back is not HTTP.' },
  endless: { status: 'critical', says: 'The answer does not end.' },
  unfinished: { status: 'critical', says: 'An answer began and did not end.' },
  cut_off: { status: 'unknown', says: 'No answer came before the time was up.' },
  client_certificate_wanted: {
    status: 'critical',
    says: 'The gateway demands a client certificate (mutual TLS).',
  },
};

const MUTUAL: Proof = 'client-certificate';

/** Whether requests are answered at all: a GET, and the POST, which alone is what tills send. */
export function judgeAnswer(evidence: GatewayEvidence): Finding {
  const { seen, get: verdict, post } = evidence;
  const { get } = seen;
  if (get === null) return finding(CHECK, 'critical', 'No connection could be had for the request.');
  const observed = answerText(get);
  // Behind an API Gateway every answer ends, at 10 MB; the page of a portal may be long, and says what it is.
  if (get.outcome === 'answer' || (verdict !== undefined && verdict !== 'foreign'))
    return judgePosts(evidence) ?? finding(CHECK, 'ok', `An HTTP answer came (${get.status}).`, { observed });
  const { status, says } = FAILURES[get.outcome];
  if (post !== undefined && provesMapping(post) && status === 'critical')
    return finding(CHECK, 'warning', `A POST is answered, and a GET is not. ${says}`, { observed });
  return judgeMutual(evidence) ?? finding(CHECK, status, says, { observed, expected: 'an HTTP answer' });
}

/** In TLS 1.3 whoever lacks the certificate learns of it behind the handshake, and from API Gateway by no word. */
const ENDED: ReadonlySet<HttpAnswer['outcome']> = new Set(['reset', 'client_certificate_wanted']);

function judgeMutual({ seen, plan }: GatewayEvidence): Finding | undefined {
  const { get, client_certificate_requested: isAsked, presented } = seen;
  if (!get || !ENDED.has(get.outcome)) return;
  if (!isAsked && get.outcome !== 'client_certificate_wanted') return;
  const observed = answerText(get);
  const { certificate } = plan.auth;
  if (certificate && presented.includes(MUTUAL)) {
    const summary = `The gateway refuses the client certificate that was presented (${certificate.subject}).`;
    return finding(CHECK, 'critical', summary, {
      observed,
      expected: 'an HTTP answer',
      fix: mutualFix(plan),
    });
  }
  if (plan.expectAuth.has(MUTUAL)) {
    const summary =
      'The gateway answers nobody without a client certificate, as expected: what is behind it was not asked.';
    return finding(CHECK, 'skipped', summary, { observed });
  }
  return finding(
    CHECK,
    'critical',
    'The gateway demands a client certificate (mutual TLS), and none was presented.',
    { observed, expected: 'an HTTP answer', fix: mutualFix(plan) },
  );
}

const isAnswered = ({ outcome }: HttpAnswer): boolean => outcome === 'answer' || outcome === 'endless';

/** What a till meets whose POST is not answered; undefined where the first one was, or none was made. */
function judgePosts({ posts, seen, plan }: GatewayEvidence): Finding | undefined {
  const [first] = posts;
  if (!first || isAnswered(first)) return;
  const evidence = {
    observed: `${answerText(seen.get)}; ${posts.map(answerText).join(', ')}`,
    expected: 'an HTTP answer to the POST too',
  };
  if (first.outcome === 'cut_off' || first.outcome === 'timeout') {
    const summary = `The POST ${first.path} was not answered within the time of this run; a till waits for 35 seconds.`;
    return finding(CHECK, 'unknown', summary, {
      ...evidence,
      fix: 'Give the run more time (--timeout 40): API Gateway waits 29 seconds for the backend. If the answer still fails to come, look what the backend waits for.',
    });
  }
  if (first.outcome === 'client_certificate_wanted') return;
  if (first.detail === NO_TRUSTED_CONNECTION) {
    const summary =
      'After the GET there was no further connection that a till would trust, and the POST was not sent.';
    return finding(CHECK, 'unknown', summary, {
      ...evidence,
      fix: `${plan.proxy ? `Look in the log of the proxy ${plan.proxy.label} whether it opened the way a second time. ` : ''}Look whether all servers behind the address show the same certificate.`,
    });
  }
  const lost = posts.filter((one) => !isAnswered(one));
  const says = FAILURES[first.outcome as 'reset'].says;
  const fix =
    "Look in the log of the gateway whether the POSTs arrived, and at what ends connections on the way (a proxy, a firewall, the backend's limits). Tills keep such sales and post the same bytes again.";
  if (lost.length === posts.length && posts.length > 1) {
    const summary = `A GET is answered, and none of ${posts.length} POSTs: ${says}`;
    return finding(CHECK, 'critical', summary, { ...evidence, fix });
  }
  const summary = `${lost.length} of ${posts.length} POSTs got no answer: ${says}`;
  return finding(CHECK, posts.length > 1 ? 'warning' : 'unknown', summary, { ...evidence, fix });
}
