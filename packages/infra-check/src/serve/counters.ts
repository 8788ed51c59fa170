/** A counter for each combination of label values; which ones there are is bounded by the caller. */
export class Counters<Labels extends Readonly<Record<string, string>>> {
  readonly #values = new Map<string, { labels: Labels; value: number }>();

  add(labels: Labels, amount = 1): void {
    const id = JSON.stringify(labels);
    const entry = this.#values.get(id);
    if (entry === undefined) this.#values.set(id, { labels, value: amount });
    else entry.value += amount;
  }

  get samples(): readonly { labels: Labels; value: number }[] {
    return [...this.#values.values()];
  }
}
