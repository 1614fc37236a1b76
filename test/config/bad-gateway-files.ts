/** Gateway files that must not load, with every line that a person is told. Beside each are a good athletes file and a.pem. */
import type { BadFile } from './config-folder.ts';

export const BAD_GATEWAY_FILES: readonly BadFile[] = [
  {
    title: 'an empty file',
    text: ``,
    problems: ['gateway.yaml:1:1: the file is empty; fill it in as the reference page shows'],
  },
  {
    title: 'everything missing',
    text: `{}
`,
    problems: [
      'gateway.yaml:1:1: "athletes" is missing; add "athletes"',
      'gateway.yaml:1:1: "gateway" is missing; add "gateway"',
      'gateway.yaml:1:1: "store" is missing; add "store"',
      'gateway.yaml:1:1: "uplink" is missing; add "uplink"',
    ],
  },
  {
    title: 'a gateway with a space in its name',
    text: `gateway: pitch 3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:1:10: "gateway" is "pitch 3", which cannot name a gateway; write 1 to 128 letters, digits, "_" and "-"',
    ],
  },
  {
    title: 'a gateway without quotes around its number',
    text: `gateway: 3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: ['gateway.yaml:1:10: expected a text for "gateway", got a number; write it in quotes: "3"'],
  },
  {
    title: 'a misspelt key at the top',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
limit: {}
`,
    problems: ['gateway.yaml:5:1: unknown key "limit"; did you mean "limits"?'],
  },
  {
    title: 'an athletes file that is not there',
    text: `gateway: pitch-3
athletes: team.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:2:11: cannot read athletes file team.yaml (no such file); correct the path, or put the file there',
    ],
  },
  {
    title: 'an athletes file that is a directory',
    text: `gateway: pitch-3
athletes: .
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: ['gateway.yaml:2:11: cannot read athletes file . (it is a directory); name the file in it'],
  },
  {
    title: 'a size without a unit',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 2 }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:3:37: "max_size" in "store" is 2, which has no unit; write a number and KB, MB, GB, KiB, MiB or GiB, as in "2GB"',
    ],
  },
  {
    title: 'a size in an unknown unit',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 2gb }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:3:37: "max_size" in "store" is "2gb", which is no size; write a number and KB, MB, GB, KiB, MiB or GiB, as in "2GB"',
    ],
  },
  {
    title: 'a store that is too small',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 15MB }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: ['gateway.yaml:3:37: "max_size" in "store" is "15MB", which is too little; write 16MB or more'],
  },
  {
    title: 'hours around each alert that are never to go',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, keep_around_alerts: 61m }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:3:47: "keep_around_alerts" in "store" is "61m", which is too long; write a duration from 0ms to 1h',
    ],
  },
  {
    title: 'a store without a path',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: {  }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: ['gateway.yaml:3:1: "path" in "store" is missing; add "path"'],
  },
  {
    title: 'H4 adapters that lead nowhere',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio:
  adapters:
    - h4:unix:relative.sock
    - h4:tcp:host
    - h4:ttyACM0
`,
    problems: [
      'gateway.yaml:7:7: item 1 of "adapters" in "radio" is "h4:unix:relative.sock", which is no adapter; write hci and its number, h4:unix:/path, h4:tcp:host:port or h4:/dev/ttyACM0',
      'gateway.yaml:8:7: item 2 of "adapters" in "radio" is "h4:tcp:host", which is no adapter; write hci and its number, h4:unix:/path, h4:tcp:host:port or h4:/dev/ttyACM0',
      'gateway.yaml:9:7: item 3 of "adapters" in "radio" is "h4:ttyACM0", which is no adapter; write hci and its number, h4:unix:/path, h4:tcp:host:port or h4:/dev/ttyACM0',
    ],
  },
  {
    title: 'an adapter twice',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio: { adapters: [hci0, hci1, hci0] }
`,
    problems: ['gateway.yaml:5:20: "adapters" in "radio" names an adapter twice; keep each of them once'],
  },
  {
    title: 'more adapters than anybody has',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio: { adapters: [hci0, hci1, hci2, hci3, hci4, hci5, hci6, hci7, hci8] }
`,
    problems: ['gateway.yaml:5:20: "adapters" in "radio" names more than 8 adapters; keep 8 at the most'],
  },
  {
    title: 'more links than an adapter holds',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio: { links_per_adapter: 40 }
`,
    problems: ['gateway.yaml:5:29: "links_per_adapter" in "radio" is 40, more than 20; write 20 or less'],
  },
  {
    title: 'no adapter',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio: { adapters: [] }
`,
    problems: ['gateway.yaml:5:20: "adapters" in "radio" is an empty list; add one'],
  },
  {
    title: 'an adapter that is none',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio: { adapters: [wlan0] }
`,
    problems: [
      'gateway.yaml:5:21: item 1 of "adapters" in "radio" is "wlan0", which is no adapter; write hci and its number, h4:unix:/path, h4:tcp:host:port or h4:/dev/ttyACM0',
    ],
  },
  {
    title: 'an adapter that is not in a list',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
radio: { adapters: hci0 }
`,
    problems: [
      'gateway.yaml:5:20: expected a list for "adapters" in "radio", got a text; begin each item on a line of its own with "- "',
    ],
  },
  {
    title: 'an uplink without a kind',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { url: mqtt://127.0.0.1 }
`,
    problems: ['gateway.yaml:4:1: "kind" in "uplink" is missing; add "kind" (aws-iot or mqtt)'],
  },
  {
    title: 'an uplink of an unknown kind',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqqt, url: mqtt://127.0.0.1 }
`,
    problems: ['gateway.yaml:4:17: "kind" in "uplink" is "mqqt", which is not known; did you mean "mqtt"?'],
  },
  {
    title: 'an uplink of a kind nothing is like',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: http, url: mqtt://127.0.0.1 }
`,
    problems: ['gateway.yaml:4:17: "kind" in "uplink" is "http", which is not known; known here: aws-iot, mqtt'],
  },
  {
    title: 'a URL with a password',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtt://pitch:hunter2@broker:1883
`,
    problems: [
      `gateway.yaml:6:8: "url" in "uplink" holds a user or a password; write them under "username" and "password", the latter as "\${MQTT_PASSWORD}"`,
    ],
  },
  {
    title: 'a URL of another kind',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: https://broker
`,
    problems: [
      'gateway.yaml:6:8: "url" in "uplink" does not begin with mqtt:// or mqtts://; write mqtt://host:1883 or mqtts://host:8883',
    ],
  },
  {
    title: 'a URL that is none',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: broker
`,
    problems: ['gateway.yaml:6:8: "url" in "uplink" is no URL; write mqtt://host:1883 or mqtts://host:8883'],
  },
  {
    title: 'a URL with a path',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtt://broker/topic
`,
    problems: [
      'gateway.yaml:6:8: "url" in "uplink" has something after the host and port; write mqtt://host:1883 or mqtts://host:8883',
    ],
  },
  {
    title: 'a version of MQTT that is not spoken',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  protocol: 3.1
`,
    problems: ['gateway.yaml:7:13: "protocol" in "uplink" is 3.1, which is not known; known here: 5, 3.1.1'],
  },
  {
    title: 'a password that YAML takes for a number',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  username: u
  password: 123456
`,
    problems: ['gateway.yaml:8:13: expected a text for "password" in "uplink", got a number; write it in quotes'],
  },
  {
    title: 'a password without a user',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  password: hunter2
`,
    problems: [
      'gateway.yaml:7:3: "password" in "uplink" is given without "username"; add "username", or remove "password"',
    ],
  },
  {
    title: 'a key of AWS IoT in a plain broker',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  endpoint: x
`,
    problems: [
      'gateway.yaml:7:3: unknown key "endpoint" in "uplink"; known here: kind, url, protocol, username, password, ca, certificate, private_key, topic_prefix, compression',
    ],
  },
  {
    title: 'a certificate without its key',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  certificate: a.pem
`,
    problems: [
      'gateway.yaml:7:3: "certificate" in "uplink" is given without "private_key"; add "private_key", or remove "certificate"',
    ],
  },
  {
    title: 'a key without its certificate',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  private_key: a.pem
`,
    problems: [
      'gateway.yaml:7:3: "private_key" in "uplink" is given without "certificate"; add "certificate", or remove "private_key"',
    ],
  },
  {
    title: 'certificates without TLS',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtt://broker
  ca: a.pem
`,
    problems: [
      'gateway.yaml:7:3: "ca" in "uplink" has no effect on a connection without TLS; let "url" begin with mqtts://',
    ],
  },
  {
    title: 'certificates that are not there',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: x-ats.iot.eu-west-1.amazonaws.com
  certificate: keys/b.pem
  private_key: keys/b.pem
  ca: /nowhere/ca.pem
`,
    problems: [
      'gateway.yaml:7:16: cannot read certificate keys/b.pem (no such file); correct the path, or put the file there',
      'gateway.yaml:8:16: cannot read private_key keys/b.pem (no such file); correct the path, or put the file there',
      'gateway.yaml:9:7: cannot read ca /nowhere/ca.pem (no such file); correct the path, or put the file there',
    ],
  },
  {
    title: 'a certificate that is a directory',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: x-ats.iot.eu-west-1.amazonaws.com
  certificate: .
  private_key: a.pem
`,
    problems: ['gateway.yaml:7:16: cannot read certificate . (it is a directory); name the file in it'],
  },
  {
    title: 'a private key in place of its path',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: x-ats.iot.eu-west-1.amazonaws.com
  certificate: a.pem
  private_key: |
    -----BEGIN PRIVATE KEY-----
    c2VjcmV0

`,
    problems: [
      'gateway.yaml:8:16: "private_key" in "uplink" is not the path of a file; save the content to a file and name that',
    ],
  },
  {
    title: 'an endpoint with a scheme',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: https://x-ats.iot.eu-west-1.amazonaws.com
  certificate: a.pem
  private_key: a.pem
`,
    problems: [
      'gateway.yaml:6:13: "endpoint" in "uplink" is "https://x-ats.iot.eu-west-1.amazonaws.com", which is no host name; write it without "https://", port and path',
    ],
  },
  {
    title: 'a port out of range',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: x-ats.iot.eu-west-1.amazonaws.com
  certificate: a.pem
  private_key: a.pem
  port: 70000
`,
    problems: ['gateway.yaml:9:9: "port" in "uplink" is 70000, more than 65535; write 65535 or less'],
  },
  {
    title: 'a port that is no number',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: x-ats.iot.eu-west-1.amazonaws.com
  certificate: a.pem
  private_key: a.pem
  port: mqtt
`,
    problems: [
      'gateway.yaml:9:9: expected a number for "port" in "uplink", got a text; write the number alone, without unit or quotes',
    ],
  },
  {
    title: 'a topic prefix with a wildcard',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  topic_prefix: iot/+
`,
    problems: [
      'gateway.yaml:7:17: "topic_prefix" in "uplink" is "iot/+", which cannot begin a topic; write levels separated by "/", without spaces, "+", "#" and a "$" at its start',
    ],
  },
  {
    title: 'a topic prefix with an empty level',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  topic_prefix: iot//heartrate
`,
    problems: [
      'gateway.yaml:7:17: "topic_prefix" in "uplink" is "iot//heartrate", which cannot begin a topic; write levels separated by "/", without spaces, "+", "#" and a "$" at its start',
    ],
  },
  {
    title: 'a topic prefix of the broker itself',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  topic_prefix: $aws/things
`,
    problems: [
      'gateway.yaml:7:17: "topic_prefix" in "uplink" is "$aws/things", which cannot begin a topic; write levels separated by "/", without spaces, "+", "#" and a "$" at its start',
    ],
  },
  {
    title: 'a topic with too many levels',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  topic_prefix: a/b/c/d/e/f/g
`,
    problems: [
      'gateway.yaml:7:17: the topic for samples has 8 slashes, more than the 7 that are allowed; give "topic_prefix" fewer levels',
    ],
  },
  {
    title: 'a topic that is too long',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  topic_prefix: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
`,
    problems: [
      'gateway.yaml:7:17: the topic for samples has 266 bytes, more than the 256 that are allowed; shorten "topic_prefix" or "gateway"',
    ],
  },
  {
    title: 'a clock that nobody can hold, and a wait beyond a week',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
clock: { trust: gps, wait: 200h }
`,
    problems: [
      'gateway.yaml:5:17: "trust" in "clock" is "gps", which is not known; known here: auto, ntp, always',
      'gateway.yaml:5:28: "wait" in "clock" is "200h", which is too long; write a duration from 0ms to 168h',
    ],
  },
  {
    title: 'limits out of range',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
limits: { ingest_queue: 0, group_commit: 11s, in_flight: 15 }
`,
    problems: [
      'gateway.yaml:5:25: "ingest_queue" in "limits" is 0, less than 1; write 1 or more',
      'gateway.yaml:5:42: "group_commit" in "limits" is "11s", which is too long; write a duration from 0ms to 10s',
      'gateway.yaml:5:58: "in_flight" in "limits" is 15, more than 14; write 14 or less',
    ],
  },
  {
    title: 'limits of another type',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
limits: { ingest_queue: many, group_commit: 1, in_flight: 1.5 }
`,
    problems: [
      'gateway.yaml:5:25: expected a number for "ingest_queue" in "limits", got a text; write the number alone, without unit or quotes',
      'gateway.yaml:5:45: "group_commit" in "limits" is 1, which has no unit; write a number and ms, s, m or h, as in "60s"',
      'gateway.yaml:5:59: expected a whole number for "in_flight" in "limits", got 1.5; write a number without a fraction',
    ],
  },
  {
    title: 'a variable that is not set',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: mqtt
  url: mqtts://broker:8883
  username: u
  password: \${NOT_SET}
`,
    problems: ['gateway.yaml:8:13: the environment has no variable NOT_SET; set NOT_SET before starting'],
  },
  {
    title: 'a password with a space forgotten before it',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1, password:hunter2 }
`,
    problems: [
      'gateway.yaml:4:46: unknown key (not a plain name) in "uplink"; known here: kind, url, protocol, username, password, ca, certificate, private_key, topic_prefix, compression',
    ],
  },
  {
    title: 'a store that is a directory',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: . }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: ['gateway.yaml:3:16: cannot keep the store at . (it is a directory); name a file in it'],
  },
  {
    title: 'a store that is no regular file',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: /dev/null }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: ['gateway.yaml:3:16: cannot keep the store at /dev/null (it is not a regular file); name another file'],
  },
  {
    title: 'a store below a file',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: a.pem/store/outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:3:16: cannot keep the store at a.pem/store/outbox.db (a.pem: it is not a directory); name a file in a directory',
    ],
  },
  {
    title: 'a bad store beside a missing uplink',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: . }
`,
    problems: [
      'gateway.yaml:1:1: "uplink" is missing; add "uplink"',
      'gateway.yaml:3:16: cannot keep the store at . (it is a directory); name a file in it',
    ],
  },
  {
    title: 'a merge key',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: &all { path: outbox.db }
uplink: { <<: *all, kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:4:11: merge keys ("<<") are not supported here; write the keys out; what all athletes share stands under "defaults" in the athletes file',
    ],
  },
  {
    title: 'a mirror at the broker of the uplink',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
mirror: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`,
    problems: [
      'gateway.yaml:5:28: "url" in "mirror" is that of "uplink", and a broker keeps one connection of each gateway; name another broker, or remove "mirror"',
    ],
  },
  {
    title: 'a mirror with what an uplink may not have',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
mirror: { kind: mqtt, url: mqtt://127.0.0.1:1884, certificate: a.pem, compression: zip }
`,
    problems: [
      'gateway.yaml:5:51: "certificate" in "mirror" has no effect on a connection without TLS; let "url" begin with mqtts://',
      'gateway.yaml:5:51: "certificate" in "mirror" is given without "private_key"; add "private_key", or remove "certificate"',
      'gateway.yaml:5:84: "compression" in "mirror" is "zip", which is not known; did you mean "gzip"?',
    ],
  },
  {
    title: 'limits that are none',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
limits: { publishes_per_second: 0, bytes_per_second: 10 }
`,
    problems: [
      'gateway.yaml:5:33: "publishes_per_second" in "limits" is 0, less than 1; write 1 or more',
      'gateway.yaml:5:54: "bytes_per_second" in "limits" is 10, which has no unit; write a number and KB, MB, GB, KiB, MiB or GiB, as in "2GB"',
    ],
  },
  {
    title: 'notes that are sent to nobody knows whom',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
privacy: { send_notes: mqtt, send_names: true }
`,
    problems: [
      'gateway.yaml:5:24: expected true or false for "send_notes" in "privacy", got a text; write one of the two, without quotes',
      'gateway.yaml:5:30: unknown key "send_names" in "privacy"; did you mean "send_notes"?',
    ],
  },
  {
    title: 'metrics for the whole network',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: 0.0.0.0:9464 }
`,
    problems: [
      'gateway.yaml:5:20: "listen" in "metrics" is "0.0.0.0:9464", which others than this machine can reach; write "127.0.0.1:9464" or "[::1]:9464", and let a proxy or a tunnel lead there',
    ],
  },
  {
    title: 'metrics for the whole network, by IPv6',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: "[::]:9464" }
`,
    problems: [
      'gateway.yaml:5:20: "listen" in "metrics" is "[::]:9464", which others than this machine can reach; write "127.0.0.1:9464" or "[::1]:9464", and let a proxy or a tunnel lead there',
    ],
  },
  {
    title: 'metrics at a name, which may be anywhere',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: localhost:9464 }
`,
    problems: [
      'gateway.yaml:5:20: "listen" in "metrics" is "localhost:9464", which is no address with a port; write "127.0.0.1:9464" or "[::1]:9464"',
    ],
  },
  {
    title: 'metrics without a port',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: 127.0.0.1 }
`,
    problems: [
      'gateway.yaml:5:20: "listen" in "metrics" is "127.0.0.1", which is no address with a port; write "127.0.0.1:9464" or "[::1]:9464"',
    ],
  },
  {
    title: 'metrics at a port alone',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: 9464 }
`,
    problems: [
      'gateway.yaml:5:20: expected a text for "listen" in "metrics", got a number; write it in quotes: "9464"',
    ],
  },
  {
    title: 'metrics at port 0, which is another one at each start',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: 127.0.0.1:0 }
`,
    problems: [
      'gateway.yaml:5:20: "listen" in "metrics" is "127.0.0.1:0", and ports go from 1 to 65535; write "127.0.0.1:9464" or "[::1]:9464"',
    ],
  },
  {
    title: 'metrics at a port that there is not',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: { listen: 127.0.0.1:65536 }
`,
    problems: [
      'gateway.yaml:5:20: "listen" in "metrics" is "127.0.0.1:65536", and ports go from 1 to 65535; write "127.0.0.1:9464" or "[::1]:9464"',
    ],
  },
  {
    title: 'metrics nowhere',
    text: `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
metrics: {}
`,
    problems: ['gateway.yaml:5:1: "listen" in "metrics" is missing; add "listen"'],
  },
];
