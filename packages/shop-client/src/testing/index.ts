/** First of all: what follows would fail with something else. */
import '../runtime.ts';

export { MemoryOutbox } from '../adapters/memory-outbox.ts';
export {
  FAULTS,
  type Fault,
  type FaultRates,
  type FaultSource,
  noFaults,
  parseFaults,
  scriptedFaults,
  seededFaults,
} from './faults.ts';
export {
  type Accept,
  FakeGateway,
  type FakeGatewayOptions,
  type GatewayDrop,
  type GatewayRefusal,
  type GatewayRequest,
  MAX_BODY_BYTES,
  type Verdict,
} from './gateway.ts';
export type { GatewayAnswer } from './gateway-answers.ts';
export { type FakeShopSetup, fakeShop, kmsHandlers, shopHandlers } from './handlers.ts';
export { FakeKms, type FakeKmsKeys, type FakeKmsOptions, type KmsAnswer } from './kms.ts';
export type { KmsErrorName } from './kms-errors.ts';
export type { KmsKeySpec, PrivateKeyInput, RsaKeySpec } from './kms-keys.ts';
export type { KmsOperation } from './kms-operations.ts';
export { MAGIC_AMOUNTS } from './magic-amounts.ts';
export {
  FakeShop,
  type FakeShopOptions,
  type FakeShopSettings,
  type PoisonMessage,
  type SaleConflict,
} from './shop.ts';
export { failingTls, type TlsFailure } from './tls-failures.ts';
