import type { Verdict } from './answers.ts';
import type { Plan } from './expectations.ts';
import type { GatewayObservation, HttpAnswer } from './observations.ts';

/** What the gateway's judges share: the answers with what they prove. */
export interface GatewayEvidence {
  /** At one address. */
  seen: GatewayObservation;
  /** At all addresses, that one included. */
  all: readonly GatewayObservation[];
  /** All that were posted there, in their order. */
  posts: readonly HttpAnswer[];
  host: string;
  /** When it was seen, in milliseconds since the epoch. */
  at: number;
  plan: Plan;
  /** Of GET; undefined where no answer came. */
  get: Verdict | undefined;
  /** Of GET at a path that no API has. */
  elsewhere: Verdict | undefined;
  options: Verdict | undefined;
  post: Verdict | undefined;
}

/** Whether each repeated request met the same. */
export const isLasting = (repeats: readonly HttpAnswer[], isSame: (status: number) => boolean): boolean =>
  repeats.length > 0 && repeats.every(({ status }) => status !== null && isSame(status));

/** Of a request that was not sent. */
export const NO_TRUSTED_CONNECTION = 'no further connection that a till would trust';

export const NO_ANSWER = 'No answer came: see gateway.answer.';

/** `GET /shop: 403 MissingAuthenticationTokenException`. */
export function answerText(answer: HttpAnswer | null): string {
  if (answer === null) return 'not asked';
  const { method, path, status, headers, outcome, detail } = answer;
  const said =
    status === null ? (detail ?? outcome) : [status, headers['x-amzn-errortype']].filter(Boolean).join(' ');
  return `${method} ${path}: ${said}${outcome === 'unfinished' ? ', unfinished' : ''}`;
}
