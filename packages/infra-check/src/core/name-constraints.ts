import { contentOf, type Element, readElement, readElements, SEQUENCE } from './der.ts';
import { relativeNames } from './distinguished-name.ts';

/** One GeneralName: what kind it is by its tag (RFC 5280, 4.2.1.6), and its bytes. */
export interface GeneralName {
  tag: number;
  content: Buffer;
}

/** RFC 5280, 4.2.1.10. */
export interface NameConstraints {
  permitted: GeneralName[];
  excluded: GeneralName[];
}

const EMAIL = 0x81;
export const DNS_NAME = 0x82;
const DIRECTORY_NAME = 0xa4;
const URI = 0x86;
export const IP_ADDRESS = 0x87;

const KINDS: Readonly<Record<number, string>> = {
  [EMAIL]: 'e-mail addresses',
  [DNS_NAME]: 'DNS names',
  [DIRECTORY_NAME]: 'subjects',
  [URI]: 'URIs',
  [IP_ADDRESS]: 'IP addresses',
};

/** @throws RangeError */
export function readNameConstraints(value: Buffer): NameConstraints {
  const lists = readElements(contentOf(readElement(value), SEQUENCE));
  const subtrees = (tag: number): GeneralName[] =>
    lists
      .filter((list) => list.tag === tag)
      .flatMap(({ content }) => readElements(content))
      .flatMap((subtree) => readElements(contentOf(subtree, SEQUENCE)).slice(0, 1));
  return { permitted: subtrees(0xa0), excluded: subtrees(0xa1) };
}

/** Beyond it nothing is compared here: what OpenSSL says is all that is known. */
const MOST_COMPARISONS = 20_000;

/** Why the constraints refuse one of these names, in words; undefined where they take all. */
export function refusalOf(
  { permitted, excluded }: NameConstraints,
  names: readonly GeneralName[],
): string | undefined {
  if (names.length * (permitted.length + excluded.length) > MOST_COMPARISONS) return;
  for (const name of names) {
    const ofKind = ({ tag }: GeneralName) => tag === name.tag;
    const allowed = permitted.filter(ofKind);
    const forbidden = excluded.filter(ofKind).find((base) => isWithin(name, base));
    if (forbidden) return `excludes ${textOf(forbidden)}, and the certificate names ${textOf(name)}`;
    if (allowed.length > 0 && !allowed.some((base) => isWithin(name, base)))
      return `permits of ${KINDS[name.tag] ?? 'these names'} only ${allowed.slice(0, 4).map(textOf).join(', ')}, and the certificate names ${textOf(name)}`;
  }
  return;
}

function isWithin(name: GeneralName, base: GeneralName): boolean {
  if (name.tag === DIRECTORY_NAME) return isBelow(name.content, base.content);
  if (name.tag === IP_ADDRESS) return isInNetwork(name.content, base.content);
  const [own, wanted] = [name, base].map(({ content }) => content.toString('latin1').toLowerCase()) as [
    string,
    string,
  ];
  if (name.tag === EMAIL) return isMailWithin(own, wanted);
  return isHostWithin(
    name.tag === URI ? (/^[^:]*:\/\/([^/:]*)/.exec(own)?.[1] ?? '') : own,
    wanted,
    name.tag,
  );
}

/** A base of DNS names takes itself and what is below it; one of URIs is below it only with a dot in front. */
function isHostWithin(host: string, base: string, tag: number): boolean {
  if (base === '' || host === base) return true;
  if (base.startsWith('.')) return host.endsWith(base);
  return tag === DNS_NAME && host.endsWith(`.${base}`);
}

function isMailWithin(mail: string, base: string): boolean {
  if (base.includes('@')) return mail === base;
  return isHostWithin(mail.slice(mail.lastIndexOf('@') + 1), base, EMAIL);
}

/** The base is an address and a mask of the same length. */
const isInNetwork = (address: Buffer, base: Buffer): boolean =>
  base.length === 2 * address.length &&
  address.every((byte, i) => {
    const mask = base[address.length + i] ?? 0;
    return (byte & mask) === ((base[i] ?? 0) & mask);
  });

function isBelow(name: Buffer, base: Buffer): boolean {
  const [own, wanted] = [name, base].map(namesOf) as [string[][], string[][]];
  return (
    wanted.length <= own.length &&
    wanted.every((one, i) => one.join('\n') === (own[i] as string[]).join('\n'))
  );
}

/** The Name inside the explicit tag. @throws RangeError */
const namesOf = (content: Buffer): string[][] => relativeNames(contentOf(readElement(content), SEQUENCE));

const quoted = (text: string): string => (text === '' ? 'any' : text.slice(0, 200));

function textOf({ tag, content }: GeneralName): string {
  if (tag === DIRECTORY_NAME) return 'a subject';
  if (tag !== IP_ADDRESS) return quoted(content.toString('latin1'));
  return content.length % 4 === 0 && content.length < 16
    ? [content.subarray(0, 4), content.subarray(4)]
        .filter((part) => part.length > 0)
        .map((part) => part.join('.'))
        .join('/')
    : content.toString('hex');
}

/** A subject as a name of its own kind. */
export const directoryName = (subject: Element): GeneralName => ({
  tag: DIRECTORY_NAME,
  content: subject.whole,
});
