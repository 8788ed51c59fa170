import type { DeliveryErrorCode } from '../errors.ts';
import type { Protocol } from '../sealed.ts';

/** What the shop, or something in its place, answered. */
export interface Answer {
  kind: 'answer';
  statusCode: number;
  /** At most 64 KiB of the body; untrusted. */
  content: string;
  /** `x-amzn-errortype`, without what may follow a colon. */
  errorType?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
}

/** There was no answer. */
export interface Failure {
  kind: 'failure';
  /** `lost`: the message may have arrived before the connection broke or time ran out. */
  reason:
    | 'unresolved'
    | 'unreachable'
    | 'untrusted'
    | 'certificate_wanted'
    | 'tls_failed'
    | 'lost'
    | 'sealed_for_another';
  /** The system's own code, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
  detail: string;
  /** The system's own error; it holds nothing of the message. */
  cause: unknown;
}

export type PostResult = Answer | Failure;

/**
 * `rejected`: the shop refuses these bytes for good. `held`: no message will pass until somebody acts.
 * `retry`: it was not taken. `unknown`: the shop may have it; the same bytes must be posted again.
 */
export interface Refusal {
  status: 'rejected' | 'held' | 'retry' | 'unknown';
  code: DeliveryErrorCode;
  message: string;
  hint: string;
  retryAfterMs?: number | undefined;
}

export type Outcome = { status: 'accepted' } | Refusal;

export interface PostContext {
  url: string;
  protocol: Protocol;
  /** Bytes that were posted. */
  size: number;
}

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

/** 403 says why only in a header; 404 and 405 are what gateways are sometimes set to say instead. */
function judgeRefused({ statusCode, errorType }: Answer, { url, protocol }: PostContext): Refusal {
  const held = (code: DeliveryErrorCode, message: string, hint: string): Refusal => ({
    status: 'held',
    code,
    message: `${message} (${statusCode}${errorType ? ` ${errorType}` : ''}).`,
    hint,
  });
  if (errorType === 'MissingAuthenticationTokenException' || statusCode !== 403) {
    return protocol === 2
      ? held(
          'protocol_not_supported',
          `The shop takes no version 2 messages at ${url}`,
          'If its back end is still the old one, set protocol to 1 (--protocol 1); else check the URL.',
        )
      : held(
          'no_such_route',
          `There is no shop at ${url}: wrong path, wrong method or no mapping`,
          'Check the URL; a stage name such as /prod does not belong in it.',
        );
  }
  if (errorType === 'AccessDeniedException') {
    return held(
      'access_denied',
      'A policy does not let this till send to the shop',
      'Have execute-api:Invoke allowed for it.',
    );
  }
  if (errorType !== undefined && CREDENTIAL_ERRORS.has(errorType)) {
    return held(
      'credentials_refused',
      "The shop did not accept this till's signature",
      "Check the till's clock and its AWS credentials.",
    );
  }
  return held(
    'forbidden',
    'The gateway forbids it: no mapping for this name, or an API key, a client certificate or a firewall rule is in the way',
    'Check the host name in the URL first, then what the gateway demands.',
  );
}

const CREDENTIAL_ERRORS = new Set([
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenIdException',
  'InvalidSignatureException',
  'RequestExpiredException',
  'SignatureDoesNotMatchException',
  'UnrecognizedClientException',
]);

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

function judgeFailure({ reason, detail }: Failure, { url }: PostContext): Refusal {
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
    case 'certificate_wanted':
      return {
        status: 'held',
        code: 'unauthorized',
        message: `${host} wants a client certificate (${detail}); nothing was sent.`,
        hint: 'This shop demands mutual TLS, which this till is not set up for.',
      };
    case 'lost':
      return {
        status: 'unknown',
        code: 'answer_lost',
        message: `The answer of ${host} was lost (${detail}): the shop may have the sale.`,
        hint: SAME_AGAIN,
      };
    case 'unresolved':
      return notReached(
        `The name ${hostname} could not be resolved (${detail}).`,
        'Check the name, the network and its DNS.',
      );
    case 'tls_failed':
      return notReached(
        `No secure connection to ${host} came about (${detail}).`,
        'Check that the port speaks TLS, and what stands between the till and the shop.',
      );
    case 'unreachable':
      return notReached(
        `${host} could not be reached (${detail}).`,
        'Check the network; the sale was not sent.',
      );
  }
}

function notReached(message: string, hint: string): Refusal {
  return { status: 'retry', code: 'not_reached', message, hint };
}
