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
  settings?: Settings | undefined;
  signal?: AbortSignal | undefined;
  /** How many sales went out before this one. */
  sentBefore?: number;
}

export function explain(error: unknown, circumstances: Circumstances = {}): Failure {
  const trace = [...traceOf(error)];
  if (error instanceof DeliveryError) return { ...deliveryFailure(error, circumstances.settings), trace };
  const { code, message, hint, retryable } = plainly(error, circumstances);
  return {
    status: 'failed',
    facts: {},
    error: { code, message, retryable, hint: hint + ofUnusedProxy(code, circumstances.settings) },
    exitCode: exitCodeOf(code),
    concernsAll: true,
    trace,
  };
}

function plainly(error: unknown, { settings, signal, sentBefore = 0 }: Circumstances): Failure['error'] {
  if (error instanceof InvalidOptionError) return optionFailure(error, settings?.labels);
  if (error instanceof ShopError && error.code !== 'aborted') {
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
      ...(sentBefore === 0
        ? { message: 'Interrupted: nothing was sent.', hint: 'Run the same command again.' }
        : {
            message: 'Interrupted: this sale was not sent.',
            hint: `Send only what is left: ${sentBefore} went out before it.`,
          }),
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
  publicKey: 'publicKey',
  sealWith: 'sealWith',
  pinnedKeys: 'pinnedKeys',
  reason: 'reason',
  protocol: 'protocol',
  tillId: 'tillId',
  deviceKey: 'deviceKey',
  ca: 'ca',
  connect: 'connect',
  'auth.cert': 'cert',
  'auth.key': 'key',
  'auth.passphrase': 'keyPassphraseFile',
  'auth.sigV4': 'sigv4',
  'auth.apiKey': 'apiKeyFile',
  saleId: 'saleId',
  maxItems: 'maxItems',
  file: 'outbox',
  concurrency: 'concurrency',
};

function optionFailure(
  { code, option, message, hint }: InvalidOptionError,
  labels: Settings['labels'] | undefined,
) {
  const label = (name: string): string => {
    const ours = OPTIONS_OF_LIBRARY[name];
    return ours ? (labels?.get(ours) ?? spelling(ours)) : name;
  };
  const problem = message
    .replace(`${option}: `, '')
    .replace('tillId', spelling('tillId'))
    .replace('auth.cert', spelling('cert'));
  return { code, message: `${label(option)} ${problem}.`, hint, retryable: false };
}

function deliveryFailure(error: DeliveryError, settings: Settings | undefined): Omit<Failure, 'trace'> {
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
    error: {
      code,
      message: sentenceOf(error) + whereTried(code, settings),
      retryable,
      hint: hintOf(error, settings) + ofUnusedProxy(code, settings),
    },
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

/** What the library says of the host is, with `--connect`, true of another address. */
export function whereTried(code: string, settings: Settings | undefined): string {
  const connect = settings?.values.connect;
  if (connect === undefined || settings?.values.sandbox || !UNANSWERED.has(code)) return '';
  return ` It was tried at ${connect}, as ${settings?.labels.get('connect')} says.`;
}

const UNANSWERED: ReadonlySet<string> = new Set(['not_reached', 'answer_lost', 'tls_untrusted']);

/** Where the way out leads through a proxy, Node has to be told. */
export function ofUnusedProxy(code: string, settings: Settings | undefined): string {
  const proxy = settings?.unusedProxy;
  if (proxy === undefined || settings?.values.sandbox || !NOT_REACHED.has(code)) return '';
  return ` ${proxy} is set and not used: set NODE_USE_ENV_PROXY=1 to go through it.`;
}

const NOT_REACHED: ReadonlySet<string> = new Set(['not_reached', 'key_unavailable']);

/** This command keeps no message, so what the library says of sending the same one again does not hold here. */
function hintOf(error: DeliveryError, settings: Settings | undefined): string {
  const { code, hint, outcome } = error;
  if (outcome !== 'unknown') {
    return code === 'aborted' || code === 'throttled' ? 'Send the sale again later.' : hint;
  }
  const before = code === 'not_our_shop' ? hint : causeOfReset(error, settings);
  return before ? `${before} ${repeatOf(error, settings)}` : repeatOf(error, settings);
}

/** A gateway with mutual TLS may end the connection without a word, and so does one that is not spoken to in TLS. */
function causeOfReset({ code, cause }: DeliveryError, settings: Settings | undefined): string {
  const isReset = (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET';
  if (code !== 'answer_lost' || !isReset) return '';
  if (settings?.values.url?.startsWith('http:')) return MAY_SPEAK_TLS;
  return settings?.values.cert === undefined ? WANTS_CERTIFICATE : '';
}

const WANTS_CERTIFICATE =
  'Where it happens each time, the shop may demand a client certificate (--cert FILE --key FILE).';
const MAY_SPEAK_TLS =
  'Where it happens each time, the port may speak TLS: then the URL begins with https://.';

/** A sale id goes with one request only. */
function repeatOf({ saleId, sealed }: DeliveryError, settings: Settings | undefined): string {
  const requests = settings?.labels.get('requests');
  if (sealed.protocol === 1) {
    return `Look in the shop's books before you send the sale ${saleId} again: a new run cannot be told from a new sale.`;
  }
  if (settings?.values.many) {
    return `Send this line again with --protocol 2 and "id": "${saleId}" beside "sales": the shop counts the sale once.`;
  }
  const alone = requests ? ` in place of ${requests}` : '';
  return `Repeat the same command with --protocol 2 --sale-id ${saleId}${alone}: the shop counts the sale once.`;
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
