const KNOWN = ['shops', 'unwrap', 'schema', 'audiences'];
const KNOWN_OF_SHOP = ['keys', 'devices', 'requireSignature'];

/**
 * A misspelt demand would be no demand, so that names are checked as well as values.
 * @throws {TypeError} with one sentence that names the option
 */
export function checkReceiverOptions(options: unknown): void {
  const { shops, unwrap, audiences } = known('the receiver', options, KNOWN);
  check(typeof unwrap === 'function', 'unwrap must be a function, such as kmsUnwrap() gives.');
  check(
    audiences === undefined || (Array.isArray(audiences) && audiences.every(isText)),
    'audiences must be a list of origins, such as ["https://api.retsema.eu"].',
  );
  check(isRecord(shops), 'shops must be an object with an entry for each shop id.');
  for (const [id, entry] of Object.entries(shops as object)) checkShop(id, entry);
}

function checkShop(id: string, entry: unknown): void {
  const { keys, devices = [], requireSignature = false } = known(`the shop ${id}`, entry, KNOWN_OF_SHOP);
  check(
    Array.isArray(keys) && keys.every((key) => isText(key?.kid) && isText(key?.keyId)),
    `keys of ${id} must be a list of { kid, keyId }.`,
  );
  check(
    Array.isArray(devices) && devices.every((device) => isText(device?.tillId)),
    `devices of ${id} must be a list of { tillId, jwk }.`,
  );
  check(typeof requireSignature === 'boolean', `requireSignature of ${id} must be true or false.`);
}

export function known(whose: string, value: unknown, names: string[]): Record<string, unknown> {
  check(isRecord(value), `The options of ${whose} must be an object.`);
  const options = value as Record<string, unknown>;
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  check(unknown === undefined, `${unknown} is not an option of ${whose}; known are ${names.join(', ')}.`);
  return options;
}

function check(holds: boolean, sentence: string): void {
  if (!holds) throw new TypeError(sentence);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
