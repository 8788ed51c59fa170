import type { SealedMessage } from '../sealed.ts';
import type { Answer } from './post-result.ts';

type Posted = Pick<SealedMessage, 'protocol' | 'id'>;

/** Whether the shop had the message's number before, of another sale. It is believed of the number that was posted only. */
export function isSequenceConflict({ protocol }: Posted, seq: number, answer: Answer | undefined): boolean {
  return protocol === 2 && answer?.sequenceConflict === seq;
}

/** For the message's receipt: the shop had its id before, of another sale. It is believed of the id that was posted only. */
export function saleIdConflictIn({ protocol, id }: Posted, answer: Answer): OfReceipt {
  return protocol === 2 && answer.saleIdConflict === id ? { saleIdConflict: true } : {};
}

/** For the receipt of a sale, from those of its parts. */
export function ofAnyPart(parts: readonly OfReceipt[]): OfReceipt {
  return parts.some(({ saleIdConflict }) => saleIdConflict) ? { saleIdConflict: true } : {};
}

interface OfReceipt {
  saleIdConflict?: true;
}
