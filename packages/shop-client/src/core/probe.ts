import type { DeliveryErrorCode } from '../errors.ts';
import { judge, type PostResult } from './outcome.ts';
import { problemWith } from './shop-time.ts';

/** What is known of this machine's clock by the gateway's. */
export interface ProbedClock {
  /** How far the gateway's clock is ahead, in milliseconds. */
  clockOffsetMs?: number | undefined;
  /** What is wrong with this machine's clock, in one sentence. */
  clockProblem?: string | undefined;
}

/** Whether something that looks like the shop's gateway answers at its address. */
export type ProbeReport = ProbedClock & Probed;

type Probed =
  | { reached: true; statusCode: number; requestId: string }
  | {
      reached: false;
      code: DeliveryErrorCode;
      message: string;
      hint: string;
      statusCode?: number;
      /** The proxy that failed, without its password. */
      proxy?: string;
    };

/**
 * A GET of the shop proves name, address, certificate and gateway, and books nothing. API Gateway answers it with
 * 403 and a request id, as it does for a wrong path: only a sale proves the rest.
 */
export function judgeProbe(result: PostResult, url: string, clock: number): ProbeReport {
  const isGateway = result.kind === 'answer' && result.requestId !== undefined;
  const clockOffsetMs = isGateway ? result.clockOffsetMs : undefined;
  const clockProblem = problemWith(clock, clockOffsetMs, undefined);
  return { ...judgeAddress(result, url), clockOffsetMs, clockProblem };
}

function judgeAddress(result: PostResult, url: string): Probed {
  if (
    result.kind === 'answer' &&
    result.requestId !== undefined &&
    result.errorType !== 'ForbiddenException'
  ) {
    return { reached: true, statusCode: result.statusCode, requestId: result.requestId };
  }
  const outcome = judge(result, { url, protocol: 1, size: 0 });
  const statusCode = result.kind === 'answer' ? { statusCode: result.statusCode } : {};
  if (result.kind === 'failure' || (outcome.status !== 'accepted' && result.requestId !== undefined)) {
    const { code, message, hint } = outcome as Exclude<typeof outcome, { status: 'accepted' }>;
    const proxy = result.kind === 'failure' && result.proxy !== undefined ? { proxy: result.proxy } : {};
    return { reached: false, code, message, hint, ...statusCode, ...proxy };
  }
  return {
    reached: false,
    code: 'not_our_shop',
    message: `What answers at ${url} (${result.statusCode}) is not the shop's gateway.`,
    hint: 'Look for a captive portal or a proxy between here and the shop, and check the URL.',
    ...statusCode,
  };
}
