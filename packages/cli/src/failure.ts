import { DeliveryError, InvalidOptionError, ShopError, type ShopErrorCode } from '@amis-shop/shop-client';
import { CliError, type CliErrorCode } from './cli-error.ts';
import type { Settings } from './config.ts';
import { type ExitCode, exitCodeOf } from './exit-codes.ts';
import { type OptionName, spelling } from './options.ts';
import { cut } from './printable.ts';

/** A failure as it is told, to people and to programs. */
export interface Failure {
  status: 'rejected' | 'unknown' | 'failed';
  /** What is known of the sale, under the names of the receipt in snake case. */
  facts: Readonly<Record<string, unknown>>;
  error: { code: ShopErrorCode | CliErrorCode; message: string; retryable: boolean; hint: string };
  exitCode: ExitCode;
  /** Whether no further sale would fare better. */
  concernsAll: boolean;
  /** Stack and causes, line by line. */
  trace: string[];
}

export interface Circumstances {
  labels?: Settings['labels'] | undefined;
  signal?: AbortSignal | undefined;
}

export function explain(error: unknown, { labels, signal }: Circumstances = {}): Failure {
  const trace = [...traceOf(error)];
  if (error instanceof DeliveryError) return { ...deliveryFailure(error), trace };
  const { code, message, hint, retryable } = plainly(error, labels, signal);
  return {
    status: 'failed',
    facts: {},
    error: { code, message, retryable, hint },
    exitCode: exitCodeOf(code),
    concernsAll: true,
    trace,
  };
}

function plainly(
  error: unknown,
  labels: Circumstances['labels'],
  signal: AbortSignal | undefined,
): Failure['error'] {
  if (error instanceof InvalidOptionError) return optionFailure(error, labels);
  if (error instanceof ShopError) {
    const { code, message, hint, retryable } = error;
    return { code, message, hint, retryable };
  }
  if (error instanceof CliError) {
    const { code, message, hint } = error;
    return { code, message, hint, retryable: false };
  }
  if (signal?.aborted) {
    return {
      code: 'aborted',
      message: 'Interrupted: nothing was sent.',
      hint: 'Send the sale again.',
      retryable: true,
    };
  }
  return {
    code: 'internal',
    message: `Something went wrong that should not have: ${error instanceof Error ? error.message : String(error)}.`,
    hint: 'Run it again with --verbose and report what it says.',
    retryable: false,
  };
}

/** The library speaks of its own options; here they have other names. */
const OPTIONS_OF_LIBRARY: Readonly<Record<string, OptionName>> = {
  shopId: 'shopId',
  url: 'url',
  keyAliasPrefix: 'keyPrefix',
  keyAlias: 'keyAlias',
  sealWith: 'sealWith',
  pinnedKeys: 'pinnedKeys',
  protocol: 'protocol',
  tillId: 'tillId',
  deviceKey: 'deviceKey',
  ca: 'ca',
  connect: 'connect',
  saleId: 'saleId',
};

function optionFailure({ code, option, message, hint }: InvalidOptionError, labels: Circumstances['labels']) {
  const label = (name: string): string => {
    const ours = OPTIONS_OF_LIBRARY[name];
    return ours ? (labels?.get(ours) ?? spelling(ours)) : name;
  };
  const problem = message.replace(`${option}: `, '').replace('tillId', spelling('tillId'));
  return { code, message: `${label(option)} ${problem}.`, hint, retryable: false };
}

function deliveryFailure(error: DeliveryError): Omit<Failure, 'trace'> {
  const { code, outcome, saleId, statusCode, content, requestId, attempts, retryable } = error;
  return {
    status: outcome === 'rejected' || outcome === 'unknown' ? outcome : 'failed',
    facts: {
      sale_id: saleId,
      kid: error.sealed.kid,
      protocol: error.sealed.protocol,
      status_code: statusCode,
      content: content === undefined ? undefined : cut(content),
      request_id: requestId,
      attempts,
    },
    error: { code, message: sentenceOf(error), retryable, hint: hintOf(error) },
    exitCode: exitCodeOf(code, outcome),
    concernsAll: outcome === 'held' || code === 'aborted',
  };
}

function sentenceOf({ code, message, outcome, saleId }: DeliveryError): string {
  if (code !== 'aborted') return message;
  return outcome === 'unknown'
    ? `Interrupted: the shop may have the sale ${saleId}.`
    : 'Interrupted: nothing was sent, or none of it arrived.';
}

/** This command keeps no message, so what the library says of sending the same one again does not hold here. */
function hintOf({ code, hint, outcome, saleId, sealed }: DeliveryError): string {
  if (outcome === 'unknown') {
    return sealed.protocol === 2
      ? `Send it again with --protocol 2 --sale-id ${saleId}: the shop books it once.`
      : "Look in the shop's books before you send it again: sealed anew it would be booked again.";
  }
  return code === 'aborted' || code === 'throttled' ? 'Send the sale again later.' : hint;
}

/**
 * The stack and the causes. Properties are left out, and all but the first line of a message: got's errors carry the
 * request, and AWS repeats signed headers in its messages.
 */
function* traceOf(error: unknown): Generator<string> {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < 8; depth += 1) {
    const [first = ''] = cause.message.split('\n');
    yield `${depth === 0 ? '' : 'caused by '}${cause.name}: ${first}`;
    yield* (cause.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
    cause = cause.cause;
  }
}
