/** Names are kept in lower case and without a dot at their end. */
export const normalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

export const sameName = (a: string, b: string): boolean => normalName(a) === normalName(b);

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** RFC 1123, and the underscore that validation names begin with. */
export const isHostName = (name: string): boolean =>
  name.length <= 253 &&
  normalName(name)
    .split('.')
    .every((label) => LABEL.test(label));

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
