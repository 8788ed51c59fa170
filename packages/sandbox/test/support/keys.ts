import { generateKeyPairSync } from 'node:crypto';

/** One RSA key for a whole test file, since making one takes a while. */
export const { privateKey: rsaKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
