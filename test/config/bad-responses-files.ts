/** Gateway files whose responses must not load, with every line that a person is told. */
import type { BadFile } from './config-folder.ts';

const HEAD = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`;

const SECRET = `whsec_${'A'.repeat(32)}`;

export const BAD_RESPONSES_FILES: readonly BadFile[] = [
  {
    title: 'a response without a kind',
    text: `${HEAD}responses: { siren: { severity: critical } }\n`,
    problems: [
      'gateway.yaml:5:14: "kind" in "siren" in "responses" is missing; add "kind" (topic or webhook or command)',
    ],
  },
  {
    title: 'a response of an unknown kind',
    text: `${HEAD}responses: { siren: { kind: webhok } }\n`,
    problems: [
      'gateway.yaml:5:29: "kind" in "siren" in "responses" is "webhok", which is not known; did you mean "webhook"?',
    ],
  },
  {
    title: 'a response whose name is not plain',
    text: `${HEAD}responses: { "the siren": { kind: topic, url: mqtt://127.0.0.1, topic: a } }\n`,
    problems: [
      'gateway.yaml:5:14: (not a plain name) in "responses" cannot be the name of a response; write 1 to 64 letters, digits, ".", "_" and "-"',
    ],
  },
  {
    title: 'a severity and an event that there are not',
    text: `${HEAD}responses: { a: { kind: topic, url: mqtt://127.0.0.1, topic: a, severity: grave, events: [raise] } }\n`,
    problems: [
      'gateway.yaml:5:75: "severity" in "a" in "responses" is "grave", which is not known; known here: notice, warning, critical',
      'gateway.yaml:5:91: item 1 of "events" in "a" in "responses" is "raise", which is not known; did you mean "raised"?',
    ],
  },
  {
    title: 'a topic with a wildcard, a password alone, a ca without TLS',
    text: `${HEAD}responses:
  board: { kind: topic, url: mqtt://127.0.0.1, topic: touchline/#, password: abc, ca: a.pem }
`,
    problems: [
      'gateway.yaml:6:55: "topic" in "board" in "responses" is "touchline/#", which is no topic; write levels separated by "/", without spaces, "+", "#" and a "$" at its start',
      'gateway.yaml:6:68: "password" in "board" in "responses" is given without "username"; add "username", or remove "password"',
      'gateway.yaml:6:83: "ca" in "board" in "responses" has no effect on a connection without TLS; let "url" begin with mqtts://',
    ],
  },
  {
    title: 'a topic whose url is no broker',
    text: `${HEAD}responses: { board: { kind: topic, url: "http://127.0.0.1", topic: a } }\n`,
    problems: [
      'gateway.yaml:5:41: "url" in "board" in "responses" does not begin with mqtt:// or mqtts://; write mqtt://host:1883 or mqtts://host:8883',
    ],
  },
  {
    title: 'a webhook to a host that is not allowed',
    text: `${HEAD}responses: { office: { kind: webhook, url: "https://hooks.example.org/a?token=b", secret: ${SECRET} } }\n`,
    problems: [
      'gateway.yaml:5:44: "url" in "office" in "responses" goes to a host that is not in "webhook_hosts"; add "hooks.example.org" to "webhook_hosts" if it may',
    ],
  },
  {
    title: 'a webhook to another port of a host that is allowed, and to a host below it',
    text: `${HEAD}responses:
  a: { kind: webhook, url: "https://example.org:8443/", secret: ${SECRET} }
  b: { kind: webhook, url: "https://hooks.example.org/", secret: ${SECRET} }
webhook_hosts: [example.org]
`,
    problems: [
      'gateway.yaml:6:28: "url" in "a" in "responses" goes to a host that is not in "webhook_hosts"; add "example.org:8443" to "webhook_hosts" if it may',
      'gateway.yaml:7:28: "url" in "b" in "responses" goes to a host that is not in "webhook_hosts"; add "hooks.example.org" to "webhook_hosts" if it may',
    ],
  },
  {
    title: 'a webhook without TLS to another machine',
    text: `${HEAD}responses: { office: { kind: webhook, url: "http://192.168.1.20:8080/", secret: ${SECRET} } }
webhook_hosts: ["192.168.1.20:8080"]
`,
    problems: [
      'gateway.yaml:5:44: "url" in "office" in "responses" begins with http://, so that whoever is on the way can read alerts; write https://, or add "allow_http: true"',
    ],
  },
  {
    title: "a webhook to a cloud's metadata, however it is written",
    text: `${HEAD}responses:
  a: { kind: webhook, url: "http://0xa9fea9fe/", secret: ${SECRET}, allow_http: true }
webhook_hosts: ["169.254.169.254", "[fe80::1]:80"]
`,
    problems: [
      'gateway.yaml:6:28: "url" in "a" in "responses" goes to a host that is not in "webhook_hosts"; add "169.254.169.254" to "webhook_hosts" if it may',
      'gateway.yaml:7:17: item 1 of "webhook_hosts" is an address that no webhook may go to; name a host, this machine (127.0.0.1), or an address of the network',
      'gateway.yaml:7:36: item 2 of "webhook_hosts" is an address that no webhook may go to; name a host, this machine (127.0.0.1), or an address of the network',
    ],
  },
  {
    title: 'hosts that are none',
    text: `${HEAD}webhook_hosts: ["https://example.org", "example.org/a", "example.org:0", "*.example.org:x"]\n`,
    problems: [17, 40, 57, 74].map(
      (column, index) =>
        `gateway.yaml:5:${column}: item ${index + 1} of "webhook_hosts" is no host with or without a port; write hooks.example.org, or hooks.example.org:8443`,
    ),
  },
  {
    title: 'webhooks with a user, of another scheme, and that are no URL, which are not shown',
    text: `${HEAD}responses:
  a: { kind: webhook, url: "https://pi:touchline@example.org/", secret: ${SECRET} }
  b: { kind: webhook, url: "ftp://example.org/", secret: ${SECRET} }
  c: { kind: webhook, url: "example.org", secret: ${SECRET} }
  d: { kind: webhook, url: "https://example.org/#a", secret: ${SECRET} }
webhook_hosts: [example.org]
`,
    problems: [
      'gateway.yaml:6:28: "url" in "a" in "responses" holds a user or a password; remove them, since the signature says who sends',
      'gateway.yaml:7:28: "url" in "b" in "responses" does not begin with https://; write https:// and the address of the receiver',
      'gateway.yaml:8:28: "url" in "c" in "responses" is no URL; write https:// and the address of the receiver',
      'gateway.yaml:9:28: "url" in "d" in "responses" has a "#" and what follows it, which no receiver gets; remove both',
    ],
  },
  {
    title: 'a secret that is none, which is not shown',
    text: `${HEAD}responses: { a: { kind: webhook, url: "https://example.org/", secret: hunter2 } }
webhook_hosts: [example.org]
`,
    problems: [
      'gateway.yaml:5:71: "secret" in "a" in "responses" is no secret of a webhook; write whsec_ and 24 to 64 bytes in base64, as from: echo whsec_$(openssl rand -base64 32)',
    ],
  },
  {
    title: 'a command where none is allowed',
    text: `${HEAD}responses: { siren: { kind: command, command: [/bin/true] } }\n`,
    problems: [
      'gateway.yaml:5:14: "siren" in "responses" is a command, and none may be run here; add "allow_commands: true" at the top, or remove the response',
    ],
  },
  {
    title: 'commands by name, as one text, without anything, that are not there, and that are no program',
    text: `${HEAD}responses:
  a: { kind: command, command: [gpioset, "1"] }
  b: { kind: command, command: "/bin/true now" }
  c: { kind: command, command: [] }
  d: { kind: command, command: [/nowhere/siren] }
  e: { kind: command, command: [/etc/passwd] }
  f: { kind: command, command: [/etc] }
allow_commands: true
`,
    problems: [
      'gateway.yaml:6:32: "command" in "a" in "responses" begins with a name; write the whole path of the program, as in /usr/bin/gpioset',
      'gateway.yaml:7:32: expected a list for "command" in "b" in "responses", got a text; begin each item on a line of its own with "- "',
      'gateway.yaml:8:32: "command" in "c" in "responses" is an empty list; add one',
      'gateway.yaml:9:33: cannot run "/nowhere/siren" (no such file); correct the path, or install the program',
      'gateway.yaml:10:33: cannot run "/etc/passwd" (it may not be executed); correct the path, or install the program',
      'gateway.yaml:11:33: cannot run "/etc" (it is not a file); correct the path, or install the program',
    ],
  },
];
