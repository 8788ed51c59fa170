import {
  BMP_STRING,
  boolean,
  commonName,
  element,
  extension,
  oid,
  PRINTABLE_STRING,
  sequence,
} from './der.ts';
import { daysFromNow, type Request } from './pki.ts';
import type { Dice } from './random.ts';

/** What may be unusual, or wrong, about one certificate of a world, by the name that a failed test shows. */
export type Changes = Readonly<Record<string, (dice: Dice, request: Request) => Request>>;

const expired = { notBefore: daysFromNow(-900), notAfter: daysFromNow(-1) };
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const usages = (...ids: readonly string[]) => sequence(...ids.map(oid));
const garbage = Buffer.from([0x30, 0x7f, 0x01]);

const dns = (name: string) => element(0x82, Buffer.from(name, 'latin1'));
const address = (...bytes: readonly number[]) => element(0x87, Buffer.from(bytes));
const subtrees = (tag: number, ...bases: readonly Buffer[]) =>
  element(tag, ...bases.map((base) => sequence(base)));
export const nameConstraints = (permitted: readonly Buffer[], excluded: readonly Buffer[] = []): Buffer =>
  extension(
    '2.5.29.30',
    sequence(
      ...(permitted.length > 0 ? [subtrees(0xa0, ...permitted)] : []),
      ...(excluded.length > 0 ? [subtrees(0xa1, ...excluded)] : []),
    ),
    true,
  );

const withExtra = (request: Request, ...extra: readonly Buffer[]): Request => ({
  ...request,
  extra: [...(request.extra ?? []), ...extra],
});

/** For any certificate. */
const ANY: Changes = {
  expired: (_, request) => ({ ...request, ...expired }),
  'not yet valid': (_, request) => ({ ...request, notBefore: daysFromNow(2) }),
  'valid beyond 2050': (_, request) => ({ ...request, notAfter: new Date('2061-01-01T00:00:00Z') }),
  'an end in UTCTime': (_, request) => ({
    ...request,
    notAfterBytes: element(0x17, Buffer.from('490101000000Z')),
  }),
  'an end in another time zone': (_, request) => ({
    ...request,
    notAfterBytes: element(0x17, Buffer.from('490101000000+0100')),
  }),
  'SHA-384': (_, request) => ({ ...request, hash: 'sha384' }),
  'SHA-1': (_, request) => ({ ...request, hash: 'sha1' }),
  forged: (_, request) => ({ ...request, isForged: true }),
  'no authority key id': (_, request) => ({ ...request, authorityKeyId: null }),
  'a wrong authority key id': (_, request) => ({ ...request, authorityKeyId: Buffer.alloc(20, 7) }),
  'an unknown critical extension': (_, request) =>
    withExtra(request, extension('1.2.3.4.5', boolean(true), true)),
  'an unknown extension': (_, request) => withExtra(request, extension('1.2.3.4.5', boolean(true))),
  'critical policies': (_, request) =>
    withExtra(request, extension('2.5.29.32', sequence(sequence(oid('2.23.140.1.2.1'))), true)),
  'garbage for constraints of names': (_, request) =>
    withExtra(request, extension('2.5.29.30', garbage, true)),
  'key usage twice': (_, request) =>
    withExtra(request, extension('2.5.29.15', Buffer.from([3, 2, 0, 0x86]), true)),
  'version 1': (_, request) => ({ ...request, isFirstVersion: true }),
};

export const AUTHORITY_CHANGES: Changes = {
  ...ANY,
  'CA:FALSE': (_, request) => ({ ...request, basicConstraints: { isCa: false } }),
  'no basic constraints': (_, request) => ({ ...request, basicConstraints: null }),
  'no constraints and no key usage': (_, request) => ({ ...request, basicConstraints: null, keyUsage: null }),
  'no keyCertSign': (_, request) => ({ ...request, keyUsage: 0x80 }),
  'no key usage': (_, request) => ({ ...request, keyUsage: null }),
  'a length of the path': (dice, request) => ({
    ...request,
    basicConstraints: { isCa: true, pathLength: dice.below(2) },
  }),
  'serverAuth for an authority': (_, request) => ({ ...request, extendedUsage: usages(SERVER_AUTH) }),
  'clientAuth for an authority': (_, request) => ({ ...request, extendedUsage: usages(CLIENT_AUTH) }),
  'any usage for an authority': (_, request) => ({ ...request, extendedUsage: usages('2.5.29.37.0') }),
  'permitted names': (dice, request) =>
    withExtra(
      request,
      nameConstraints([
        dns(dice.pick(['shop.test', '.shop.test', 'other.test', 'api.shop.test', 'SHOP.test', ''])),
      ]),
    ),
  'excluded names': (dice, request) =>
    withExtra(request, nameConstraints([], [dns(dice.pick(['shop.test', 'other.test', 'pi.shop.test']))])),
  'permitted addresses': (_, request) =>
    withExtra(request, nameConstraints([address(10, 0, 0, 0, 255, 0, 0, 0)])),
  'permitted subjects': (dice, request) =>
    withExtra(request, nameConstraints([element(0xa4, commonName(dice.pick(['api.shop.test', 'Other'])))])),
  'a name in another string type': (dice, request) => ({
    ...request,
    name: commonName(request.subject ?? '', dice.pick([PRINTABLE_STRING, BMP_STRING])),
  }),
  'the name of the issuer in capitals': (_, request) => ({ ...request, issuerName: SHOUTED }),
};

/** Taken as the sign to write the issuer's name anew, which is known only when it is issued. */
export const SHOUTED = Buffer.from('shouted');

export const LEAF_CHANGES: Changes = {
  ...ANY,
  'no extended usage': (_, request) => ({ ...request, usage: null }),
  clientAuth: (_, request) => ({ ...request, usage: CLIENT_AUTH }),
  'any usage': (_, request) => ({ ...request, usage: '2.5.29.37.0' }),
  'any usage and serverAuth': (_, request) => ({
    ...request,
    extendedUsage: usages('2.5.29.37.0', SERVER_AUTH),
  }),
  'server gated crypto': (_, request) => ({ ...request, usage: '1.3.6.1.4.1.311.10.3.3' }),
  'garbage for the extended usage': (_, request) => ({ ...request, extendedUsage: garbage }),
  'garbage for the names': (_, request) => ({ ...request, alternative: garbage }),
  'names with bytes behind them': (_, request) => ({
    ...request,
    alternative: Buffer.concat([sequence(dns('api.shop.test')), Buffer.from([0, 0])]),
  }),
  'names twice': (_, request) => withExtra(request, extension('2.5.29.17', sequence(dns('api.shop.test')))),
  'key usage of signatures': (_, request) => ({ ...request, keyUsage: 0x80 }),
  'key usage of certificates only': (_, request) => ({ ...request, keyUsage: 0x04 }),
  'an empty key usage': (_, request) => ({ ...request, keyUsage: 0 }),
  'CA:TRUE': (_, request) => ({ ...request, basicConstraints: { isCa: true } }),
  'CA:TRUE without keyCertSign': (_, request) => ({
    ...request,
    basicConstraints: { isCa: true },
    keyUsage: 0x80,
  }),
  'another name': (_, request) => ({ ...request, names: ['api.other.test'] }),
  'a wildcard': (dice, request) => ({
    ...request,
    names: [
      dice.pick(['*.shop.test', '*.SHOP.test', 'a*.shop.test', '*i.shop.test', '*.test', '*.api.shop.test']),
    ],
  }),
  'a name in the subject only': (dice, request) => ({
    ...request,
    names: [],
    subject: dice.pick(['api.shop.test', '*.shop.test', 'other']),
  }),
  'a name with a dot at its end': (_, request) => ({ ...request, names: ['api.shop.test.'] }),
  'an empty name': (_, request) => ({ ...request, names: ['', 'api.shop.test'] }),
  'two names': (_, request) => ({ ...request, names: ['b.shop.test', 'api.shop.test'] }),
  'an empty subject': (_, request) => ({ ...request, name: sequence() }),
};
