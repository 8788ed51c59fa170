import { provesMapping, type Verdict } from './answers.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, isLasting, NO_ANSWER } from './gateway-evidence.ts';
import { explanationOf } from './judge-control-access.ts';
import type { HttpAnswer } from './observations.ts';

const CHECK = 'gateway.access';

/** Whether the gateway lets a request pass: what it demands is named, and whether that was presented. */
export function judgeAccess(evidence: GatewayEvidence): Finding {
  const { seen, get, post } = evidence;
  const unsigned = judgeSigning(evidence);
  if (unsigned) return unsigned;
  const deciding = post ?? get;
  if (!deciding) return finding(CHECK, 'skipped', NO_ANSWER);
  const answer = post ? seen.post : seen.get;
  const observed = answerText(answer);
  if (deciding === 'throttled') return throttled(evidence, observed);
  if (deciding === 'forbidden') return judgeForbidden(evidence, observed);
  const refusal = REFUSALS[deciding]?.(evidence, answer);
  if (refusal) return finding(CHECK, 'critical', refusal.summary, { observed, fix: refusal.fix });
  if (isExpectedSignature(evidence)) {
    const summary = `As expected, POST ${evidence.plan.path} demands a signature, or does not exist: it was not signed.`;
    return finding(CHECK, 'ok', summary, { observed });
  }
  if (!provesMapping(deciding))
    return finding(CHECK, 'skipped', 'The answer does not come from an API: see gateway.api.');
  return finding(CHECK, 'ok', 'The gateway lets the request pass.', { observed });
}

/** A method that demands a signature answers as one that does not exist; undefined where that cannot be meant. */
export const isExpectedSignature = ({ seen, plan, post }: GatewayEvidence): boolean =>
  post === 'no-method' && plan.expectAuth.has('sigv4') && !seen.presented.includes('sigv4');

/** Without credentials of its own this machine cannot tell what tills meet. */
function judgeSigning({ seen: { signing } }: GatewayEvidence): Finding | undefined {
  if (!signing || signing.outcome === 'answer') return;
  const [summary, fix] = explanationOf(signing);
  return finding(CHECK, 'unknown', `The POST could not be signed. ${summary}`, {
    observed: signing.code ?? signing.outcome,
    expected: 'a region and valid credentials',
    fix,
  });
}

interface Refusal {
  summary: string;
  fix?: string | undefined;
}

type Explain = (evidence: GatewayEvidence, answer: HttpAnswer | null) => Refusal;

const REFUSALS: Partial<Record<Verdict, Explain>> = {
  denied: explainDenied,
  unauthorized: () => ({ summary: 'An authorizer demands credentials.' }),
  waf: () => ({ summary: 'WAF or CloudFront refuses the request.' }),
};

function explainDenied({ seen, post }: GatewayEvidence, answer: HttpAnswer | null): Refusal {
  const type = answer?.headers['x-amzn-errortype'] ?? '';
  if (!seen.presented.includes('sigv4') || !post)
    return { summary: 'A policy, an authorizer or a missing signature refuses the request.' };
  if (/^AccessDenied/.test(type))
    return {
      summary: 'A policy does not let these AWS credentials post to the shop.',
      fix: 'Have execute-api:Invoke allowed for them, as for those of the tills; look at the resource policy too.',
    };
  return {
    summary: 'The gateway does not accept the signature of the POST.',
    fix: "Check the AWS credentials (AWS_PROFILE, or the AWS_ variables), AWS_REGION, which must be that of the API, and this machine's clock.",
  };
}

function judgeForbidden({ seen, plan, get, elsewhere }: GatewayEvidence, observed: string): Finding {
  const isHereOnly = [elsewhere, get].some((verdict) => verdict && provesMapping(verdict));
  if (!isHereOnly) {
    const summary = 'Everything is forbidden, whatever is asked: see gateway.mapping.';
    return finding(CHECK, 'skipped', summary, { observed });
  }
  if (seen.presented.includes('api-key'))
    return finding(
      CHECK,
      'critical',
      'The API key that was presented is refused, or WAF refuses the request.',
      {
        observed,
        fix: "Look whether the key is enabled and in a usage plan of this stage; else look at WAF's log.",
      },
    );
  if (plan.expectAuth.has('api-key')) {
    const summary = 'The gateway demands an API key, as expected: what is behind it was not asked.';
    return finding(CHECK, 'ok', summary, { observed });
  }
  const summary =
    'The API answers, but this request is forbidden: an API key is demanded and none was presented, or WAF refuses.';
  return finding(CHECK, 'critical', summary, {
    observed,
    fix: "Present the API key as tills do (--api-key-file FILE), or say that it is expected (--expect-auth api-key); else look at WAF's log.",
  });
}
/** A quota is used up until its period ends; a rate of nothing answers each request like this, at whatever address. */
function throttled({ seen, all }: GatewayEvidence, observed: string): Finding {
  const { get, post } = seen;
  const answer = post ?? get;
  if (
    /^LimitExceeded/.test(answer?.headers['x-amzn-errortype'] ?? '') ||
    /Limit Exceeded/.test(answer?.body ?? '')
  )
    return finding(CHECK, 'critical', 'The quota of the usage plan is used up: tills are held.', {
      observed,
      fix: 'Raise the quota of the usage plan, or wait for its next period.',
    });
  const repeats = all.flatMap((one) => one.repeats);
  const isEach = all.every((one) => (one.post ?? one.get)?.status === 429);
  return isEach && isLasting(repeats, (status) => status === 429)
    ? finding(CHECK, 'critical', `The gateway throttles each of ${repeats.length + all.length} requests.`, {
        observed,
        fix: "Look at the throttling of the stage and of its method: a rate of 0 lets nothing pass; then at the account's limit.",
      })
    : finding(CHECK, 'warning', 'The gateway throttles: too many requests at the moment.', { observed });
}
