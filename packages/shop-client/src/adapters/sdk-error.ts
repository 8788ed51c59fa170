import type { KmsFailure } from '../core/kms-explanations.ts';
import { SettingError } from './aws-settings.ts';

interface SdkError {
  name: string;
  code: string;
  message: string;
  $metadata: { httpStatusCode?: number; requestId?: string };
  $response: { headers?: Record<string, string> };
}

/** The SDK's errors carry what AWS answered in `$metadata` and `$response`; others never left this machine. */
export function describeSdkError(error: unknown): KmsFailure {
  const { name, code, message, $metadata, $response } = (error ?? {}) as Partial<SdkError>;
  const { httpStatusCode: statusCode } = $metadata ?? {};
  const date = Date.parse($response?.headers?.['date'] ?? '');
  return {
    name: (statusCode === undefined ? (code ?? name) : name) ?? 'UnknownError',
    statusCode,
    clockOffsetMs: Number.isNaN(date) ? undefined : Date.now() - date,
    ...(error instanceof SettingError && { setting: error.setting }),
    ...(message && name !== 'SyntaxError' && { detail: firstLine(message).slice(0, LONGEST_DETAIL) }),
    cause: new SdkFailure(name, message, $metadata),
  };
}

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
    { httpStatusCode, requestId }: Partial<SdkError['$metadata']> = {},
  ) {
    super(firstLine(message));
    this.name = name;
    this.statusCode = httpStatusCode;
    this.requestId = requestId;
  }
}
