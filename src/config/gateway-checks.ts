/**
 * What one key of gateway.yaml alone cannot tell. These checks look at the plain data and skip whatever has
 * the wrong form, so that they find what they can beside the errors of form.
 */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isMapping } from './issue-problems.ts';
import type { Problem } from './problem.ts';
import { responseProblems } from './response-checks.ts';
import { isPath } from './schema-parts.ts';
import { storeObstacle } from './store-path.ts';
import { whyFileUnreadable } from './text-file.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** AWS IoT Core: a topic has at most 256 bytes of UTF-8 and 7 slashes. Other brokers take at least as much. */
const TOPIC_MAX_BYTES = 256;
const TOPIC_MAX_SLASHES = 7;
const TOPIC_PREFIX = 'iot/heartrate';

const UPLINKS = ['uplink', 'mirror'] as const;
type UplinkName = (typeof UPLINKS)[number];

type Mapping = Readonly<Record<string, unknown>>;

const CREDENTIAL_FILES = ['certificate', 'private_key', 'ca'] as const;

/** @param directory what relative paths in the file are relative to */
export function gatewayProblems(file: YamlFile, directory: string): Problem[] {
  const { data } = file;
  if (!isMapping(data)) return [];
  const { store, uplink, mirror } = data;
  return [
    ...(isMapping(store) ? storeProblems(file, store['path'], directory) : []),
    ...UPLINKS.flatMap((name) => uplinkProblems(file, name, data, directory)),
    ...(isMapping(uplink) && isMapping(mirror) ? mirrorProblems(file, uplink, mirror) : []),
    ...responseProblems(file, data),
  ];
}

function uplinkProblems(file: YamlFile, name: UplinkName, data: Mapping, directory: string): Problem[] {
  const uplink = data[name];
  if (!isMapping(uplink)) return [];
  return [
    ...topicProblems(file, name, data['gateway'], uplink['topic_prefix'] ?? TOPIC_PREFIX),
    ...CREDENTIAL_FILES.flatMap((key) => fileProblems(file, [name, key], uplink[key], directory)),
    ...(uplink['kind'] === 'mqtt' ? mqttProblems(file, name, uplink) : []),
  ];
}

/** Both connect under the gateway's name, and a broker keeps one connection of a name. */
function mirrorProblems(file: YamlFile, uplink: Mapping, mirror: Mapping): Problem[] {
  const key = uplink['kind'] === 'mqtt' ? 'url' : 'endpoint';
  const isSame = ['kind', key, 'port'].every((name) => uplink[name] === mirror[name]);
  if (!isSame || typeof uplink[key] !== 'string' || file.isUnexpanded(['mirror', key])) return [];
  const what = `"${key}" in "mirror" is that of "uplink", and a broker keeps one connection of each gateway`;
  return [file.problem(['mirror', key], 'value', what, 'name another broker, or remove "mirror"')];
}

/** The path of a file that another file names, as a person standing where they stand would name it. */
export function shownPath(file: YamlFile, path: Path, named: string): string {
  const written = file.written(path);
  if (written?.includes('${')) return written;
  return isAbsolute(named) ? named : join(dirname(file.shown), named);
}

function topicProblems(file: YamlFile, name: UplinkName, gateway: unknown, prefix: unknown): Problem[] {
  if (typeof gateway !== 'string' || typeof prefix !== 'string') return [];
  const topic = `${prefix}/${gateway}/samples`;
  const bytes = Buffer.byteLength(topic);
  const slashes = topic.split('/').length - 1;
  const at: Path = file.has([name, 'topic_prefix']) ? [name, 'topic_prefix'] : ['gateway'];
  // Where neither has a prefix of its own, it is said once.
  if (name === 'mirror' && at[0] === 'gateway') return [];
  if (file.isUnexpanded(at)) return [];
  const problems: Problem[] = [];
  if (bytes > TOPIC_MAX_BYTES) {
    const what = `the topic for samples has ${bytes} bytes, more than the ${TOPIC_MAX_BYTES} that are allowed`;
    problems.push(file.problem(at, 'value', what, 'shorten "topic_prefix" or "gateway"'));
  }
  if (slashes > TOPIC_MAX_SLASHES) {
    const what = `the topic for samples has ${slashes} slashes, more than the ${TOPIC_MAX_SLASHES} that are allowed`;
    problems.push(file.problem(at, 'value', what, 'give "topic_prefix" fewer levels'));
  }
  return problems;
}

function storeProblems(file: YamlFile, named: unknown, directory: string): Problem[] {
  const path: Path = ['store', 'path'];
  if (typeof named !== 'string' || !isPath(named) || file.isUnexpanded(path)) return [];
  const resolved = resolve(directory, named);
  const obstacle = storeObstacle(resolved);
  if (obstacle === undefined) return [];
  const shown = shownPath(file, path, named);
  // A path with a variable in it is shown as it was written, and so nothing else of it either.
  const isOwn = obstacle.at === resolved || shown.includes('${');
  const reason = isOwn ? obstacle.reason : `${obstacle.at}: ${obstacle.reason}`;
  const problem = file.problem(path, 'value', `cannot keep the store at ${shown} (${reason})`, obstacle.remedy);
  return [obstacle.mayPass === true ? { ...problem, mayPass: true } : problem];
}

function fileProblems(file: YamlFile, path: Path, named: unknown, directory: string): Problem[] {
  if (typeof named !== 'string' || !isPath(named) || file.isUnexpanded(path)) return [];
  const why = whyFileUnreadable(resolve(directory, named));
  if (why === undefined) return [];
  const what = `cannot read ${String(path.at(-1))} ${shownPath(file, path, named)} (${why.reason})`;
  const problem = file.problem(path, 'value', what, why.remedy);
  return [why.mayPass === true ? { ...problem, mayPass: true } : problem];
}

function mqttProblems(file: YamlFile, name: UplinkName, uplink: Mapping): Problem[] {
  const problems: Problem[] = [];
  const alone = (key: string, other: string) => {
    if (uplink[key] === undefined || uplink[other] !== undefined) return;
    problems.push(
      file.problem(
        [name, key],
        'key',
        `"${key}" in "${name}" is given without "${other}"`,
        `add "${other}", or remove "${key}"`,
      ),
    );
  };
  alone('certificate', 'private_key');
  alone('private_key', 'certificate');
  alone('password', 'username');
  if (typeof uplink['url'] !== 'string' || !uplink['url'].startsWith('mqtt://')) return problems;
  for (const key of CREDENTIAL_FILES.filter((option) => uplink[option] !== undefined)) {
    const what = `"${key}" in "${name}" has no effect on a connection without TLS`;
    problems.push(file.problem([name, key], 'key', what, 'let "url" begin with mqtts://'));
  }
  return problems;
}
