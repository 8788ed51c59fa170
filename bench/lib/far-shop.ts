/**
 * A program: a shop that says "OK" over TLS and a KMS that encrypts, both so many milliseconds of round trip away.
 * `node far-shop.ts MS` prints its addresses on one line of JSON and runs until it is killed.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createAuthority, issueCertificate } from '../../packages/sandbox/src/certificates.ts';
import { publicKey } from './shop.ts';

export interface FarShop {
  url: string;
  kmsEndpoint: string;
  /** PEM of the throwaway authority. */
  ca: string;
}

/** Round trips before the first request (RFC 8446: TLS 1.3 takes one). */
const TCP = 1;
const TLS = 1;
const roundTripMs = Number(process.argv[2] ?? 0);
const authority = createAuthority();
const certificate = issueCertificate(authority, { names: ['localhost'] });
const shopPort = await listening(createTlsServer(certificate, answering(TCP + TLS, sayOk)));
const kmsPort = await listening(createServer(answering(TCP, encrypt)));
const addresses: FarShop = {
  url: `https://localhost:${shopPort}/shop`,
  kmsEndpoint: `http://localhost:${kmsPort}`,
  ca: authority.cert,
};
process.stdout.write(`${JSON.stringify(addresses)}\n`);

/** The first answer on a connection is later by the handshakes' round trips. */
function answering(
  handshakes: number,
  answer: (body: string, response: ServerResponse) => void,
): RequestListener {
  const known = new WeakSet<Socket>();
  return (request: IncomingMessage, response) => {
    const { socket } = request;
    const roundTrips = known.has(socket) ? 1 : 1 + handshakes;
    known.add(socket);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const body = Buffer.concat(chunks).toString();
      if (roundTripMs === 0) answer(body, response);
      else setTimeout(() => answer(body, response), roundTrips * roundTripMs);
    });
  };
}

function sayOk(_: string, response: ServerResponse): void {
  response.setHeader('content-type', 'application/json').end('"OK"');
}

/** AWS KMS API reference, Encrypt. */
function encrypt(body: string, response: ServerResponse): void {
  const { KeyId, Plaintext } = JSON.parse(body) as { KeyId: string; Plaintext: string };
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const CiphertextBlob = publicEncrypt(
    { key: publicKey, padding, oaepHash: 'sha256' },
    Buffer.from(Plaintext, 'base64'),
  ).toString('base64');
  response
    .setHeader('content-type', 'application/x-amz-json-1.1')
    .end(JSON.stringify({ CiphertextBlob, KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }));
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
