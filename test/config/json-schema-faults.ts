/**
 * Holds data against a JSON Schema, as far as the published ones go: a keyword that is not known here throws, so that
 * nothing is let through unseen. References lead into `$defs` of the root.
 */

type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(['$schema', '$defs', 'title', 'description', 'default', 'id']);

/** The places of what does not fit, as JSON pointers without escapes; each once. */
export function faults(root: Schema, data: unknown): string[] {
  return [...new Set(faultsAt(root, root, data, ''))];
}

function faultsAt(root: Schema, schema: Schema, data: unknown, place: string): string[] {
  const into = (inner: unknown, value: unknown, at: string) =>
    inner === false ? [place] : faultsAt(root, inner as Schema, value, at);
  const check = (fits: boolean) => (fits ? [] : [place]);
  return Object.entries(schema).flatMap(([keyword, given]): string[] => {
    if (ANNOTATIONS.has(keyword)) return [];
    switch (keyword) {
      case '$ref':
        return into(named(root, String(given)), data, place);
      case 'anyOf':
        return check((given as Schema[]).some((choice) => faultsAt(root, choice, data, place).length === 0));
      case 'type':
        return check([given].flat().some((type) => isOfType(data, type)));
      case 'const':
        return check(data === given);
      case 'enum':
        return check((given as unknown[]).includes(data));
      case 'pattern':
        return check(typeof data !== 'string' || new RegExp(String(given), 'u').test(data));
      case 'minLength':
        return check(typeof data !== 'string' || data.length >= Number(given));
      case 'maxLength':
        return check(typeof data !== 'string' || data.length <= Number(given));
      case 'minimum':
        return check(typeof data !== 'number' || data >= Number(given));
      case 'maximum':
        return check(typeof data !== 'number' || data <= Number(given));
      case 'items':
        return Array.isArray(data) ? data.flatMap((item, at) => into(given, item, `${place}/${at}`)) : [];
      case 'minItems':
        return check(!Array.isArray(data) || data.length >= Number(given));
      case 'maxItems':
        return check(!Array.isArray(data) || data.length <= Number(given));
      case 'minProperties':
        return check(entries(data).length >= Number(given));
      case 'maxProperties':
        return check(entries(data).length <= Number(given));
      case 'required':
        return check(!isObject(data) || (given as string[]).every((key) => Object.hasOwn(data, key)));
      case 'propertyNames':
        return check(entries(data).every(([key]) => into(given, key, place).length === 0));
      case 'properties':
        return entries(data).flatMap(([key, value]) =>
          Object.hasOwn(given as Schema, key) ? into((given as Schema)[key], value, `${place}/${key}`) : [],
        );
      case 'additionalProperties':
        return entries(data).flatMap(([key, value]) =>
          Object.hasOwn((schema['properties'] ?? {}) as Schema, key) ? [] : into(given, value, `${place}/${key}`),
        );
      default:
        throw new Error(`the keyword ${keyword} is not known here`);
    }
  });
}

function named(root: Schema, reference: string): unknown {
  const [, name = ''] = /^#\/\$defs\/(\w+)$/.exec(reference) ?? [];
  return (root['$defs'] as Schema)[name];
}

function isOfType(data: unknown, type: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(data);
    case 'array':
      return Array.isArray(data);
    case 'integer':
      return Number.isInteger(data);
    default:
      return typeof data === type;
  }
}

function isObject(data: unknown): data is Schema {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function entries(data: unknown): [string, unknown][] {
  return isObject(data) ? Object.entries(data) : [];
}
