import type { Answer } from './post-result.ts';

/** What is kept of an answer beside the sale that it refused, so that whoever looks at it next day knows what was said. */
export interface KeptAnswer {
  statusCode: number;
  /** `x-amzn-errortype` */
  errorType?: string | undefined;
  /** API Gateway's `x-amzn-requestid`, by which the shop finds the request in its logs. */
  requestId?: string | undefined;
  /** The beginning of the body, at most 2 KiB; untrusted: escape it before it is shown. */
  content: string;
  /** Whether the body went on. */
  truncated?: boolean | undefined;
}

/** A back end that says what it did not like says it in fewer bytes. */
const LONGEST_CONTENT_BYTES = 2_048;
/** Of a sale that is posted again: many may wait, and each is written again at each attempt. */
const SHORT_CONTENT_BYTES = 256;

/** @param final whether the sale is not posted again by itself */
export function keptAnswer(
  { statusCode, errorType, requestId, content }: Answer,
  { final }: { final: boolean },
): KeptAnswer {
  const kept = firstBytes(content, final ? LONGEST_CONTENT_BYTES : SHORT_CONTENT_BYTES);
  return {
    statusCode,
    ...(errorType !== undefined && { errorType }),
    ...(requestId !== undefined && { requestId }),
    content: kept,
    ...(kept.length < content.length && { truncated: true }),
  };
}

/** Whole characters only. */
function firstBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text.slice(0, limit));
  if (bytes.length <= limit) return text.slice(0, limit).toWellFormed();
  let end = limit;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}
