import * as der from './der.ts';

/** The extensions of RFC 5280, 4.2.1, that a certificate of ours has. */
const extension = (id: string, value: Buffer, critical = false): Buffer =>
  der.sequence(der.objectIdentifier(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));

const PURPOSES = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const;
const DIGITAL_SIGNATURE = der.bitString(Buffer.from([0b1000_0000]), 7);
const KEY_CERT_SIGN_AND_CRL_SIGN = der.bitString(Buffer.from([0b0000_0110]), 1);

/** @param below how many authorities may stand between it and a server */
export const authority = (below: number): Buffer =>
  extension('2.5.29.19', der.sequence(der.boolean(true), der.integer(Buffer.from([below]))), true);

export const endEntity = (): Buffer => extension('2.5.29.19', der.sequence(), true);

export const signsCertificates = (): Buffer => extension('2.5.29.15', KEY_CERT_SIGN_AND_CRL_SIGN, true);

export const signsHandshakes = (): Buffer => extension('2.5.29.15', DIGITAL_SIGNATURE, true);

export const purpose = (usage: keyof typeof PURPOSES): Buffer =>
  extension('2.5.29.37', der.sequence(der.objectIdentifier(PURPOSES[usage])));

export const dnsNames = (names: readonly string[]): Buffer =>
  extension('2.5.29.17', der.sequence(...names.map((name) => der.implicit(2, Buffer.from(name, 'ascii')))));

export const keyId = (id: Buffer): Buffer => extension('2.5.29.14', der.octetString(id));

export const issuerKeyId = (id: Buffer): Buffer => extension('2.5.29.35', der.sequence(der.implicit(0, id)));
