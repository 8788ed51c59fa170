import { processHandler } from './process/handler.ts';

export const handler = processHandler(process.env);
