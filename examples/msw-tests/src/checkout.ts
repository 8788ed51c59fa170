import { DeliveryError, type Sale, type ShopClient } from '@amis-shop/shop-client';

export interface Purchase {
  article: number;
  pieces: number;
  cents: number;
}

/** What was bought, as the shop wants it: decimal strings, computed in whole cents. */
export function toSale(purchases: readonly Purchase[]): Sale {
  return {
    sales: purchases.map(({ article, pieces, cents }) => ({
      item_no: String(article),
      gross_number: String(pieces),
      gross_turnover: money(cents),
    })),
  };
}

function money(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Finishes a purchase; what it returns is printed below the customer's receipt. */
export async function checkout(shop: ShopClient, purchases: readonly Purchase[]): Promise<string> {
  try {
    const { saleId } = await shop.send(toSale(purchases));
    return `booked as ${saleId}`;
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return error.outcome === 'unknown' ? `perhaps booked as ${error.saleId}` : `not booked: ${error.code}`;
  }
}
