/**
 * The schema of gateway.yaml: the one source of its validation, its types, its JSON Schema and its reference
 * page. What one key alone cannot tell (files that must exist, keys that need each other) is in
 * gateway-checks.ts.
 */
import { z } from 'zod';
import type { ClockTrust } from '../domain/timekeeper.ts';
import { TOPIC_PATTERN, whyNoBroker } from './broker-address.ts';
import { referenceTo } from './environment.ts';
import { type LoopbackAddress, whyNoLoopback } from './loopback-address.ts';
import { allowCommands, type ResponseSettings, responses, webhookHosts } from './response-schema.ts';
import { duration, filePath, flag, numberFromDigits, size, wholeNumber } from './schema-parts.ts';

/** Both ends of AWS IoT's rule for thing names that are also one level of a topic. */
const GATEWAY_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;

const HOST_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** Room for a day of a team; below it, what SQLite itself needs would be most of it. */
const STORE_MIN_BYTES = 16_000_000;

/** The log of what was stored lately is that long in memory, an entry a commit. */
const KEPT_AROUND_MAX_MS = 3_600_000;

const store = z
  .strictObject({
    path: filePath().meta({
      title: 'path',
      description: 'The SQLite file that holds samples, alerts and gaps until they are delivered.',
    }),
    max_size: size({ min: STORE_MIN_BYTES }).meta({ title: 'size' }).prefault('2GB').meta({
      title: 'size',
      description:
        'How large the store may grow: KB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024; at least 16MB. At the limit the oldest delivered samples go first.',
    }),
    keep_around_alerts: duration({ min: 0, max: KEPT_AROUND_MAX_MS }).prefault('5m').meta({
      title: 'duration',
      description:
        'Samples of all athletes so long before and after each event of an alert are the last to go at `max_size`, 0ms to 1h. When nothing else is left they go as well, the oldest first, and the ledger says so.',
    }),
  })
  .meta({ description: 'Where everything is kept before it is delivered.' });

/** As device/radio/hci/adapter-name.ts takes them. */
const ADAPTER_PATTERN =
  /^(hci\d{1,3}|h4:unix:\/.{1,106}|h4:tcp:(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):\d{1,5}|h4:\/dev\/[^@,\s]+(@\d{1,8})?(,crtscts)?)$/;

/** A team room full of straps fits on two or three; each adapter is a process. */
const ADAPTERS_MAX = 8;

const radio = z
  .strictObject({
    adapters: z
      .array(
        z
          .string()
          .max(200)
          .regex(
            ADAPTER_PATTERN,
            'is {value}, which is no adapter; write hci and its number, h4:unix:/path, h4:tcp:host:port or h4:/dev/ttyACM0',
          )
          .meta({
            description:
              'An adapter as `hciconfig` or `bluetoothctl` names it, as in `hci0`; or a controller that speaks H4 over a Unix socket, TCP or a serial port, as in `h4:unix:/path`, `h4:tcp:host:port` or `h4:/dev/ttyACM0` (`h4:/dev/ttyUSB0@1000000` with its speed).',
          }),
      )
      .min(1)
      // Not `max`, which would leave the items unlooked at.
      .refine(
        (adapters) => adapters.length <= ADAPTERS_MAX,
        `names more than ${ADAPTERS_MAX} adapters; keep ${ADAPTERS_MAX} at the most`,
      )
      .refine(
        (adapters) => new Set(adapters).size === adapters.length,
        'names an adapter twice; keep each of them once',
      )
      .prefault(['hci0'])
      .meta({
        title: 'list of adapters',
        maxItems: ADAPTERS_MAX,
        description: 'The Bluetooth adapters to use. The team is spread over them; each has a process of its own.',
      }),
    links_per_adapter: wholeNumber({ min: 1, max: 20 }).prefault(7).meta({
      title: 'number',
      description:
        'How many straps one adapter links to at most. An adapter that refuses earlier is asked for fewer by itself; straps without a link are read from what they broadcast, where they do.',
    }),
  })
  .prefault({})
  .meta({ description: 'The Bluetooth side.' });

const topicPrefix = z
  .string()
  .min(1)
  .regex(
    TOPIC_PATTERN,
    'is {value}, which cannot begin a topic; write levels separated by "/", without spaces, "+", "#" and a "$" at its start',
  )
  .prefault('iot/heartrate')
  .meta({
    title: 'topic',
    description:
      'Topics are `<topic_prefix>/<gateway>/samples`, `…/alerts` and `…/health`; the longest may have 256 bytes and 7 slashes.',
  });

const compression = z.enum(['none', 'gzip']).prefault('none').meta({
  title: 'none or gzip',
  description:
    'What is done to samples that had to wait. A receiver tells gzip by its first two bytes, 1f 8b; the SQL of AWS IoT rules cannot read it. Alerts, ledger entries and live samples are never compressed.',
});

const ca = filePath().optional().meta({
  title: 'path',
  description: 'Certificates (PEM) to trust in place of those of the system.',
});

const awsIot = z
  .strictObject({
    kind: z.literal('aws-iot').meta({ description: 'AWS IoT Core, MQTT 5 with a certificate.' }),
    endpoint: z
      .string()
      .regex(HOST_PATTERN, 'is {value}, which is no host name; write it without "https://", port and path')
      .meta({
        title: 'host name',
        description: 'The data endpoint of the account: `aws iot describe-endpoint --endpoint-type iot:Data-ATS`.',
      }),
    port: wholeNumber({ min: 1, max: 65_535 })
      .prefault(8_883)
      .meta({ title: 'port', description: 'The port for MQTT over TLS.' }),
    certificate: filePath().meta({ title: 'path', description: "The thing's certificate (PEM)." }),
    private_key: filePath().meta({
      title: 'path',
      description: "The certificate's private key (PEM). The path, not the key.",
    }),
    ca,
    topic_prefix: topicPrefix,
    compression,
  })
  .meta({ title: 'AWS IoT Core' });

const mqtt = z
  .strictObject({
    kind: z.literal('mqtt').meta({ description: 'Any MQTT broker.' }),
    url: z
      .string()
      .superRefine((text, context) => {
        const message = whyNoBroker(text);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .meta({
        title: 'URL',
        description: '`mqtt://host:1883`, or `mqtts://host:8883` for TLS. Without user and password.',
      }),
    protocol: z
      .preprocess(numberFromDigits, z.literal([5, '3.1.1']))
      .prefault(5)
      .meta({ title: '5 or 3.1.1', description: 'The version of MQTT.' }),
    username: z.string().min(1).optional().meta({ title: 'text', description: 'For brokers that ask for one.' }),
    password: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'text', description: `Best as \`"${referenceTo('MQTT_PASSWORD')}"\`, from the environment.` }),
    ca,
    certificate: filePath()
      .optional()
      .meta({ title: 'path', description: 'A client certificate (PEM), together with `private_key`.' }),
    private_key: filePath().optional().meta({
      title: 'path',
      description: 'Its private key (PEM), together with `certificate`. The path, not the key.',
    }),
    topic_prefix: topicPrefix,
    compression,
  })
  .meta({
    title: 'MQTT',
    dependentRequired: { certificate: ['private_key'], private_key: ['certificate'], password: ['username'] },
  });

const WEEK_MS = 604_800_000;

const clock = z
  .strictObject({
    trust: z.enum(['auto', 'ntp', 'always']).prefault('auto').meta({
      title: 'auto, ntp or always',
      description:
        "Whom to believe about the time. `auto`: NTP, where systemd or chrony can be asked, and otherwise the system's clock as soon as it is plausible. `ntp`: NTP alone. `always`: the system's clock as soon as it is plausible, without asking, as where a battery keeps it.",
    }),
    wait: duration({ min: 0, max: WEEK_MS }).prefault('6h').meta({
      title: 'duration',
      description:
        'How long samples and gaps wait to be put right while the time is not known, 0ms to 168h. After that they are delivered marked as unsynchronised. Alerts never wait.',
    }),
  })
  .prefault({})
  .meta({ description: 'When the time is taken for right: a Raspberry Pi has no battery for its clock.' });

const limits = z
  .strictObject({
    ingest_queue: wholeNumber({ min: 1, max: 1_000_000 }).prefault(4_096).meta({
      title: 'number',
      description: 'Readings that wait in memory for the store. Beyond it readings are lost, and the ledger says so.',
    }),
    group_commit: duration({ min: 0, max: 10_000 }).prefault('1s').meta({
      title: 'duration',
      description:
        'How long samples are gathered before they are written together, 0ms to 10s: what a power cut can cost. Alerts are written at once.',
    }),
    in_flight: wholeNumber({ min: 1, max: 14 }).prefault(8).meta({
      title: 'number',
      description:
        'Messages of samples under way to a broker without an acknowledgement, at most. How many bytes are is measured as it runs: about what the line holds.',
    }),
    publishes_per_second: wholeNumber({ min: 1, max: 100_000 }).optional().meta({
      title: 'number',
      description:
        'Messages that a broker gets in a second, at most. 90 for aws-iot and no limit for mqtt, unless given.',
    }),
    bytes_per_second: size({ min: 1_000 }).optional().meta({
      title: 'size',
      description:
        'Bytes that a broker gets in a second, at most. 460KB for aws-iot and no limit for mqtt, unless given.',
    }),
  })
  .prefault({})
  .meta({ description: 'How much of everything there may be.' });

const privacy = z
  .strictObject({
    send_notes: flag().prefault(false).meta({
      title: 'true or false',
      description:
        'Whether notes leave the gateway that people write when they acknowledge an alert. There may be names in them, so they do not unless you say so. Holds for notes that are written from then on; they are in the store and in `sideline status --json` all the same.',
    }),
  })
  .prefault({})
  .meta({ description: 'What leaves the gateway beside ids and measurements. Names never do.' });

const metrics = z
  .strictObject({
    listen: z
      .string()
      .superRefine((text, context) => {
        const message = whyNoLoopback(text);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .meta({
        title: 'address and port',
        description:
          'Where `/metrics` and `/healthz` are answered over HTTP, as in `127.0.0.1:9464` or `"[::1]:9464"`: to programs of this machine alone, every user of which may ask. Neither names, ids of athletes nor heart rates are in it.',
      }),
  })
  .meta({ description: 'Figures for Prometheus, and whether the gateway gets on. Absent: nothing listens.' });

const uplink = z.discriminatedUnion('kind', [awsIot, mqtt]);

export const gatewaySchema = z
  .strictObject({
    gateway: z
      .string()
      .regex(GATEWAY_PATTERN, 'is {value}, which cannot name a gateway; write 1 to 128 letters, digits, "_" and "-"')
      .meta({
        title: 'name',
        description: 'Names this gateway: MQTT client id, AWS thing name and a level of its topics.',
      }),
    athletes: filePath().meta({ title: 'path', description: 'The athletes file.' }),
    store,
    radio,
    uplink: uplink.meta({ description: 'The way to the cloud.' }),
    mirror: uplink.optional().meta({
      description:
        'A second way, with the same keys as `uplink`. It gets everything too, in its own time: neither waits for the other, and what one has not acknowledged is kept for it.',
    }),
    responses,
    webhook_hosts: webhookHosts,
    allow_commands: allowCommands,
    clock,
    privacy,
    limits,
    metrics: metrics.optional(),
  })
  .meta({ title: 'sideline gateway', description: 'The settings of one gateway (gateway.yaml).' });

export type GatewayFile = z.output<typeof gatewaySchema>;

export type UplinkSettings = {
  /** Of samples that had to wait. */
  readonly compression: 'none' | 'gzip';
} & (
  | {
      readonly kind: 'mqtt';
      readonly url: string;
      /** As the wire has it: 4 is MQTT 3.1.1. */
      readonly protocol: 4 | 5;
      readonly username?: string;
      readonly password?: string;
      readonly topicPrefix: string;
      readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly privateKey?: string };
    }
  | {
      readonly kind: 'aws-iot';
      readonly endpoint: string;
      readonly port: number;
      readonly topicPrefix: string;
      readonly certificate: string;
      readonly privateKey: string;
      readonly ca?: string;
    }
);

/** gateway.yaml, ready to use: paths absolute, sizes in bytes, durations in ms. */
export interface GatewaySettings {
  readonly gateway: string;
  readonly athletesFile: string;
  readonly store: { readonly path: string; readonly maxBytes: number; readonly keepAroundMs?: number };
  readonly radio: { readonly adapters: readonly string[]; readonly linksPerAdapter: number };
  readonly uplink: UplinkSettings;
  readonly mirror?: UplinkSettings;
  readonly responses: readonly ResponseSettings[];
  readonly clock: { readonly trust: ClockTrust; readonly waitMs: number };
  readonly privacy: { readonly sendNotes: boolean };
  /** Where they can be asked for; absent where they cannot. */
  readonly metrics?: LoopbackAddress;
  readonly limits: {
    readonly ingestQueue: number;
    readonly groupCommitMs: number;
    readonly inFlight: number;
    /** Absent where the kind of uplink decides. */
    readonly publishesPerSecond?: number;
    readonly bytesPerSecond?: number;
  };
}
