import { decryptHandler } from './decrypt/handler.ts';

export const handler = decryptHandler(process.env);
