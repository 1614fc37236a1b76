/**
 * A document of which only what is known to be harmless is left. What is to stay is said, and not what is to go, so that
 * a key that nobody has thought of is left out with what it holds. Pure.
 */

/** What is shown in the place of a value. */
export type Keep = (value: unknown) => unknown;

export type Shape = Keep | { readonly [key: string]: Shape };

/** There was something, and it is nobody's business. */
export const REMOVED = '(removed)';

/** Stands for whatever names a mapping has. */
const ANY_NAME = '*';

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Numbers, with a unit, or in percent of one of an athlete's numbers; versions of MQTT. */
const QUANTITY = /^\d{1,12}(\.\d{1,6}){0,2} ?(ms|s|m|h|KB|MB|GB|KiB|MiB|GiB|%|% (max|reserve|treadmill))?$/;

export const removed: Keep = () => REMOVED;

export const quantity: Keep = (value) => {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' && QUANTITY.test(value) ? value : REMOVED;
};

/** Ids, and the names of rules, teams, presets and responses, which leave the gateway with alerts and in the log. */
export const name: Keep = (value) => (typeof value === 'string' && NAME.test(value) ? value : REMOVED);

export function oneOf(...words: readonly string[]): Keep {
  return (value) => (typeof value === 'string' && words.includes(value) ? value : REMOVED);
}

export function listOf(keep: Keep): Keep {
  return (value) => (Array.isArray(value) ? value.map(keep) : REMOVED);
}

export function listOfAll(shape: Shape): Keep {
  return (value) => (Array.isArray(value) ? value.map((each) => reduced(each, shape)) : REMOVED);
}

export const howMany: Keep = (value) => (Array.isArray(value) ? `(${value.length} removed)` : REMOVED);

export function reduced(value: unknown, shape: Shape): unknown {
  if (typeof shape === 'function') return shape(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return REMOVED;
  const kept: Record<string, unknown> = {};
  let others = 0;
  for (const [key, part] of Object.entries(value)) {
    const inner = Object.hasOwn(shape, key) ? shape[key] : NAME.test(key) ? shape[ANY_NAME] : undefined;
    if (inner === undefined) others += 1;
    else kept[key] = reduced(part, inner);
  }
  return others === 0 ? kept : { ...kept, '(other keys removed)': others };
}
