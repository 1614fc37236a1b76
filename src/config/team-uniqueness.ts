/** No two athletes may have one id, which would mix their readings, or one strap, which can beat for one heart only. */
import type { StrapMatch } from '../domain/athlete.ts';
import { type AthletesFile, athletesSchema } from './athletes-schema.ts';
import { check, isMapping } from './issue-problems.ts';
import type { Problem } from './problem.ts';
import { subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

const idSchema = athletesSchema.shape.athletes.element.shape.id;
const strapSchema = athletesSchema.shape.athletes.element.shape.strap;

/** Looks at whatever has the right form, so that these problems are told beside those of form. */
export function uniquenessProblems(file: YamlFile): Problem[] {
  const ids = new Map<string, Path>();
  const straps = new Map<string, Path>();
  const problems: Problem[] = [];
  const athletes: readonly unknown[] =
    isMapping(file.data) && Array.isArray(file.data['athletes']) ? file.data['athletes'] : [];
  for (const [index, athlete] of athletes.entries()) {
    if (!isMapping(athlete)) continue;
    const at: Path = ['athletes', index];
    const id = check(idSchema, athlete['id']);
    if (id.ok) {
      const path = [...at, 'id'];
      const other = claim(file, ids, id.value, path);
      if (other !== undefined) {
        const what = `${subject(file, at)} is defined on line ${file.line(other)} already`;
        problems.push(file.problem(path, 'value', what, 'give each athlete an id of their own'));
      }
    }
    const strap = check(strapSchema, athlete['strap']);
    if (!strap.ok) continue;
    const [key, value] = strapKey(strapMatch(strap.value));
    const path = [...at, 'strap', key];
    const other = claim(file, straps, `${key} ${value}`, path);
    if (other !== undefined) {
      const owner = subject(file, other.slice(0, 2));
      const what = `${subject(file, at)} has the same strap ${key} as ${owner} on line ${file.line(other)}`;
      problems.push(file.problem(path, 'value', what, 'give each athlete a strap of their own'));
    }
  }
  return problems;
}

/** The schema lets exactly one of the three through. */
export function strapMatch(strap: AthletesFile['athletes'][number]['strap']): StrapMatch {
  if (strap.address !== undefined) return { address: strap.address };
  if (strap.name !== undefined) return { name: strap.name };
  if (strap.serial !== undefined) return { serial: strap.serial };
  throw new Error('a strap that says nothing has passed the schema');
}

function strapKey(strap: StrapMatch): [string, string] {
  if ('address' in strap) return ['address', strap.address];
  return 'name' in strap ? ['name', strap.name] : ['serial', strap.serial];
}

/** Who has it already; if nobody, it is taken now. */
function claim(file: YamlFile, taken: Map<string, Path>, what: string, path: Path): Path | undefined {
  if (file.isUnexpanded(path)) return undefined;
  const other = taken.get(what);
  if (other === undefined) taken.set(what, path);
  return other;
}
