import { isAccepted, isOfBackend } from './answers.ts';
import { isExpectedRefusal, isRefused } from './backend-refusal.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, isLasting } from './gateway-evidence.ts';
import type { HttpAnswer } from './observations.ts';

const CHECK = 'gateway.backend';

const NO_SALE = '200 "OK", or 400 to a body that is no sale';

/** What the gateway does not pass on: the backend, and its log, know nothing of it. */
const OF_THE_GATEWAY: Readonly<Record<number, { says: string; fix: string }>> = {
  413: {
    says: 'too large',
    fix: 'Look what limits the size of a body before the backend: the size rules of WAF, the request validation and the gateway responses of the API; its own limit is 10 MB, and the probe has a few bytes.',
  },
  415: {
    says: 'unsupported media type',
    fix: 'Let the content type application/json pass, in which tills post: look at the content types of the mapping templates and at the passthrough of the integration request, at the request validation, and at the binary media types of the API.',
  },
};

/** Whether what stands behind the gateway answers as tills need it. */
export function judgeBackend(evidence: GatewayEvidence): Finding {
  const { seen, get, post } = evidence;
  const verdict = post ?? get;
  const answer = post ? seen.post : seen.get;
  const observed = answerText(answer);
  if (verdict === 'gateway-fault') {
    const summary =
      answer?.status === 504
        ? 'The backend takes longer than the gateway waits.'
        : 'The gateway gets no proper answer from its backend.';
    return finding(CHECK, 'critical', summary, { observed, expected: 'an answer of the backend' });
  }
  if (post && answer && (post === 'backend' || post === 'validated') && refusesAnyBody(answer)) {
    const of = post === 'validated' ? OF_THE_GATEWAY[answer.status ?? 0] : undefined;
    const summary = of
      ? `The gateway itself refuses the POST with ${answer.status} (${of.says}), and tills get the same.`
      : `A POST is answered ${answer.status}, which no till takes for a receipt.`;
    return finding(CHECK, 'critical', summary, { observed, expected: NO_SALE, fix: of?.fix });
  }
  if (verdict === undefined || !isOfBackend(verdict))
    return finding(CHECK, 'skipped', 'No request came as far as the backend.');
  if (isRefused(evidence)) return judgeRefusal(evidence, observed);
  if (post && (answer?.status ?? 0) >= 500 && isLasting(seen.repeats, (status) => status >= 500)) {
    const summary = `The backend answers each of ${seen.repeats.length + 1} POSTs with a fault of its own: tills keep their sales.`;
    return finding(CHECK, 'critical', summary, { observed, expected: 'a status below 500' });
  }
  return (answer?.status ?? 0) >= 500
    ? finding(CHECK, 'warning', 'The backend answers with a fault of its own.', {
        observed,
        expected: 'a status below 500',
      })
    : finding(CHECK, 'ok', 'The backend answers.', { observed });
}

/** What a receiver may say of the probe's body, and not of a sale, or of who sends it. */
const OF_THE_PROBE: ReadonlySet<number> = new Set([400, 401, 403, 422]);

const refusesAnyBody = (answer: HttpAnswer): boolean =>
  answer.status !== null && answer.status < 500 && !isAccepted(answer) && !OF_THE_PROBE.has(answer.status);

/** Tills that come with the same are refused too; of others, and of what a sale itself proves, the probe tells nothing. */
function judgeRefusal(evidence: GatewayEvidence, observed: string): Finding {
  const { plan, seen } = evidence;
  const status = seen.post?.status;
  if (isExpectedRefusal(evidence)) {
    const summary = `The backend refuses the POST (${status}) without what it is expected to demand: how it answers tills was not asked.`;
    return finding(CHECK, 'ok', summary, { observed });
  }
  const { certificate, sigV4, apiKey } = plan.auth;
  if (certificate || sigV4 || apiKey) {
    const summary = `The backend refuses the POST (${status}), with the credentials that were given to this check: so it does tills that have no others.`;
    return finding(CHECK, 'critical', summary, {
      observed,
      expected: NO_SALE,
      fix: 'Look into the log of the backend why it refuses them, and whether tills present others or more (--cert, --sigv4, --api-key-file).',
    });
  }
  const summary = `The backend refuses the POST (${status}): tills meet the same, unless they prove who they are and this check does not.`;
  return finding(CHECK, 'unknown', summary, {
    observed,
    expected: NO_SALE,
    fix: 'Look into the log of the backend why it refuses. If tills prove who they are, present the same (--cert, --sigv4, --api-key-file), or say that it is expected (--expect-auth NAME); if the sale itself proves it, leave this check out (--skip gateway.backend).',
  });
}
