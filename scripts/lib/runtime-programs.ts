/** What runs in each runtime, and beside it; plain JavaScript, outside of this workspace. */

const SALE = "{ sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] }";

/** Records two sales with no network, opens the outbox anew, delivers them, and proves it. Arguments: folder, url, till. */
const TILL = `
const [folder, url, tillId] = process.argv.slice(-3);
const options = { shopId: 'AMIS1', tillId, url, file: folder + '/outbox.db', publicKey: readFileSync(folder + '/shop.pem'), protocol: 2 };
async function main() {
  const offline = await Till.open({ ...options, deliver: false });
  await offline.record(${SALE});
  await offline.record(${SALE});
  await offline.close();
  const till = await Till.open(options);
  await till.flush();
  const { ok } = await till.verify();
  const { recorded, accepted } = till.status();
  await till.close();
  console.log(recorded + ' recorded, ' + accepted + ' accepted, verified ' + ok);
}
main().catch((error) => { console.error(error.code, error.message, error.hint); process.exitCode = 1; });
`;

export const TILL_OUTPUT = '2 recorded, 2 accepted, verified true';

const TILL_JS = `import { readFileSync } from 'node:fs';\nimport { Till } from '@amis-shop/shop-client';\n${TILL}`;
const TILL_CJS = `const { readFileSync } = require('node:fs');\nconst { Till } = require('@amis-shop/shop-client');\n${TILL}`;

const WORKER_JS = `
import { Worker } from 'node:worker_threads';
const worker = new Worker(new URL('till.js', import.meta.url), { argv: process.argv.slice(-3) });
worker.on('error', (error) => { console.error(error); process.exitCode = 1; });
`;

/** The shop on loopback: it opens each message and counts the sales of each till. Prints its address; GET tells the counts. */
const SHOP_JS = `
import { constants, createPublicKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Receiver, thumbprint } from '@amis-shop/shop-client/receiver';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const unwrap = async (_, key) => privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, key);
const receiver = new Receiver({ shops: { AMIS1: { keys: [{ kid: thumbprint(publicKey), keyId: 'key' }] } }, unwrap });
const booked = {};
const server = createServer(async (request, response) => {
  if (request.method === 'GET') return response.end(JSON.stringify(booked));
  let body = '';
  for await (const chunk of request) body += chunk;
  const { tillId, saleId } = await receiver.open(body);
  booked[tillId] = [...new Set([...(booked[tillId] ?? []), saleId])];
  response.setHeader('content-type', 'application/json').end('"OK"');
});
writeFileSync(process.argv[2], publicKey.export({ format: 'pem', type: 'spki' }));
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port + '/shop'));
`;

/** Asks a KMS that is not there: what fails must be the network, and not the program. */
const KMS_JS = `
import { ShopClient } from '@amis-shop/shop-client';
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const kms = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:9', credentials };
new ShopClient({ shopId: 'AMIS1', url: 'http://127.0.0.1:9/shop', keyCacheDir: false, kms })
  .publicKey()
  .catch(({ code }) => console.log(code));
`;

/** What each library says to a runtime that it cannot use. Argument: the library. */
const IMPORT_JS = `
const libraries = {
  '@amis-shop/shop-client': () => import('@amis-shop/shop-client'),
  '@amis-shop/shop-client/receiver': () => import('@amis-shop/shop-client/receiver'),
  '@amis-shop/infra-check': () => import('@amis-shop/infra-check'),
};
libraries[process.argv[2]]().then(() => console.log('imported'), ({ code, message }) => console.log(code, message));
`;

const WEBPACK_CJS = `
const webpack = require(process.argv[2]);
const output = { path: __dirname, filename: 'webpack.out.cjs' };
webpack({ target: 'node', mode: 'production', entry: './till.js', output }, (error, stats) => {
  if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'));
});
`;

const VITE_CONFIG = `export default {
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: { ssr: 'till.js', outDir: 'vite', emptyOutDir: false },
};
`;

export const PROGRAMS: Readonly<Record<string, string>> = {
  'till.js': TILL_JS,
  'till.cjs': TILL_CJS,
  'worker.js': WORKER_JS,
  'shop.js': SHOP_JS,
  'kms.js': KMS_JS,
  'import.js': IMPORT_JS,
  'webpack.cjs': WEBPACK_CJS,
  'vite.config.js': VITE_CONFIG,
  'sea-26.json': '{ "main": "sea-26.cjs", "output": "sea-26", "disableExperimentalSEAWarning": true }',
  'sea-24.json': '{ "main": "sea-24.cjs", "output": "sea-24.blob", "disableExperimentalSEAWarning": true }',
};
