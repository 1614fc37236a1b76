/** What stays of gateway.yaml, of the athletes file and of what a gateway tells of itself, in a bundle for support. */
import type { StatusDocument } from '../../system/status-document.ts';
import {
  howMany,
  type Keep,
  listOf,
  listOfAll,
  name,
  oneOf,
  quantity,
  REMOVED,
  reduced,
  removed,
} from './reduction.ts';

/** `mqtts://…`: how it is gone to, and not whereto. */
const scheme: Keep = (value) => {
  const [, kind] = (typeof value === 'string' && /^(mqtts?|https?):\/\//.exec(value)) || [];
  return kind === undefined ? REMOVED : `${kind}://…`;
};

/** The region, and not the account. */
const endpoint: Keep = (value) => {
  const [region] = (typeof value === 'string' && /\.iot\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.exec(value)) || [];
  return region === undefined ? REMOVED : `…${region}`;
};

const adapter: Keep = (value) =>
  typeof value === 'string' && /^(hci\d{1,3}|h4:\/dev\/[\w/.@,-]{1,60})$/.test(value) ? value : 'h4:…';

const severity = oneOf('notice', 'warning', 'critical');
const events = listOf(oneOf('raised', 'escalated', 'acknowledged', 'snoozed', 'resumed', 'cleared'));

const uplink = {
  kind: oneOf('mqtt', 'aws-iot'),
  url: scheme,
  endpoint,
  port: quantity,
  protocol: quantity,
  username: removed,
  password: removed,
  ca: removed,
  certificate: removed,
  private_key: removed,
  topic_prefix: removed,
  compression: oneOf('none', 'gzip'),
} as const;

const GATEWAY = {
  gateway: name,
  athletes: removed,
  store: { path: removed, max_size: quantity, keep_around_alerts: quantity },
  radio: { adapters: listOf(adapter), links_per_adapter: quantity },
  uplink,
  mirror: uplink,
  responses: {
    '*': {
      kind: oneOf('topic', 'webhook', 'command'),
      url: scheme,
      topic: removed,
      username: removed,
      password: removed,
      secret: removed,
      ca: removed,
      command: howMany,
      timeout: quantity,
      give_up_after: quantity,
      severity,
      events,
    },
  },
  webhook_hosts: howMany,
  allow_commands: quantity,
  clock: { trust: oneOf('auto', 'ntp', 'always'), wait: quantity },
  privacy: { send_notes: quantity },
  limits: { '*': quantity },
} as const;

const rule = {
  kind: oneOf('average', 'sustained', 'change', 'recovery', 'load', 'variability', 'signal', 'return-to-play'),
  severity,
  responses: listOf(name),
  // Who has set a ceiling is a person, and at which stage somebody is a matter between them and their physician.
  set_by: removed,
  set_on: removed,
  stage: removed,
  '*': quantity,
} as const;

const rules = { '*': (value: unknown) => (value === 'off' || value === false ? 'off' : reduced(value, rule)) } as const;
const layer = { use: listOf(name), rules } as const;

/** Which way a strap is known by, and not by what. */
const strap = { address: removed, name: removed, serial: removed } as const;

const ATHLETES = {
  defaults: layer,
  presets: { '*': layer },
  teams: { '*': layer },
  athletes: listOfAll({
    id: name,
    name: removed,
    strap,
    team: name,
    use: listOf(name),
    heart_rate: removed,
    age: removed,
    born: removed,
    rules,
  }),
} as const;

/** @param data as it was written, without the environment's variables in their places */
export function reducedGatewayFile(data: unknown): unknown {
  return reduced(data, GATEWAY);
}

/** As `reducedGatewayFile`: ids and rules. */
export function reducedAthletesFile(data: unknown): unknown {
  return reduced(data, ATHLETES);
}

/** Without notes, and without who has written them; without where the uplinks lead. */
export function reducedStatus(document: StatusDocument): unknown {
  return {
    ...document,
    athletes: document.athletes.map(({ alerts, ...athlete }) => ({
      ...athlete,
      ...(alerts === undefined
        ? {}
        : { alerts: alerts.map(({ note: _, acknowledgedBy: __, snoozedBy: ___, ...alert }) => alert) }),
    })),
    uplinks: document.uplinks.map((each) => ({
      ...each,
      name: each.name.startsWith('aws-iot') ? 'aws-iot' : scheme(each.name),
    })),
    store: { ...document.store, path: REMOVED },
  };
}
