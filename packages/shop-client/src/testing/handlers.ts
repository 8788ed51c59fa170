import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type HttpHandler, HttpResponse, http } from 'msw';
import type { Sale } from '../core/sale.ts';
import type { FaultSource } from './faults.ts';
import { FakeGateway } from './gateway.ts';
import { FakeKms } from './kms.ts';
import type { PrivateKeyInput, RsaKeySpec } from './kms-keys.ts';
import { FakeShop, type FakeShopSettings } from './shop.ts';

const AWS_KMS = /^https:\/\/kms(-fips)?\.[a-z0-9-]+\.amazonaws\.com\/$/;

/** msw handlers for KMS: `https://kms.<any region>.amazonaws.com/`, and another endpoint where one is given. */
export function kmsHandlers(kms: FakeKms, { endpoint }: { endpoint?: string } = {}): HttpHandler[] {
  const urls = endpoint === undefined ? [AWS_KMS] : [AWS_KMS, new URL(endpoint).href];
  return urls.map((url) =>
    http.post(url, async ({ request }) => {
      const target = request.headers.get('x-amz-target') ?? undefined;
      const { body, ...init } = await kms.handle(target, await request.text());
      return new HttpResponse(body, init);
    }),
  );
}

/**
 * msw handlers for everything below the origin of `url`, the address that sales are posted to. A connection that ends
 * without an answer becomes a network error.
 */
export function shopHandlers<Payload>(
  shop: FakeGateway | FakeShop<Payload>,
  { url }: { url: string },
): HttpHandler[] {
  const { origin, pathname } = new URL(url);
  const gateway =
    shop instanceof FakeShop
      ? new FakeGateway({ accept: (body) => shop.accept(body), path: pathname })
      : shop;
  return [
    http.all(`${origin}/*`, async ({ request }) => {
      const asked = new URL(request.url);
      const answer = await gateway.answer({
        method: request.method,
        host: asked.host,
        path: asked.pathname,
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
      });
      if ('drop' in answer) return HttpResponse.error();
      const { body, ...init } = answer;
      return new HttpResponse(body, init);
    }),
  ];
}

export interface FakeShopSetup<Payload = Sale> extends FakeShopSettings {
  shopId: string;
  /** The address that sales are posted to, as the till is given it. */
  url: string;
  /** 'eu-west-1' by default. */
  region?: string;
  /** A KMS endpoint besides Amazon's own. */
  kmsEndpoint?: string;
  /** The spec of a key to generate ('RSA_2048' by default), or an RSA private key to take. */
  key?: RsaKeySpec | PrivateKeyInput;
  faults?: FaultSource;
  /** Milliseconds that the fault `delay` holds a post, 3000 by default. */
  slowMs?: number;
  /** true for the back end of 2020: no version 2, 200 to any rubbish, a repeat counted again. */
  oldBackEnd?: boolean;
  /** A Standard Schema of another payload than the shop's own sale, as the till has it. */
  schema?: StandardSchemaV1<unknown, Payload>;
}

/**
 * A whole shop for the tests of register software:
 *
 *     const { handlers, shop } = await fakeShop({ shopId: 'AMIS1', url: 'https://api.retsema.eu/shop' });
 *     const server = setupServer(...handlers);
 *
 * @throws {TypeError} with one sentence for an option that is unknown or missing
 */
export async function fakeShop<Payload = Sale>(
  setup: FakeShopSetup<Payload>,
): Promise<{ kms: FakeKms; shop: FakeShop<Payload>; gateway: FakeGateway; handlers: HttpHandler[] }> {
  checkSetup(setup);
  const {
    shopId,
    url,
    region = 'eu-west-1',
    kmsEndpoint,
    key = 'RSA_2048',
    faults,
    slowMs,
    oldBackEnd = false,
    schema,
    ...settings
  } = setup;
  const keyAlias = settings.keyAlias ?? `alias/KeyL-${shopId}`;
  const kms = await FakeKms.create({ region, keys: { [keyAlias]: key } });
  const shop = new FakeShop<Payload>({
    kms,
    oldBackEnd,
    shops: { [shopId]: { ...settings, keyAlias } },
    ...(schema && { schema }),
  });
  const gateway = new FakeGateway({
    accept: (body) => shop.accept(body),
    path: new URL(url).pathname,
    ...(faults && { faults }),
    ...(slowMs !== undefined && { slowMs }),
    v2: !oldBackEnd,
  });
  const kmsOptions = kmsEndpoint === undefined ? {} : { endpoint: kmsEndpoint };
  const handlers = [...kmsHandlers(kms, kmsOptions), ...shopHandlers(gateway, { url })];
  return { kms, shop, gateway, handlers };
}

const KNOWN = {
  shopId: true,
  url: true,
  region: true,
  kmsEndpoint: true,
  key: true,
  faults: true,
  slowMs: true,
  oldBackEnd: true,
  schema: true,
  keyAlias: true,
  devices: true,
  requireSignature: true,
} satisfies Record<keyof FakeShopSetup, true>;

/** A misspelt fault is none, and the test that counts on it proves nothing. */
function checkSetup(setup: FakeShopSetup<unknown>): void {
  if (typeof setup !== 'object' || setup === null) {
    throw new TypeError('fakeShop() needs an object with shopId and url.');
  }
  const unknown = Object.keys(setup).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown !== undefined) {
    throw new TypeError(
      `${unknown} is not an option of fakeShop(); known are ${Object.keys(KNOWN).join(', ')}.`,
    );
  }
  if (setup.schema !== undefined && typeof setup.schema?.['~standard']?.validate !== 'function') {
    throw new TypeError('The schema of fakeShop() must be a Standard Schema, such as one of zod or valibot.');
  }
  if (typeof setup.shopId !== 'string' || !URL.canParse(setup.url)) {
    throw new TypeError(
      'fakeShop() needs a shopId such as "AMIS1" and a url such as "https://api.retsema.eu/shop".',
    );
  }
}
