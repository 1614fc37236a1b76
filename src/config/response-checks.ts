/** What one key of a response alone cannot tell: that a host is allowed, that programs may be run. */
import { isForbiddenHost, isLoopbackHost } from '../responses/webhook/addresses.ts';
import { isMapping } from './issue-problems.ts';
import type { Problem } from './problem.ts';
import { isPath } from './schema-parts.ts';
import { quoteText, subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

type Mapping = Readonly<Record<string, unknown>>;

export function responseProblems(file: YamlFile, data: Mapping): Problem[] {
  const { responses } = data;
  const hosts = hostProblems(file, data['webhook_hosts']);
  if (!isMapping(responses)) return hosts;
  const each = Object.entries(responses).flatMap(([name, response]) => {
    if (!isMapping(response)) return [];
    const path: Path = ['responses', name];
    const found = [...tlsProblems(file, path, response), ...aloneProblems(file, path, response)];
    switch (response['kind']) {
      case 'webhook':
        return [...found, ...receiverProblems(file, path, response, data['webhook_hosts'])];
      case 'command':
        return [...found, ...commandProblems(file, path, data['allow_commands'])];
      default:
        return found;
    }
  });
  return [...hosts, ...each];
}

/** The names of the responses that a gateway's file defines, as far as it has that form. */
export function responseNames(data: unknown): string[] {
  return isMapping(data) && isMapping(data['responses']) ? Object.keys(data['responses']) : [];
}

interface Host {
  readonly name: string;
  /** Absent for the port that the scheme has by itself. */
  readonly port: string | undefined;
}

function hostProblems(file: YamlFile, hosts: unknown): Problem[] {
  return listOf(hosts).flatMap((text, index) => {
    const path: Path = ['webhook_hosts', index];
    if (typeof text !== 'string' || text === '' || file.isUnexpanded(path)) return [];
    const host = hostOf(text);
    const name = subject(file, path);
    const remedy = 'write hooks.example.org, or hooks.example.org:8443';
    if (host === undefined) return [file.problem(path, 'value', `${name} is no host with or without a port`, remedy)];
    if (!isForbiddenHost(host.name)) return [];
    const what = `${name} is an address that no webhook may go to`;
    return [file.problem(path, 'value', what, 'name a host, this machine (127.0.0.1), or an address of the network')];
  });
}

function receiverProblems(file: YamlFile, path: Path, response: Mapping, hosts: unknown): Problem[] {
  const { url: text } = response;
  const place: Path = [...path, 'url'];
  if (typeof text !== 'string' || !URL.canParse(text) || file.isUnexpanded(place)) return [];
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [];
  const name = subject(file, place);
  const problems: Problem[] = [];
  if (url.protocol === 'http:' && response['allow_http'] !== true && !isLoopbackHost(url.hostname)) {
    const what = `${name} begins with http://, so that whoever is on the way can read alerts`;
    problems.push(file.problem(place, 'value', what, 'write https://, or add "allow_http: true"'));
  }
  if (!listOf(hosts).some((host) => typeof host === 'string' && allows(hostOf(host), url))) {
    const what = `${name} goes to a host that is not in "webhook_hosts"`;
    const host = file.written(place)?.includes('${') ? 'its host' : quoteText(url.host);
    problems.push(file.problem(place, 'value', what, `add ${host} to "webhook_hosts" if it may`));
  }
  return problems;
}

function commandProblems(file: YamlFile, path: Path, allowed: unknown): Problem[] {
  if (allowed !== undefined && allowed !== false) return [];
  const what = `${subject(file, path)} is a command, and none may be run here`;
  return [file.problem(path, 'key', what, 'add "allow_commands: true" at the top, or remove the response')];
}

function tlsProblems(file: YamlFile, path: Path, { ca, url }: Mapping): Problem[] {
  const place: Path = [...path, 'ca'];
  if (typeof ca !== 'string' || !isPath(ca) || file.isUnexpanded(place) || !isWithoutTls(url)) return [];
  const what = `${subject(file, place)} has no effect on a connection without TLS`;
  return [
    file.problem(place, 'key', what, `let "url" begin with ${String(url).startsWith('mqtt') ? 'mqtts' : 'https'}://`),
  ];
}

/** A URL of a response by which certificates are of no use. */
export function isWithoutTls(url: unknown): boolean {
  return typeof url === 'string' && /^(mqtt|http):\/\//.test(url);
}

function aloneProblems(file: YamlFile, path: Path, { password, username }: Mapping): Problem[] {
  if (password === undefined || username !== undefined) return [];
  const place: Path = [...path, 'password'];
  const what = `${subject(file, place)} is given without "username"`;
  return [file.problem(place, 'key', what, 'add "username", or remove "password"')];
}

/** As a URL would have it, so that `Example.org` and `example.org` are one; undefined for what is no host. */
function hostOf(text: string): Host | undefined {
  const [, host, port] = /^(\[[^\]]+\]|[^:/?#@\s[\]\\]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || !URL.canParse(`https://${host}/`)) return undefined;
  return Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535
    ? undefined
    : { name: new URL(`https://${host}/`).hostname, port };
}

function allows(host: Host | undefined, { protocol, hostname, port }: URL): boolean {
  if (host === undefined || isForbiddenHost(hostname)) return false;
  const usual = protocol === 'https:' ? '443' : '80';
  return host.name === hostname && (host.port ?? usual) === (port === '' ? usual : port);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
