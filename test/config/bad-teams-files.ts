/** Athletes files with wrong teams, presets or layers of rules, with every line that a person is told. */
import type { BadFile } from './config-folder.ts';

export const BAD_TEAMS_FILES: readonly BadFile[] = [
  {
    title: 'a team that there is not',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { u16: {} }
athletes:
  - { id: "7", strap: { name: X }, team: u61, rules: { sprint: { above: 180 } } }
`,
    problems: ['athletes.yaml:4:42: athlete "7" is in the unknown team "u61"; did you mean "u16"?'],
  },
  {
    title: 'a team where there are none',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
`,
    problems: ['athletes.yaml:3:42: athlete "7" is in the unknown team "u16"; add it to "teams", or remove it'],
  },
  {
    title: 'a team that none is like',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { u16: {}, first: {} }
athletes:
  - { id: "7", strap: { name: X }, team: women }
`,
    problems: ['athletes.yaml:4:42: athlete "7" is in the unknown team "women"; known here: u16, first'],
  },
  {
    title: 'two teams of one athlete',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { u16: {}, first: {} }
athletes:
  - { id: "7", strap: { name: X }, team: [u16, first] }
`,
    problems: ['athletes.yaml:4:42: expected a text for "team" of athlete "7", got a list; write a single text'],
  },
  {
    title: 'a team that is a number',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { 16: {} }
athletes:
  - { id: "7", strap: { name: X }, team: 16 }
`,
    problems: ['athletes.yaml:4:42: expected a text for "team" of athlete "7", got a number; write it in quotes: "16"'],
  },
  {
    title: 'a preset that there is not, once for everybody',
    text: `presets:
  contact-sport: { rules: { high: { kind: average, window: 60s, above: 150 } } }
defaults: { use: [contact-sprot] }
athletes:
  - { id: "7", strap: { name: X }, rules: { high: { above: 160 } } }
  - { id: "8", strap: { name: Y } }
`,
    problems: [
      'athletes.yaml:3:19: "use" of the defaults names the unknown preset "contact-sprot"; did you mean "contact-sport"?',
    ],
  },
  {
    title: 'a preset where there are none',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { u16: { use: [youth] } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
`,
    problems: [
      'athletes.yaml:2:23: "use" of team "u16" names the unknown preset "youth"; add it to "presets", or remove it',
    ],
  },
  {
    title: 'a preset that is used twice by one',
    text: `presets: { youth: { rules: { high: { kind: average, window: 60s, above: 150 } } } }
athletes:
  - { id: "7", strap: { name: X }, use: [youth, youth] }
`,
    problems: ['athletes.yaml:3:49: "use" of athlete "7" names preset "youth" twice; keep one of the two'],
  },
  {
    title: 'a preset without its list',
    text: `presets: { youth: { rules: { high: { kind: average, window: 60s, above: 150 } } } }
athletes:
  - { id: "7", strap: { name: X }, use: youth }
`,
    problems: [
      'athletes.yaml:3:41: expected a list for "use" of athlete "7", got a text; begin each item on a line of its own with "- "',
    ],
  },
  {
    title: 'a preset without a name',
    text: `presets: { youth: { rules: { high: { kind: average, window: 60s, above: 150 } } } }
athletes:
  - { id: "7", strap: { name: X }, use: [youth, ] }
  - id: "8"
    strap: { name: Y }
    use:
      - youth
      -
`,
    problems: [
      'athletes.yaml:8:8: item 2 of "use" of athlete "8" has no value; write one, or remove the key if it is not needed',
    ],
  },
  {
    title: 'a preset that uses another',
    text: `presets:
  youth: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  girls: { use: [youth], rules: {} }
athletes:
  - { id: "7", strap: { name: X }, use: [youth] }
`,
    problems: ['athletes.yaml:3:12: unknown key "use" of preset "girls"; known here: rules'],
  },
  {
    title: 'more presets than anybody can keep in mind',
    text: `presets:
  a: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  b: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  c: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  d: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  e: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  f: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  g: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  h: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  i: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  j: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  k: { rules: { high: { kind: average, window: 60s, above: 150 } } }
athletes:
  - { id: "7", strap: { name: X }, use: [a, b, c, d, e, f, g, h, i, j, k] }
`,
    problems: ['athletes.yaml:14:41: "use" of athlete "7" lists 11, more than 10; remove the others'],
  },
  {
    title: 'names that cannot be',
    text: `presets: { "under 16": { rules: {} } }
teams: { "U/16": {} }
defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: X } }
`,
    problems: [
      'athletes.yaml:1:12: preset "under 16" cannot be the name of a preset; write 1 to 64 letters, digits, ".", "_" and "-"',
      'athletes.yaml:2:10: team "U/16" cannot be the name of a team; write 1 to 64 letters, digits, ".", "_" and "-"',
    ],
  },
  {
    title: 'a team given twice',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams:
  u16: {}
  u16: {}
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
`,
    problems: ['athletes.yaml:4:3: key "u16" is given twice; keep one of the two'],
  },
  {
    title: 'teams and presets that are lists',
    text: `presets: [youth]
teams: [u16]
defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: X } }
`,
    problems: [
      'athletes.yaml:1:10: expected a map of keys for "presets", got a list; write its keys below it, indented',
      'athletes.yaml:2:8: expected a map of keys for "teams", got a list; write its keys below it, indented',
    ],
  },
  {
    title: 'a team without a value',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams:
  u16:
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
`,
    problems: ['athletes.yaml:3:3: team "u16" has no value; write one, or remove the key if it is not needed'],
  },
  {
    title: 'a misspelt key of a team and of a preset',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
presets: { youth: { rule: {} } }
teams: { u16: { uses: [youth], coach: A } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
`,
    problems: [
      'athletes.yaml:2:21: unknown key "rule" of preset "youth"; did you mean "rules"?',
      'athletes.yaml:3:17: unknown key "uses" of team "u16"; did you mean "use"?',
      'athletes.yaml:3:32: unknown key "coach" of team "u16"; known here: use, rules',
    ],
  },
  {
    title: 'a wrong value of a preset, once for all who use it',
    text: `presets:
  youth: { rules: { high: { kind: average, window: 60, above: 150, abov: 3 } } }
teams: { u14: { use: [youth] }, u16: { use: [youth] } }
athletes:
  - { id: "7", strap: { name: X }, team: u14 }
  - { id: "8", strap: { name: Y }, team: u16, rules: { high: { above: 160 } } }
  - { id: "9", strap: { name: Z }, use: [youth] }
`,
    problems: [
      'athletes.yaml:2:52: "window" in rule "high" of preset "youth" is 60, which has no unit; write a number and ms, s, m or h, as in "60s"',
      'athletes.yaml:2:68: unknown key "abov" in rule "high" of preset "youth"; did you mean "above"?',
    ],
  },
  {
    title: 'a wrong value of a preset that nobody uses',
    text: `presets:
  youth: { rules: { high: { kind: average, window: 60s, above: 1500 } } }
defaults: { rules: { low: { kind: average, window: 60s, below: 40 } } }
athletes:
  - { id: "7", strap: { name: X } }
`,
    problems: [
      'athletes.yaml:2:64: "above" in rule "high" of preset "youth" is 1500, more than 240; write 240 or less',
    ],
  },
  {
    title: 'a wrong value of a team that nobody is in',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { u16: { rules: { high: { above: 1500 } } } }
athletes:
  - { id: "7", strap: { name: X } }
`,
    problems: ['athletes.yaml:2:41: "above" in rule "high" of team "u16" is 1500, more than 240; write 240 or less'],
  },
  {
    title: 'a key of a preset that the rule below it does not know',
    text: `presets: { youth: { rules: { gone: { above: 150 } } } }
defaults: { rules: { gone: { kind: signal } } }
athletes:
  - { id: "7", strap: { name: X }, use: [youth] }
`,
    problems: [
      'athletes.yaml:1:38: unknown key "above" in rule "gone" of preset "youth"; known here: kind, for, clear_for, severity, shadow, repeat, responses',
    ],
  },
  {
    title: 'a misspelt rule of a team',
    text: `defaults: { rules: { high-average: { kind: average, window: 60s, above: 120 } } }
teams: { u16: { rules: { high-avarage: { above: 150 } } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
`,
    problems: [
      'athletes.yaml:2:26: rule "high-avarage" of team "u16" has no "kind", and no default rule has its name; did you mean "high-average"? Otherwise add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'a rule of an athlete that nothing gives',
    text: `presets: { youth: { rules: { high: { kind: average, window: 60s, above: 150 } } } }
athletes:
  - { id: "7", strap: { name: X }, use: [youth], rules: { hihg: { above: 160 }, sprint: { above: 180 } } }
`,
    problems: [
      'athletes.yaml:3:59: rule "hihg" of athlete "7" has no "kind", and nothing before it has a rule of its name; did you mean "high"? Otherwise add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
      'athletes.yaml:3:81: rule "sprint" of athlete "7" has no "kind", and nothing before it has a rule of its name; add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'a preset that changes what its users do not have',
    text: `presets: { returning: { rules: { high: { above: 140 } } } }
defaults: { rules: { low: { kind: average, window: 60s, below: 40 } } }
athletes:
  - { id: "7", strap: { name: X }, use: [returning] }
  - { id: "8", strap: { name: Y }, use: [returning] }
`,
    problems: [
      'athletes.yaml:1:34: rule "high" of preset "returning" has no "kind", and athlete "7" has no rule of its name before it; add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'presets in the wrong order',
    text: `presets:
  youth: { rules: { high: { kind: average, window: 60s, above: 150 } } }
  returning: { rules: { high: { above: 140 } } }
athletes:
  - { id: "7", strap: { name: X }, use: [returning, youth] }
`,
    problems: [
      'athletes.yaml:3:25: rule "high" of preset "returning" has no "kind", and athlete "7" has no rule of its name before it; add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'a misspelt rule that is switched off',
    text: `defaults: { rules: { high-average: { kind: average, window: 60s, above: 120 } } }
teams: { u16: { rules: { high-avarage: off } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16, rules: { low: off } }
`,
    problems: [
      'athletes.yaml:2:26: rule "high-avarage" of team "u16" is switched off, and no default rule has its name; did you mean "high-average"?',
      'athletes.yaml:4:56: rule "low" of athlete "7" is switched off, and nothing before it has a rule of its name; remove it',
    ],
  },
  {
    title: 'a preset that switches off what nobody has',
    text: `presets: { calm: { rules: { sprint: off } } }
defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: X }, use: [calm] }
`,
    problems: [
      'athletes.yaml:1:29: rule "sprint" of preset "calm" is switched off, and athlete "7" has no rule of its name before it; remove it',
    ],
  },
  {
    title: 'every rule switched off',
    text: `presets: { none: { rules: { high: off } } }
defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: X }, use: [none] }
`,
    problems: [
      'athletes.yaml:4:5: athlete "7" has every rule switched off, so that nothing would watch them; leave one on, or let it be on trial with "shadow: true"',
    ],
  },
  {
    title: 'other words for off',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: X }, rules: { high: no } }
  - { id: "8", strap: { name: Y }, rules: { high: false } }
  - { id: "9", strap: { name: Z }, rules: { high: 0 } }
`,
    problems: [
      'athletes.yaml:3:51: rule "high" of athlete "7" is "no", which is no rule; write its keys, or off to switch it off',
      'athletes.yaml:4:51: rule "high" of athlete "8" is "false", which is no rule; write its keys, or off to switch it off',
      'athletes.yaml:5:51: expected a map of keys for rule "high" of athlete "9", got a number; write its keys below it, indented',
    ],
  },
  {
    title: 'what is wrong with a rule that its athletes have off',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 1200 }, low: { kind: average, window: 60s, below: 40 } } }
athletes:
  - { id: "7", strap: { name: X }, rules: { high: off } }
`,
    problems: ['athletes.yaml:1:65: "above" in rule "high" of the defaults is 1200, more than 240; write 240 or less'],
  },
  {
    title: 'a limit that nobody has given, once for the team',
    text: `presets: { youth: { rules: { high: { kind: average, window: 60s } } } }
teams: { u16: { use: [youth], rules: { high: { coverage: 0.4 } } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
  - { id: "8", strap: { name: Y }, team: u16, rules: { high: { severity: notice } } }
`,
    problems: [
      'athletes.yaml:2:40: rule "high" of team "u16" needs "above" or "below"; add "above" or "below" here, or to every athlete of the team',
    ],
  },
  {
    title: 'a limit that a preset leaves to all who use it',
    text: `presets: { youth: { rules: { high: { kind: sustained, above: 180 } } } }
teams: { u16: { use: [youth], rules: { high: { above: 170 } } } }
athletes:
  - { id: "7", strap: { name: X }, use: [youth] }
  - { id: "8", strap: { name: Y }, team: u16 }
`,
    problems: ['athletes.yaml:1:30: "for" in rule "high" of preset "youth" is missing; add "for"'],
  },
  {
    title: 'a limit that a preset crosses with one of the defaults',
    text: `presets: { low: { rules: { r: { above: 100 } } } }
defaults: { rules: { r: { kind: average, window: 60s, above: 180, below: 110 } } }
teams: { u16: { use: [low] } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
  - { id: "8", strap: { name: Y }, team: u16, rules: { r: { severity: notice } } }
`,
    problems: [
      'athletes.yaml:1:40: rule "r" of preset "low" has "below" 110, not less than "above" 100, and would always alert; let "below" be the smaller of the two',
    ],
  },
  {
    title: 'a limit of a team on the wrong side of what clears an alert in the defaults',
    text: `defaults: { rules: { r: { kind: sustained, above: 180, for: 30s, clear_below: 170 } } }
teams: { u16: { rules: { r: { above: 160 } } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
  - { id: "8", strap: { name: Y }, team: u16, rules: { r: { severity: notice } } }
`,
    problems: [
      'athletes.yaml:2:26: rule "r" of team "u16" has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
  {
    title: 'a limit of a team that makes no sense with the numbers of one athlete',
    text: `defaults: { rules: { r: { kind: sustained, above: 85 % max, for: 30s } } }
teams: { u16: { rules: { r: { clear_below: 160 } } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16, heart_rate: { max: 180 } }
  - { id: "8", strap: { name: Y }, team: u16, heart_rate: { max: 200 } }
`,
    problems: [
      'athletes.yaml:4:5: rule "r" of athlete "7" has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
  {
    title: 'a limit in percent that a preset has, of a maximum that nobody knows',
    text: `presets: { youth: { rules: { high: { kind: average, window: 60s, above: 85 % max } } } }
athletes:
  - { id: "7", strap: { name: X }, use: [youth] }
  - { id: "8", strap: { name: Y }, use: [youth], age: 15 }
`,
    problems: [
      'athletes.yaml:3:5: "above" in rule "high" of athlete "7" is "85 % max", and athlete "7" has no maximum; add "max" to "heart_rate" of the athlete, or "age" or "born" for an estimated one',
    ],
  },
  {
    title: 'a rule switched off by one whose team is not known',
    text: `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { u16: { rules: { sprint: { kind: sustained, above: 180, for: 30s } } } }
athletes:
  - { id: "7", strap: { name: X }, team: u61, rules: { sprint: off } }
`,
    problems: ['athletes.yaml:4:42: athlete "7" is in the unknown team "u61"; did you mean "u16"?'],
  },
  {
    title: 'a rule without its limit of one whose team is not known',
    text: `defaults: { rules: { high: { kind: average, window: 60s } } }
teams: { u16: { rules: { high: { above: 150 } } } }
athletes:
  - { id: "7", strap: { name: X }, team: u16 }
  - { id: "8", strap: { name: Y }, team: u61, rules: { high: { coverage: 0.4 } } }
`,
    problems: ['athletes.yaml:5:42: athlete "8" is in the unknown team "u61"; did you mean "u16"?'],
  },
  {
    title: 'the same nonsense of the defaults and of an athlete who says it again',
    text: `defaults: { rules: { r: { kind: sustained, above: 180, for: 30s, clear_below: 190 } } }
athletes:
  - { id: "7", strap: { name: X }, rules: { r: { clear_below: 185 } } }
`,
    problems: [
      'athletes.yaml:3:63: rule "r" of athlete "7" has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
];
