/**
 * What is loaded once an outbox, or many sales, are asked for: one sale without one does without. One module, so that the
 * bundle has one chunk for it.
 */
export { sendMany } from './many/send-many.ts';
export { checkOutbox } from './outbox/check.ts';
export { RUN } from './outbox/commands.ts';
export { rememberedIn } from './outbox/open.ts';
export { rehearse } from './outbox/rehearsal.ts';
export { sendByOutbox } from './outbox/send.ts';
