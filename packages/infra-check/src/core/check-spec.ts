/** One check as it stands in the table: the findings and the documents take their words from here. */
export interface CheckSpec {
  /** What it asks, as a sentence. */
  meaning: string;
  /** The worst that it can be, and when. */
  severity: string;
  /** What to do when it is not ok. */
  remedy: string;
}
