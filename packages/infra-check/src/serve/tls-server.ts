import type { RequestListener, Server } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ClientAuth, TlsSettings } from './web-config.ts';
import type { WebFile } from './web-file.ts';

/** A server of HTTPS that takes the certificate as it stands in the file when a connection comes. */
export function tlsServer(web: WebFile, bounds: ServerOptions, listener: RequestListener): Server {
  const { tls, clientAuth } = web.current;
  const server = createServer(
    {
      ...bounds,
      ...tls,
      requestCert: clientAuth !== 'NoClientCert',
      rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
    },
    listener,
  );
  let inUse: TlsSettings | null = tls;
  // Before Node's own listener, which begins the handshake.
  server.prependListener('connection', () => {
    const { tls: now } = web.current;
    if (now === null || now === inUse) return;
    server.setSecureContext(now);
    inUse = now;
  });
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!isWelcome(socket, clientAuth)) socket.destroy();
  });
  return server;
}

function isWelcome(socket: TLSSocket, clientAuth: ClientAuth): boolean {
  if (clientAuth !== 'RequireAnyClientCert' && clientAuth !== 'VerifyClientCertIfGiven') return true;
  const isGiven = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  return clientAuth === 'RequireAnyClientCert' ? isGiven : !isGiven || socket.authorized;
}
