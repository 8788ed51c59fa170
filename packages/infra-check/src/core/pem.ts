const BEGIN = '-----BEGIN CERTIFICATE-----';
const WHOLE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text (RFC 7468), whatever else stands between them; undefined where one has no end, and where there is none. */
export function certificatesIn(text: string): string[] | undefined {
  const found: string[] = text.match(WHOLE) ?? [];
  return found.length > 0 && found.length === text.split(BEGIN).length - 1 ? found : undefined;
}
