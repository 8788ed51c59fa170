/** Names are kept in lower case and without a dot at their end. */
export const normalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

export const sameName = (a: string, b: string): boolean => normalName(a) === normalName(b);

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** RFC 1123, and the underscore that validation names begin with. What ends in a number is an address to look-ups: 999, 0x7f000001. */
export const isHostName = (name: string): boolean => {
  const labels = normalName(name).split('.');
  return (
    name.length <= 253 &&
    labels.every((label) => LABEL.test(label)) &&
    !/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')
  );
};

/** Second levels below countries under which names are sold: nobody's zone. The list of public suffixes is longer than this package. */
const SOLD_BELOW = new Set(
  'ac co com edu gen go gob gouv gov gv id info ltd me mil ne net nhs nom or org plc sch web'.split(' '),
);

/** Whether a zone is sold at this name: shop.eu, shop.co.uk. No zone above it is its owner's. */
export function isSoldName(name: string): boolean {
  const [, ...above] = normalName(name).split('.');
  const [second = '', country = ''] = above;
  return above.length === 1 || (above.length === 2 && country.length === 2 && SOLD_BELOW.has(second));
}

/** The name and the names above it, up to the top-level domain: a.b.c, b.c, c. */
export function upwards(name: string): string[] {
  const labels = normalName(name).split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
}

/**
 * RFC 6125, 6.4.3, in its strict reading: a wildcard is the whole leftmost label, stands for exactly one label, and has
 * at least two labels to its right.
 */
export function nameMatches(pattern: string, host: string): boolean {
  const [wanted, name] = [normalName(pattern), normalName(host)];
  if (!wanted.includes('*')) return wanted === name;
  const [first, ...rest] = wanted.split('.');
  const [own, ...others] = name.split('.');
  if (first !== '*' || rest.length < 2 || rest.some((label) => label.includes('*'))) return false;
  return own !== undefined && own !== '' && rest.join('.') === others.join('.');
}

/** `<id>.execute-api.<region>.amazonaws.com`: the generated URL of an API, not of a custom domain name. */
export const isStageName = (name: string): boolean =>
  /^(?!d-)[a-z0-9*-]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(normalName(name));
