import { isAccepted, provesMethod, type Verdict } from './answers.ts';
import { isExpectedRefusal } from './backend-refusal.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, NO_ANSWER } from './gateway-evidence.ts';
import { isExpectedSignature } from './judge-access.ts';
import type { Status } from './status.ts';

/** Segments that are more often a stage than a resource. */
const STAGE_LIKE = /^(prod|production|live|stage|staging|test|testing|dev|development|beta|default|v\d+)$/i;

/** `prod` of /prod/shop. */
function stageIn(path: string): string | undefined {
  const [first, second] = path.split(/[/?]/).filter(Boolean);
  return first !== undefined && second !== undefined && STAGE_LIKE.test(first) ? first : undefined;
}

/** The check that tells why an answer says nothing of the resource. */
const STOPPED_BY: Partial<Record<Verdict, string>> = {
  portal: 'gateway.api',
  foreign: 'gateway.api',
  forbidden: 'gateway.mapping or gateway.access',
  denied: 'gateway.access',
  unauthorized: 'gateway.access',
  throttled: 'gateway.access',
  waf: 'gateway.access',
};

/** What a backend says that does not take the POST. It may answer 404 to the path, or to a body that is no sale. */
const REFUSALS: Partial<Record<Verdict, { status: Status; says: string }>> = {
  redirect: { status: 'critical', says: 'A redirect answers, which no till follows' },
  'not-taken': { status: 'critical', says: 'The backend takes no POST there' },
  'not-found': { status: 'unknown', says: 'The backend knows no such path, or does not like the probe' },
};

/** Whether sales can be posted there. GET alone cannot tell a wrong path from a path without GET. */
export function judgeResource(evidence: GatewayEvidence): Finding {
  const { seen, plan, get, post } = evidence;
  const check = 'gateway.resource';
  const { path } = plan;
  if (!get && !post) return finding(check, 'skipped', NO_ANSWER);
  if (isExpectedRefusal(evidence)) {
    const summary = `POST ${path} is refused, as expected without what must be demanded: whether sales are taken there was not asked.`;
    return finding(check, 'skipped', summary, { observed: answerText(seen.post) });
  }
  if (isAccepted(seen.post) || (post && provesMethod(post))) {
    return finding(check, 'ok', `POST ${path} exists.`, { observed: answerText(seen.post) });
  }
  if (isExpectedSignature(evidence)) {
    const summary = `Whether POST ${path} exists cannot be told without its signature (--sigv4).`;
    return finding(check, 'skipped', summary, { observed: answerText(seen.post) });
  }
  if (post === 'no-method' || post === 'no-route') {
    const isSigned = seen.presented.includes('sigv4');
    const summary =
      post === 'no-route'
        ? `The HTTP API has no route POST ${path}.`
        : `The API knows no POST ${path}${isSigned ? '' : ', or the method demands a signature (--sigv4)'}.`;
    return finding(check, 'critical', summary, {
      observed: answerText(seen.post),
      expected: 'an answer of the backend',
      fix: fixFor(path) ?? (isSigned || post === 'no-route' ? undefined : UNSIGNED),
    });
  }
  const refusal = post && REFUSALS[post];
  if (refusal) {
    return finding(check, refusal.status, `${refusal.says} (POST ${path}: ${seen.post?.status}).`, {
      observed: answerText(seen.post),
      expected: 'an answer that takes the method',
    });
  }
  const stoppedBy = post && STOPPED_BY[post];
  if (stoppedBy)
    return finding(check, 'skipped', `The POST came no further than ${stoppedBy}.`, {
      observed: answerText(seen.post),
    });
  if (seen.post && post === undefined)
    return finding(check, 'skipped', 'The POST was not answered: see gateway.answer.', {
      observed: answerText(seen.post),
    });
  if (seen.post)
    return finding(check, 'unknown', `Whether POST ${path} exists, its answer does not tell.`, {
      observed: answerText(seen.post),
    });
  if (get && provesMethod(get))
    return finding(check, 'ok', `The path ${path} exists.`, { observed: answerText(seen.get) });
  const stage = stageIn(path);
  const summary = `A GET does not tell whether POST ${path} exists${stage ? `; the path seems to hold the stage "${stage}"` : ''}.`;
  return finding(check, 'skipped', summary, {
    observed: answerText(seen.get),
    fix: stage ? fixFor(path) : 'Add --post-probe, which posts a body that no receiver books.',
  });
}

const UNSIGNED =
  'Where the method demands IAM authorisation, sign as tills do (--sigv4). Else correct the path (--path), or look to which API and stage the name is mapped, create the resource and its POST method there, and deploy the API.';

const fixFor = (path: string): string | undefined => {
  const stage = stageIn(path);
  return (
    stage &&
    `Take the stage out of the path, which a custom domain name adds by itself: ${path.replace(`/${stage}`, '')}.`
  );
};

/** Browsers ask before they post; tills do not. */
export function judgeOptions({ seen, options }: GatewayEvidence): Finding {
  const check = 'gateway.options';
  if (seen.options === null) return finding(check, 'skipped', 'OPTIONS was not asked (--options).');
  const observed = answerText(seen.options);
  if (seen.options.outcome === 'cut_off')
    return finding(check, 'unknown', 'OPTIONS was not answered before the time was up.', { observed });
  const allowed = seen.options.headers['access-control-allow-methods'] ?? seen.options.headers['allow'];
  const isAnswered = options === 'backend' && seen.options.status !== null && seen.options.status < 300;
  return isAnswered
    ? finding(check, 'ok', `OPTIONS is answered${allowed ? `: ${allowed}` : ''}.`, { observed })
    : finding(check, 'warning', 'OPTIONS is not answered.', { observed, expected: 'a status below 300' });
}

/** How long the whole way took, and where the time went. */
export function judgeLatency({ seen: { phases }, plan: { maxLatencyMs } }: GatewayEvidence): Finding {
  const check = 'gateway.latency';
  const { total } = phases;
  if (total === null) return finding(check, 'skipped', NO_ANSWER);
  const observed = Object.entries(phases)
    .flatMap(([phase, ms]) => (ms === null ? [] : [`${phase.replace('_', ' ')} ${ms.toFixed(1)} ms`]))
    .join(', ');
  const isSlow = maxLatencyMs !== null && total > maxLatencyMs;
  return isSlow
    ? finding(check, 'warning', `The whole way took ${total.toFixed(0)} ms.`, {
        observed,
        expected: `at most ${maxLatencyMs} ms`,
      })
    : finding(check, 'ok', `The whole way took ${total.toFixed(0)} ms.`, { observed });
}
