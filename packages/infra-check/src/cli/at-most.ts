/** Does something with each, so many at a time. @returns the results in the order of the items */
export async function atMost<Item, Result>(
  most: number,
  items: readonly Item[],
  doOne: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const inTurn = async (): Promise<void> => {
    for (const [i, item] of left) results[i] = await doOne(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, inTurn));
  return results;
}
