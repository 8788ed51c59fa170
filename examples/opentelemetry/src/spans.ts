import type { DiagnosticMessages } from '@amis-shop/shop-client';
import { ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { NAMES, operation } from './attributes.ts';
import { listen } from './listen.ts';

/** Of how many sales that are not settled yet the record span is remembered; a till may queue a hundred thousand. */
const MOST_REMEMBERED = 10_000;

/**
 * A span for each record(), within the caller's own, and one for each post, linked to the former: a sale may be posted hours
 * later, or by another process, so a post is no child of it.
 * @returns ends it
 */
export function traceSales(tracer: Tracer): () => void {
  const recorded = new Map<string, SpanContext>();
  const forget = ({ saleId }: { saleId: string }) => void recorded.delete(saleId);
  return listen({
    'amis-shop.recorded': (message) => {
      const { shopId, saleId, durationMs } = message;
      const endTime = Date.now();
      const span = tracer.startSpan(`record ${shopId}`, {
        kind: SpanKind.PRODUCER,
        startTime: endTime - durationMs,
        attributes: { ...operation('record', shopId), ...ofSale(message) },
      });
      span.end(endTime);
      const [oldest] = recorded.size < MOST_REMEMBERED ? [] : recorded.keys();
      if (oldest !== undefined) recorded.delete(oldest);
      recorded.set(saleId, span.spanContext());
    },
    'amis-shop.posted': (message) => {
      const { shopId, saleId, durationMs, outcome, code, statusCode, requestId, bytes } = message;
      const endTime = Date.now();
      const context = recorded.get(saleId);
      const span = tracer.startSpan(
        `post ${shopId}`,
        {
          kind: SpanKind.CLIENT,
          startTime: endTime - durationMs,
          links: context ? [{ context }] : [],
          attributes: {
            ...operation('post', shopId),
            ...ofSale(message),
            [NAMES.method]: 'POST',
            [NAMES.messageSize]: bytes,
            ...(statusCode !== undefined && { [NAMES.statusCode]: statusCode }),
            ...(requestId !== undefined && { [NAMES.requestId]: requestId }),
            ...(code !== undefined && { [NAMES.errorType]: code }),
          },
        },
        ROOT_CONTEXT,
      );
      if (code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
      span.end(endTime);
    },
    'amis-shop.accepted': forget,
    'amis-shop.rejected': forget,
  });
}

function ofSale({ saleId, seq, protocol }: DiagnosticMessages['amis-shop.recorded' | 'amis-shop.posted']) {
  return { [NAMES.messageId]: saleId, [NAMES.seq]: seq, [NAMES.protocol]: protocol };
}
