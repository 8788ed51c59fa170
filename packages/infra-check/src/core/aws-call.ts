/**
 * How a question to AWS ended. `refused`: AWS answered with an error that has no name of its own here. `malformed`: what
 * answered is not AWS. `cut_off`: the time of the whole run was up.
 */
export type AwsOutcome =
  | 'answer'
  | 'not_found'
  | 'denied'
  | 'no_credentials'
  | 'no_region'
  | 'no_sdk'
  | 'bad_endpoint'
  | 'credentials_rejected'
  | 'clock_skew'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'unreachable'
  | 'untrusted'
  | 'malformed'
  | 'refused'
  | 'cut_off';

/** One question to AWS; a question of several pages counts as one. */
export interface AwsCall {
  /** Such as GetDomainName; `credentials` for the look-up of region and credentials, which asks nobody by itself. */
  operation: string;
  /** The IAM action that it needs, such as apigateway:GET. */
  permission: string;
  /** The ARN, or words for it where the ARN is not known before the answer. */
  resource: string;
  outcome: AwsOutcome;
  /** The error's name as AWS or the system wrote it; null where all went well. */
  code: string | null;
  /** The first line of what was said, cut. */
  detail: string | null;
  /** By which AWS's support finds a failed question. */
  request_id: string | null;
  /** There were more pages than are read: what was not found may be there all the same. */
  truncated: boolean;
  duration_ms: number;
}

/** The value is null exactly where the outcome is not `answer`. */
export interface AwsAnswer<T> {
  call: AwsCall;
  value: T | null;
}

/** A question whose every look-up fails in the same way, whatever is asked. */
const GENERAL: ReadonlySet<AwsOutcome> = new Set([
  'no_credentials',
  'no_region',
  'no_sdk',
  'credentials_rejected',
  'clock_skew',
]);

export const isGeneral = ({ outcome }: AwsCall): boolean => GENERAL.has(outcome);
