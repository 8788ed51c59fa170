import { startSandbox } from '@amis-shop/sandbox';
import { type SealedMessage, ShopClient } from '@amis-shop/shop-client';
import { walkRoad } from './road.ts';

const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const LARGE_SALE = {
  sales: Array.from({ length: 12 }, (_, i) => ({
    item_no: `${98 + i}`,
    gross_number: '1',
    gross_turnover: '9.90',
  })),
};

const say = (text = '') => process.stdout.write(`${text}\n`);
const field = (name: string, value: unknown) => say(`   ${name.padEnd(15)} ${value}`);
const shorten = (text: string, length = 60) => (text.length > length ? `${text.slice(0, length)}...` : text);

say('1. The shop opens on this machine: KMS, name servers, gateway, back end and books.');
await using sandbox = await openSandbox();
field('address', `${sandbox.url} (at ${sandbox.connect}, TLS with a throwaway authority)`);
field('KMS', sandbox.kmsEndpoint);
say();

const shop = new ShopClient({
  shopId: 'AMIS1',
  url: sandbox.url,
  connect: sandbox.connect,
  ca: sandbox.ca,
  keyCacheDir: false,
  kms: {
    region: sandbox.region,
    endpoint: sandbox.kmsEndpoint,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  },
});

say('2. The till fetches the public key of alias/KeyL-AMIS1, once.');
const key = await shop.publicKey();
field('thumbprint', key.kid);
field('carries', `${key.capacity} bytes a message of version 1`);
say();

say('3. A customer buys five pieces of article 12345. The till seals the sale.');
field('sale', JSON.stringify(SALE));
const sealed = await shop.seal(SALE);
field('sale id', sealed.saleId);
field('message', shorten((sealed.messages[0] as SealedMessage).body));
say();

say(
  '4. It posts the message. The network loses the first acknowledgement; the till posts the same bytes again.',
);
loseOneAcknowledgement();
const receipt = await shop.post(sealed);
field('answer', `${receipt.statusCode} ${receipt.content}`);
field('posts', `${receipt.attempts}, in ${receipt.durationMs} ms`);
say();

say('5. A purchase of twelve articles does not fit version 1: it goes by version 2.');
const second = await shop.send(LARGE_SALE);
field('answer', `${second.statusCode} ${second.content}, protocol ${second.protocol}`);
say();

say("6. The shop's books.");
const { posts, booked, repeated, shops } = sandbox.books();
const items = shops.find(({ shop_id }) => shop_id === 'AMIS1')?.items ?? [];
field('posts', posts);
field('booked', `${booked}, each once; ${repeated} repeat recognised`);
const item = items.find((entry) => entry.item === 's-12345');
field(
  'article 12345',
  `${item?.gross_number} pieces, turnover ${item?.gross_turnover}, stock ${item?.stock}`,
);
say();

say('7. infra-check walks the road that both sales took: name, certificate, gateway.');
const open = await walkRoad(sandbox);
field('road', open.drawn);
say();

say('8. The certificate ends, and nobody has renewed it.');
await sandbox.break(['certificate-expired']);
const { drawn, broken } = await walkRoad(sandbox);
field('road', drawn);
field('broken at', `${broken?.check}: ${broken?.summary}`);
field('what to do', broken?.fix);
say();

const once = booked === 2 && repeated === 1 && item?.gross_number === '5' && item.gross_turnover === '60.00';
const isNamed = open.broken === undefined && broken?.check === 'certificate.expiry';
if (once && receipt.attempts === 2 && isNamed) {
  say('Both sales are in the books, each exactly once, and the broken link has a name.');
} else {
  say('This is not what should have happened.');
  process.exitCode = 1;
}

async function openSandbox() {
  const opened = await startSandbox({ dns: true });
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

function loseOneAcknowledgement(): void {
  const faults = ['lost-ack'];
  sandbox.setFaults({ next: () => faults.shift(), describe: () => 'the next acknowledgement is lost' });
}
