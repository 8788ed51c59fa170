import type { Answer, Failure, Outcome, PostContext, PostResult, Refusal } from './post-result.ts';
import { faultName, hintOfFault } from './program-fault.ts';
import { judgeRefused } from './refused.ts';
import { certificateRefused, judgeUnsigned, orUnidentified } from './unidentified.ts';

export type { Answer, Failure, Outcome, PostContext, PostResult, Refusal };

const ACCEPTED_BODY = '"OK"';

const SAME_AGAIN = 'Post the very same message again: a shop that tells repeats books it once.';

/** What a post came to: the table "What an answer means" of docs/protocol.md. */
export function judge(result: PostResult, context: PostContext): Outcome {
  return result.kind === 'failure' ? judgeFailure(result, context) : judgeAnswer(result, context);
}

function judgeAnswer(answer: Answer, context: PostContext): Outcome {
  const { statusCode } = answer;
  if (statusCode === 200 && answer.content === ACCEPTED_BODY) return { status: 'accepted' };
  if (statusCode < 400) return notOurShop(answer);
  if (statusCode === 403 || statusCode === 404 || statusCode === 405) return judgeRefused(answer, context);
  if (statusCode === 429) return judgeThrottled(answer);
  if (statusCode === 408 || statusCode >= 500) {
    return {
      status: 'unknown',
      code: 'shop_unavailable',
      message: `The shop answered ${statusCode}: it could not take the sale now, or may have taken it.`,
      hint: SAME_AGAIN,
      retryAfterMs: answer.retryAfterMs,
    };
  }
  return REFUSED[statusCode]?.(context) ?? unexpected(answer);
}

const REFUSED: Record<number, (context: PostContext) => Refusal> = {
  400: () => malformed(400),
  415: () => malformed(415),
  401: () => ({
    status: 'held',
    code: 'unauthorized',
    message: 'The shop wants to know who is sending, and was not told or did not believe it (401).',
    hint: 'Check the credentials with which this till identifies itself.',
  }),
  413: ({ size }) => ({
    status: 'rejected',
    code: 'message_too_large',
    message: `The shop refused the message as too large (413): it has ${size} bytes.`,
    hint: 'Send the purchase as several sales.',
  }),
};

function judgeThrottled({ errorType, retryAfterMs }: Answer): Refusal {
  return errorType === 'LimitExceededException'
    ? {
        status: 'held',
        code: 'quota_exceeded',
        message: "The shop's quota for this till is used up (429 LimitExceededException).",
        hint: 'Have the usage plan raised, or wait for its next period.',
        retryAfterMs,
      }
    : {
        status: 'retry',
        code: 'throttled',
        message: 'The shop has too much to do at the moment (429).',
        hint: 'Send the same message again later.',
        retryAfterMs,
      };
}

function notOurShop({ statusCode }: Answer): Refusal {
  const what = statusCode >= 300 ? 'a redirect, which is never followed' : 'something other than "OK"';
  return {
    status: 'unknown',
    code: 'not_our_shop',
    message: `The answer (${statusCode}) was ${what}: it did not come from the shop.`,
    hint: 'Look for a captive portal or a proxy between the till and the shop, and check the URL.',
  };
}

function malformed(statusCode: number): Refusal {
  return {
    status: 'rejected',
    code: 'message_refused',
    message: `The shop refused the message as malformed (${statusCode}).`,
    hint: 'Sending it again will not help: check that URL and protocol are those of this shop.',
  };
}

function unexpected({ statusCode }: Answer): Refusal {
  return {
    status: 'held',
    code: 'unexpected_answer',
    message: `The shop answered ${statusCode}, which says nothing about the sale.`,
    hint: 'Check the URL, and what stands between the till and the shop.',
  };
}

function judgeFailure({ reason, detail, presented, cause, proxy }: Failure, { url }: PostContext): Refusal {
  const { host, hostname } = new URL(url);
  switch (reason) {
    case 'sealed_for_another':
      return {
        status: 'rejected',
        code: 'wrong_address',
        message: `The sale is sealed for ${detail}, not for ${host}; nothing was sent.`,
        hint: 'Send it with that address: version 2 binds a sale to it.',
      };
    case 'untrusted':
      return {
        status: 'held',
        code: 'tls_untrusted',
        message: `The certificate that ${host} shows cannot be trusted (${detail}); nothing was sent.`,
        hint: 'Check the host name, the certificate and the clock; give a private authority with ca (--ca FILE).',
      };
    case 'certificate_refused':
      return certificateRefused(host, detail, presented);
    case 'unsigned':
      return judgeUnsigned(detail);
    case 'client_failed':
      return {
        status: 'held',
        code: 'client_failed',
        message: `This program failed before it could send: ${detail.replace(/\.$/, '')}. Nothing was sent.`,
        hint: hintOfFault(
          { name: faultName(cause), detail },
          'Start it again; if the error persists, report it with its cause.',
        ),
      };
    case 'lost':
      return {
        status: 'unknown',
        code: 'answer_lost',
        message: `The answer of ${host} was lost (${detail}): the shop may have the sale.`,
        hint: SAME_AGAIN + orUnidentified(url, detail, presented),
      };
    case 'unresolved':
      if (proxy !== undefined) return proxyFailed(proxy, host, detail);
      return notReached(
        `The name ${hostname} could not be resolved (${detail}).`,
        'Check the name, the network and its DNS.',
      );
    case 'tls_failed':
      return notReached(
        `No secure connection to ${host} came about (${detail}).`,
        'Check that the port speaks TLS 1.2 or 1.3, and what stands between the till and the shop.',
      );
    case 'unreachable':
      if (proxy !== undefined) return proxyFailed(proxy, host, detail);
      return notReached(
        `${host} could not be reached (${detail}).`,
        `Check the network; the sale was not sent.${orUnidentified(url, detail, presented)}`,
      );
  }
}

/** Whoever looks for the fault at the shop looks in the wrong place. */
function proxyFailed(proxy: string, host: string, detail: string): Refusal {
  return notReached(
    detail.startsWith('ERR_PROXY_')
      ? `The proxy ${proxy} could not connect to ${host} (${detail}).`
      : `The proxy ${proxy} for ${host} could not be reached (${detail}).`,
    'Check the proxy (HTTPS_PROXY), and that it allows connections from this machine to the shop.',
  );
}

function notReached(message: string, hint: string): Refusal {
  return { status: 'retry', code: 'not_reached', message, hint };
}
