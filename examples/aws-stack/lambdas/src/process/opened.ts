import { createHash } from 'node:crypto';
import { type OpenedSale, saleSchema } from '@amis-shop/shop-client/receiver';

/** A sale as `decrypt` passes it on. */
export type OpenedMessage = Pick<
  OpenedSale,
  'version' | 'shopId' | 'saleId' | 'sale' | 'tillId' | 'seq' | 'signedBy'
>;

/** @throws {TypeError} for what `decrypt` never sends, which therefore ends among the dead letters */
export function readOpened(body: string): OpenedMessage {
  const value = JSON.parse(body) as Partial<OpenedMessage>;
  const { version, shopId, saleId, sale } = value;
  const sound =
    (version === 1 || version === 2) &&
    typeof shopId === 'string' &&
    typeof saleId === 'string' &&
    'value' in saleSchema['~standard'].validate(sale);
  if (!sound) throw new TypeError('not an opened sale');
  return value as OpenedMessage;
}

/** What tells a duplicate from another sale under its id: SHA-256, in hexadecimal, of what is booked. */
export const contentOf = ({ sale }: OpenedMessage): string => {
  const lines = sale.sales.map(({ item_no, gross_number, gross_turnover }) => [
    item_no,
    gross_number,
    gross_turnover,
  ]);
  return createHash('sha256').update(JSON.stringify(lines)).digest('hex');
};

/** The same as markers had it that did not name their till: also of who sent the sale. */
export const digestOf = ({ sale, tillId, seq }: OpenedMessage): string =>
  createHash('sha256').update(JSON.stringify({ tillId, seq, sale })).digest('hex');
