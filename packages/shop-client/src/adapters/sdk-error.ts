import { isNativeError } from 'node:util/types';
import type { KmsFailure } from '../core/kms-explanations.ts';
import { SettingError } from './aws-settings.ts';

/** What a client of the caller's own rejects with may be anything; each field is looked at before it counts. */
type SdkError = Partial<Record<'name' | 'code' | 'message' | '$metadata' | '$response', unknown>>;

/** The SDK's errors carry what AWS answered in `$metadata` and `$response`; others never left this machine. Never throws. */
export function describeSdkError(error: unknown): KmsFailure {
  try {
    const failure = describe((error ?? {}) as SdkError);
    if (error instanceof SettingError) return { ...failure, setting: error.setting };
    return isNativeError(error) || error instanceof Error || failure.statusCode !== undefined
      ? failure
      : noError(error, failure.detail);
  } catch {
    // A property of it that cannot be read.
    return noError(error);
  }
}

function describe({ name, code, message, $metadata, $response }: SdkError): KmsFailure {
  const { httpStatusCode, requestId } = record($metadata);
  const statusCode = typeof httpStatusCode === 'number' ? httpStatusCode : undefined;
  const date = Date.parse(text(record(record($response)['headers'])['date']) ?? '');
  const [ownName, ownCode, ownMessage] = [text(name), text(code), text(message)];
  return {
    name: (statusCode === undefined ? (ownCode ?? ownName) : ownName) ?? 'UnknownError',
    statusCode,
    clockOffsetMs: Number.isNaN(date) ? undefined : Date.now() - date,
    ...(ownMessage &&
      ownName !== 'SyntaxError' && { detail: firstLine(ownMessage).slice(0, LONGEST_DETAIL) }),
    cause: new SdkFailure(ownName, ownMessage, { statusCode, requestId: text(requestId) }),
  };
}

/** By its name alone it could be taken for trouble on the network, and be waited for in vain. */
function noError(error: unknown, detail?: string): KmsFailure {
  const what =
    typeof error === 'string'
      ? JSON.stringify(firstLine(error).slice(0, LONGEST_DETAIL))
      : (WITHOUT_ARTICLE.get(error) ?? `${typeof error === 'object' ? 'an' : 'a'} ${typeof error}`);
  const message = `it rejected with ${what}${detail ? ` (${detail})` : ''}, not with an Error`;
  return { name: 'Error', detail: message, cause: new SdkFailure('Error', message) };
}

const WITHOUT_ARTICLE = new Map<unknown, string>([
  [undefined, 'undefined'],
  [null, 'null'],
]);

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** One of JSON.parse may quote what it read, such as credentials. */
const LONGEST_DETAIL = 300;

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * The SDK's own error holds the request with its signature, and AWS repeats signed headers, a session token among
 * them, on the further lines of some messages: this keeps what a log may show.
 */
class SdkFailure extends Error {
  readonly statusCode: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    name = 'Error',
    message = '',
    { statusCode, requestId }: { statusCode?: number | undefined; requestId?: string | undefined } = {},
  ) {
    super(firstLine(message));
    this.name = name;
    this.statusCode = statusCode;
    this.requestId = requestId;
  }
}
