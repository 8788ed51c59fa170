import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DiagnosticMessages } from '@amis-shop/shop-client';

type Listeners = { [Name in keyof DiagnosticMessages]?: (message: DiagnosticMessages[Name]) => void };

/** Listens on the library's channels until what it returns is called. */
export function listen(listeners: Listeners): () => void {
  const pairs = Object.entries(listeners) as [string, (message: unknown) => void][];
  for (const [name, listener] of pairs) subscribe(name, listener);
  return () => {
    for (const [name, listener] of pairs) unsubscribe(name, listener);
  };
}
