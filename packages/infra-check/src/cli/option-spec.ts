/** One option: parsing, help and completion follow from it. */
export interface OptionSpec {
  type: 'text' | 'path' | 'choice' | 'switch' | 'number' | 'list';
  help: string;
  /** The heading in the help. */
  group: string;
  /** What stands for the value in the help. */
  value?: string;
  short?: string;
  choices?: readonly string[];
  /** Of a number. */
  min?: number;
  max?: number;
}
