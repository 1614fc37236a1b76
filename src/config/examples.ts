/** The examples of the reference page. Tests load them, so that they stay true. */

export const GATEWAY_EXAMPLE = `gateway: pitch-3
athletes: athletes.yaml
store: { path: /var/lib/sideline/outbox.db, max_size: 2GB }
radio:
  adapters: [hci0]
uplink:
  kind: aws-iot
  endpoint: xxxx-ats.iot.eu-west-1.amazonaws.com
  certificate: /etc/sideline/pitch-3.crt
  private_key: /etc/sideline/pitch-3.key
`;

/** A broker of one's own, with a password from the environment. */
export const MQTT_EXAMPLE = `uplink:
  kind: mqtt
  url: mqtts://broker.example.org:8883
  username: pitch-3
  password: "\${MQTT_PASSWORD}"
`;

/** A second uplink beside any other. */
export const MIRROR_EXAMPLE = `mirror:
  kind: mqtt
  url: mqtt://192.168.1.20:1883
`;

/** What happens at the pitch. */
export const RESPONSES_EXAMPLE = `responses:
  board: { kind: topic, url: "mqtt://127.0.0.1:1883", topic: touchline/alerts }
  office:
    kind: webhook
    url: https://hooks.example.org/sideline
    secret: "\${OFFICE_SECRET}"
    events: [raised, escalated, resumed]
  siren:
    kind: command
    command: [/usr/bin/gpioset, --toggle, "5s,0", --chip, gpiochip0, "17=1"]
    timeout: 10s
    severity: critical
    events: [raised, escalated, resumed]
webhook_hosts: [hooks.example.org]
allow_commands: true
`;

export const ATHLETES_EXAMPLE = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
    low-average: { kind: average, window: 60s, below: 40 }
athletes:
  - id: "7"
    name: J. Smith
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { above: 165 }
  - id: "8"
    strap: { name: "Polar H10 1234ABCD" }
`;

/** A club with presets and teams: what everybody has, what an age group has, and who is back after a break. */
export const TEAMS_EXAMPLE = `presets:
  contact-sport:
    rules:
      high-average: { kind: average, window: 60s, above: 90 % max }
      low-average: { kind: average, window: 60s, below: 40 }
      sprint: { kind: sustained, above: 95 % max, for: 2m }
  returning:
    rules:
      high-average: { above: 75 % max, severity: critical }
defaults:
  use: [contact-sport]
teams:
  u16:
    rules:
      high-average: { above: 85 % max }
      sprint: off
athletes:
  - id: "7"
    team: u16
    use: [returning]
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 201 }
  - id: "8"
    team: u16
    strap: { name: "Polar H10 1234ABCD" }
    age: 15
  - id: "21"
    strap: { serial: "0012" }
    heart_rate: { max: 188 }
    rules:
      high-average: { above: 160 }
`;
