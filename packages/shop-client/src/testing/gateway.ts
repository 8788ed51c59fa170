import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type FaultSource, noFaults } from './faults.ts';
import {
  FAULTY_ANSWERS,
  FORBIDDEN,
  fromLambda,
  type GatewayAnswer,
  gatewayError,
  OTHER_ROUTE,
} from './gateway-answers.ts';

export interface GatewayRequest {
  readonly method: string;
  /** The Host header, with or without a port. */
  readonly host: string;
  /** The request's path; a query is ignored. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The connection ends without an answer: before the shop saw the message, or after it accepted it. */
export interface GatewayDrop {
  readonly drop: 'before' | 'after';
}

/** The Lambda function behind the gateway; where it gives a fault, that is what the post meets. */
export type Accept = (
  body: string,
  meta: { path: string; headers: GatewayRequest['headers'] },
) => Promise<Verdict>;

export type Verdict =
  | 'accepted'
  | 'refused'
  | Fault
  | { readonly verdict: 'accepted'; readonly headers: Readonly<Record<string, string>> };

/** 403 with this `x-amzn-errortype`. */
export interface GatewayRefusal {
  readonly errorType: string;
  readonly message: string;
}

export interface FakeGatewayOptions {
  accept: Accept;
  /** What the method demands of its callers, such as an API key; asked for each post that found it. */
  refuse?: (request: GatewayRequest) => GatewayRefusal | undefined;
  /** The names that are mapped to the API, without port; all names where it is left out. */
  hosts?: readonly string[];
  /** The resource path, '/shop' by default; version 2 is posted to `<path>/v2`. */
  path?: string;
  /** false for the old back end, which has no `<path>/v2`. */
  v2?: boolean;
  /** Milliseconds that every post takes at least, 0 by default. */
  delayMs?: number;
  /** Milliseconds that the fault `delay` holds a post, 3000 by default. */
  slowMs?: number;
  faults?: FaultSource;
  /** Ends every wait at once: posts that are held then meet the fate of `reset`. */
  signal?: AbortSignal;
}

/** The gateway's limit for a body, in bytes (Amazon API Gateway quotas: payload size 10 MB). */
export const MAX_BODY_BYTES = 10_485_760;
/** Lambda's limit for a request, in bytes (AWS Lambda quotas: invocation payload 6 MB). */
const MAX_LAMBDA_BYTES = 6_291_456;

/**
 * What API Gateway answers (REST API, regional, Lambda proxy) for the shop's resource, without a socket.
 * Source: Amazon API Gateway developer guide, "Gateway response types".
 */
export class FakeGateway {
  /** Which posts fail, and how; may be replaced at any time. */
  faults: FaultSource;
  readonly #options: Required<Omit<FakeGatewayOptions, 'faults' | 'hosts' | 'signal'>>;
  readonly #signal: AbortSignal | undefined;
  readonly #hosts: ReadonlySet<string> | undefined;

  constructor({ faults = noFaults, hosts, signal, ...options }: FakeGatewayOptions) {
    this.faults = faults;
    this.#signal = signal;
    this.#hosts = hosts && new Set(hosts.map((host) => host.toLowerCase()));
    this.#options = {
      path: '/shop',
      v2: true,
      delayMs: 0,
      slowMs: 3000,
      refuse: () => undefined,
      ...options,
    };
  }

  async answer(request: GatewayRequest): Promise<GatewayAnswer | GatewayDrop> {
    const bytes = Buffer.byteLength(request.body);
    if (bytes > MAX_BODY_BYTES) return TOO_LONG;
    if (!this.#isMapped(request.host)) return gatewayError(403, ...FORBIDDEN);
    if (!this.#isRoute(request)) {
      return gatewayError(403, ...OTHER_ROUTE);
    }
    const refusal = this.#options.refuse(request);
    if (refusal !== undefined) return gatewayError(403, refusal.errorType, refusal.message);
    if (bytes > MAX_LAMBDA_BYTES) return gatewayError(413, 'BadRequestException', 'Request Too Long');
    return await this.#post(request, this.faults.next());
  }

  async #post(request: GatewayRequest, fault: Fault | undefined): Promise<GatewayAnswer | GatewayDrop> {
    const { accept, delayMs, slowMs } = this.#options;
    const waitMs = delayMs + (fault === 'delay' ? slowMs : 0);
    const waited = await this.#wait(waitMs);
    if (!waited || fault === 'reset') return { drop: 'before' };
    const answer = fault && FAULTY_ANSWERS[fault];
    if (answer) return answer();
    const verdict = await accept(request.body, { path: pathOf(request), headers: request.headers });
    return fault === 'lost-ack' ? { drop: 'after' } : await this.#answerTo(verdict);
  }

  async #answerTo(verdict: Verdict): Promise<GatewayAnswer | GatewayDrop> {
    if (typeof verdict === 'object') return fromLambda(200, 'OK', verdict.headers);
    if (verdict === 'refused') return fromLambda(400, 'NotOK: malformed message');
    if (verdict === 'lost-ack') return { drop: 'after' };
    const waited = verdict !== 'delay' || (await this.#wait(this.#options.slowMs));
    if (!waited || verdict === 'reset') return { drop: 'before' };
    const answer = verdict === 'accepted' ? undefined : FAULTY_ANSWERS[verdict];
    return answer?.() ?? fromLambda(200, 'OK');
  }

  /** @returns false where the wait was ended by the signal */
  async #wait(ms: number): Promise<boolean> {
    const signal = this.#signal;
    if (ms > 0) await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
    return signal?.aborted !== true;
  }

  #isMapped(host: string): boolean {
    return this.#hosts?.has(host.toLowerCase().replace(/:\d+$/, '')) ?? true;
  }

  #isRoute(request: GatewayRequest): boolean {
    const { path, v2 } = this.#options;
    const asked = pathOf(request);
    return request.method === 'POST' && (asked === path || (v2 && asked === `${path}/v2`));
  }
}

const pathOf = ({ path }: GatewayRequest): string => path.replace(/\?.*$/s, '');

/** Refused before the API is looked at, hence plain text and no request id (as seen from outside). */
const TOO_LONG: GatewayAnswer = {
  status: 413,
  headers: { 'content-type': 'text; charset=utf-8' },
  body: `HTTP content length exceeded ${MAX_BODY_BYTES} bytes.`,
};
