import { batch, posted } from '../test/support/events.ts';
import { layDown } from '../test/support/shop.ts';
import { startStandIn } from '../test/support/stand-in/index.ts';
import { SALE, sealed } from '../test/support/tills.ts';

/** What the functions are measured against, until it is killed: prints on one line their environment and a first event for each. */
const shop = await layDown(await startStandIn());
const [body = ''] = await sealed(SALE, { protocol: 2 }, 'sale-1');
const opened = JSON.stringify({ version: 2, shopId: 'AMIS1', saleId: 'sale-1', sale: SALE });
const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_KMS } = process.env;
const environment = { ...shop.environment, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_KMS };
const events = { accept: posted(body), decrypt: batch(body), process: batch(opened) };
process.stdout.write(`${JSON.stringify({ environment, events })}\n`);
