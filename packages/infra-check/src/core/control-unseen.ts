import { type AwsAnswer, type AwsCall, type AwsOutcome, isGeneral } from './aws-call.ts';
import type { CheckName } from './checks.ts';
import { type Finding, finding } from './finding.ts';
import { printable } from './text.ts';

/** What is said where an answer is missing, and what to do; a value that is there needs none. */
interface Missing {
  summary: string;
  fix: string;
}

/**
 * The finding in the place of a judgement that needs an answer which is not there. A thing that AWS does not know is for
 * the judge itself.
 * @param thing what would have been seen, as the beginning of a sentence
 */
export function unseen(check: CheckName, { call }: AwsAnswer<unknown>, thing: string): Finding {
  if (isGeneral(call))
    return finding(check, 'skipped', `${thing} was not seen: AWS cannot be asked (control-plane.access).`);
  const { summary, fix } = missingOf(call, thing);
  return finding(check, 'unknown', summary, {
    observed: observedOf(call),
    expected: `an answer to ${call.operation}`,
    fix,
  });
}

/** The error by AWS's own name, with what it said. */
export function observedOf({ code, detail, outcome, request_id }: AwsCall): string {
  const said = [code ?? outcome, detail].filter((part) => part !== null).join(': ');
  return printable(request_id === null ? said : `${said} (request ${request_id})`, 400);
}

function missingOf(call: AwsCall, thing: string): Missing {
  const { operation, permission, resource, outcome } = call;
  if (outcome === 'denied') {
    return {
      summary: `${thing} was not seen: these credentials may not ${permission} on ${printable(resource)}.`,
      fix: `Allow ${permission} on ${printable(resource)} (docs/infra-check-aws.md has the whole policy), or leave the check out with --skip.`,
    };
  }
  const [why, fix] = REASONS[outcome] ?? [
    'AWS refused the question',
    'Look the name of the error up in the API reference.',
  ];
  return { summary: `${thing} was not seen: ${why} (${operation}).`, fix };
}

const ENDPOINT = 'check AWS_REGION, the AWS_ENDPOINT_URL variables and the proxy';

const REASONS: Partial<Record<AwsOutcome, readonly [why: string, fix: string]>> = {
  not_found: ['AWS does not know it', 'Look at the region and the account.'],
  throttled: [
    'AWS has had too many questions from this account',
    'Ask less often, and not from several places at once: Route 53 takes five questions a second from an account.',
  ],
  unavailable: ['AWS, or what stands before it, failed to answer', 'Try again in a moment.'],
  timeout: ['AWS did not answer in time', `Allow more time with --timeout, and ${ENDPOINT}.`],
  unreachable: ['AWS could not be reached', `Look at the network, and ${ENDPOINT}.`],
  untrusted: [
    'the certificate that AWS shows cannot be trusted',
    'Look for TLS interception on the way; name a private authority in NODE_EXTRA_CA_CERTS.',
  ],
  malformed: [
    'what answered in the place of AWS is not AWS',
    `Look for a captive portal on the way, and ${ENDPOINT}.`,
  ],
  cut_off: ['the time of the whole run was up', 'Allow more time with --timeout.'],
};

/** Where pages were left unread, nothing can be said to be missing. */
export const isSurelyAbsent = (...answers: readonly (AwsAnswer<unknown> | null)[]): boolean =>
  answers.every((answer) => answer !== null && answer.call.outcome === 'answer' && !answer.call.truncated);
