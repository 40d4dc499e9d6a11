/** `a=1&b[c]=2&d=3&d=4` as {a: '1', b: {c: '2'}, d: ['3', '4']}: one level of brackets, and nothing that could be a prototype. */
type QueryValue = string | string[] | { [key: string]: string };

const BRACKETS = /^([^[\]]+)\[([^[\]]*)\]$/;

export function parseQuery(text: string): Record<string, QueryValue> {
  const query: Record<string, QueryValue> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) add(query, name, value);
  return query;
}

function add(query: Record<string, QueryValue>, name: string, value: string): void {
  const [, outer, inner] = BRACKETS.exec(name) ?? [];
  const key = outer ?? name;
  const present = query[key];
  if (outer !== undefined && inner !== undefined && (present === undefined || isGroup(present))) {
    const group: { [key: string]: string } = present ?? Object.create(null);
    // A second value for one name stays visible as a name of its own, so that the schema refuses it.
    group[inner in group ? `${inner} (given twice)` : inner] = value;
    query[key] = group;
    return;
  }
  if (present === undefined) query[name] = value;
  else if (typeof present === 'string') query[name] = [present, value];
  else if (Array.isArray(present)) present.push(value);
  else query[`${name} (mixed)`] = value;
}

function isGroup(value: QueryValue): value is { [key: string]: string } {
  return typeof value === 'object' && !Array.isArray(value);
}
