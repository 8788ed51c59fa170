/**
 * A sale in the one form in which it is compared: the members of an object in the order of their names.
 * @param json what validateSale() gave
 */
export function canonicalJson(json: string): string {
  return JSON.stringify(JSON.parse(json), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
