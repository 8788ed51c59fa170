import { DeliveryError, type ShopClient } from '@amis-shop/shop-client';

export interface Purchase {
  article: number;
  pieces: number;
  cents: number;
}

/** Finishes a purchase; what it returns is printed below the customer's receipt. */
export async function checkout(shop: ShopClient, purchases: readonly Purchase[]): Promise<string> {
  const sales = purchases.map(({ article, pieces, cents }) => ({
    item_no: String(article),
    gross_number: String(pieces),
    gross_turnover: `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
  }));
  try {
    const { saleId } = await shop.send({ sales });
    return `booked as ${saleId}`;
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return error.outcome === 'unknown' ? `perhaps booked as ${error.saleId}` : `not booked: ${error.code}`;
  }
}
