import { acceptHandler } from './accept/handler.ts';

export const handler = acceptHandler(process.env);
