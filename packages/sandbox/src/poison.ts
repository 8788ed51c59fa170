/** Why a message is poison, and what to do about it, by the receiver's reason. */
const REASONS: Readonly<Record<string, string>> = {
  decrypt: "it is not sealed for the shop's key; run shop-send key refresh",
  unknown_key: "it is not sealed for the shop's key; run shop-send key refresh",
  unknown_shop: 'it is for a shop that is not here; name it in --shops',
  signature: 'no registered device of its till signed it; register the device with --devices',
  invalid_sale: "what is in it is not the shop's sale; check what the till sends",
  invalid_number: 'a number in it exceeds the limits of docs/protocol.md; check what the till sends',
};

/** One line for the terminal; nothing in it comes from the message. */
export const describePoison = (reason: string): string =>
  `A message was accepted and could not be opened (${reason}): ${REASONS[reason] ?? 'it breaks the protocol'}.`;
