/** Short names for rows, given in the order in which they appear: ids hold chance, and a trace must not. */
export interface Labels {
  of(id: string): string;
  name(id: string, label: string): void;
  /** Any ids in a text, replaced by their names. */
  in(text: string): string;
}

const ID = /\b(?:job|att|batch|upl|proj)_[0-9a-z]{26}\b/g;

export function createLabels(): Labels {
  const labels = new Map<string, string>();
  const of = (id: string) => labels.get(id) ?? id.replace(/_.*/, '?');
  return {
    of,
    name: (id, label) => void labels.set(id, label),
    in: (text) => text.replace(ID, of),
  };
}
