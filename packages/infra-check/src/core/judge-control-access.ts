import { type AwsCall, type AwsOutcome, isGeneral } from './aws-call.ts';
import type { ControlPlaneObservation } from './control-plane.ts';
import { observedOf } from './control-unseen.ts';
import { type Finding, finding } from './finding.ts';

/** The SDK corrects a wrong clock by itself; other programs of this machine do not. */
const MAX_CLOCK_OFFSET_S = 120;

/** Whether AWS can be asked at all. */
export function judgeAccess(seen: ControlPlaneObservation): Finding {
  const check = 'control-plane.access';
  const calls = callsOf(seen);
  const broken = seen.access.outcome === 'answer' ? calls.find(isGeneral) : seen.access;
  if (broken) {
    const [summary, fix] = explanationOf(broken);
    return finding(check, 'unknown', summary, {
      observed: observedOf(broken),
      expected: 'a region and valid credentials',
      fix: isClock(broken) ? `Correct this machine's clock${offsetText(seen.clock_offset_s)}.` : fix,
    });
  }
  const offset = seen.clock_offset_s ?? 0;
  if (Math.abs(offset) > MAX_CLOCK_OFFSET_S) {
    return finding(
      check,
      'warning',
      `This machine's clock is wrong by AWS's reckoning${offsetText(offset)}.`,
      {
        observed: `${offset} seconds`,
        expected: `within ${MAX_CLOCK_OFFSET_S} seconds`,
        fix: "Correct this machine's clock: signatures and certificates depend on it.",
      },
    );
  }
  const answered = calls.filter(({ outcome }) => outcome === 'answer' || outcome === 'not_found').length;
  const observed = `${answered} of ${calls.length} questions answered in ${seen.region}`;
  if (answered === 0 && calls.length > 0) {
    return finding(check, 'unknown', 'AWS answered none of the questions.', {
      observed,
      expected: 'answers',
      fix: 'The checks below name what each question failed by.',
    });
  }
  return finding(check, 'ok', `AWS can be asked in ${seen.region}.`, { observed });
}

/** All that was asked, in the order of the observation. */
export const callsOf = (seen: ControlPlaneObservation): AwsCall[] => {
  const { domain, api_mappings, base_path_mappings, routing_rules, api, stage, deployment, methods } = seen;
  const gateway = [domain, api_mappings, base_path_mappings, routing_rules, api, stage, deployment, methods];
  const zones = seen.zone_contents.flatMap(({ name_servers, records, test }) => [
    name_servers,
    records,
    test,
  ]);
  const keys = seen.keys.map(({ key }) => key);
  return [...gateway, seen.certificate, seen.zones, ...zones, ...keys].flatMap(
    (answer) => answer?.call ?? [],
  );
};

const isClock = ({ outcome }: AwsCall): boolean => outcome === 'clock_skew';

function offsetText(seconds: number | null): string {
  const minutes = Math.round(Math.abs(seconds ?? 0) / 60);
  return minutes === 0 ? '' : `: it is ${minutes} minutes ${(seconds ?? 0) > 0 ? 'ahead' : 'behind'}`;
}

/** In one sentence why AWS cannot be asked, and what to do. */
export const explanationOf = ({ outcome }: AwsCall): readonly [summary: string, fix: string | undefined] =>
  EXPLANATIONS[outcome] ?? ['AWS cannot be asked.', undefined];

const EXPLANATIONS: Partial<Record<AwsOutcome, readonly [summary: string, fix: string]>> = {
  no_credentials: [
    'No AWS credentials were found.',
    'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role; or leave --aws out.',
  ],
  no_region: [
    'No usable AWS region is set.',
    "Set AWS_REGION to the region of the shop's API, such as eu-west-1.",
  ],
  no_sdk: [
    'The AWS SDK is not installed.',
    'Install @aws-sdk/client-api-gateway, client-apigatewayv2, client-acm, client-route-53 and client-kms; the command brings them.',
  ],
  bad_endpoint: [
    'An AWS_ENDPOINT_URL variable cannot be used.',
    'Correct it to a URL that begins with https:// or http://, or unset it to reach AWS itself.',
  ],
  credentials_rejected: [
    'AWS did not accept the credentials: they are wrong or have expired.',
    'Renew them (for single sign-on: aws sso login), and check AWS_PROFILE and the AWS_ variables.',
  ],
  clock_skew: ['AWS refused the questions because of their time.', "Correct this machine's clock."],
  cut_off: [
    'The time of the whole run was up before credentials were found.',
    'Allow more time with --timeout; where no credentials are set, the look-up waits for those of a machine in EC2.',
  ],
};
