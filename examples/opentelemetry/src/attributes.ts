import type { Attributes } from '@opentelemetry/api';

/** Names of OpenTelemetry's semantic conventions (opentelemetry.io/docs/specs/semconv) where it has them; ours otherwise. */
export const NAMES = {
  system: 'messaging.system',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  messageId: 'messaging.message.id',
  messageSize: 'messaging.message.body.size',
  statusCode: 'http.response.status_code',
  method: 'http.request.method',
  errorType: 'error.type',
  seq: 'amis_shop.sale.seq',
  protocol: 'amis_shop.protocol',
  requestId: 'aws.request_id',
} as const;

/** What metrics and spans of one operation share: few values each, so that they may be labels. */
export function operation(name: 'record' | 'post', shopId: string): Attributes {
  return {
    [NAMES.system]: 'amis_shop',
    [NAMES.destination]: shopId,
    [NAMES.operation]: name,
    [NAMES.operationType]: name === 'record' ? 'create' : 'send',
  };
}
