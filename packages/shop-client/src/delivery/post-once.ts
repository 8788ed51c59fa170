import { audienceOf } from '../core/message.ts';
import type { PostResult } from '../core/outcome.ts';
import { faultDetail } from '../core/program-fault.ts';
import type { Transport } from '../ports.ts';
import type { SealedMessage } from '../sealed.ts';

interface Way {
  transport: Transport;
  url: string;
  /** Cuts the post off. */
  signal: AbortSignal;
}

/** Never throws: a post that was cut off, or that failed in a way nobody thought of, may have arrived. */
export async function postOnce(message: SealedMessage, { transport, url, signal }: Way): Promise<PostResult> {
  const audience = audienceOf(message);
  if (audience !== undefined && audience !== new URL(url).origin) {
    return { kind: 'failure', reason: 'sealed_for_another', detail: audience, cause: undefined };
  }
  try {
    return await transport.post(message, { signal });
  } catch (cause) {
    return { kind: 'failure', reason: 'lost', detail: signal.aborted ? 'closed' : faultDetail(cause), cause };
  }
}
