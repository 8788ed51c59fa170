import type { Draft } from '../../src/entry.ts';
import type { NewOutbox } from '../../src/outbox.ts';

export const IDENTITY: NewOutbox = {
  shopId: 'AMIS1',
  url: 'https://api.retsema.eu/shop',
  tillId: 'till-07',
  createdAt: 1_795_000_000_000,
};

export const KID = 'k'.repeat(43);
export const NOW = 1_795_000_000_000;

export function draft(saleId: string, more: Partial<Draft> & { parts?: number } = {}): Draft {
  const { parts = 1, ...rest } = more;
  return {
    saleId,
    ownId: true,
    content: `{"of":"${saleId}"}`,
    protocol: 1,
    kid: KID,
    recordedAt: NOW,
    seal: (seq) =>
      Array.from({ length: parts }, (_, i) => ({
        id: parts === 1 ? saleId : `${saleId}.${i + 1}`,
        protocol: 1,
        body: `{"id":"${saleId}","seq":${seq},"part":${i + 1}}`,
      })),
    ...rest,
  };
}
