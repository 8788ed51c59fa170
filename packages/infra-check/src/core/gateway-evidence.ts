import type { Verdict } from './answers.ts';
import type { Plan } from './expectations.ts';
import type { GatewayObservation, HttpAnswer } from './observations.ts';

/** What the gateway's judges share: the answers with what they prove. */
export interface GatewayEvidence {
  /** At one address. */
  seen: GatewayObservation;
  /** At all addresses, that one included. */
  all: readonly GatewayObservation[];
  host: string;
  plan: Plan;
  /** Of GET; undefined where no answer came. */
  get: Verdict | undefined;
  /** Of GET at a path that no API has. */
  elsewhere: Verdict | undefined;
  options: Verdict | undefined;
  post: Verdict | undefined;
}

export const NO_ANSWER = 'No answer came: see gateway.answer.';

/** `GET /shop: 403 MissingAuthenticationTokenException`. */
export function answerText(answer: HttpAnswer | null): string {
  if (answer === null) return 'not asked';
  const { method, path, status, headers, outcome, detail } = answer;
  const said =
    status === null ? (detail ?? outcome) : [status, headers['x-amzn-errortype']].filter(Boolean).join(' ');
  return `${method} ${path}: ${said}${outcome === 'unfinished' ? ', unfinished' : ''}`;
}
