/** Athletes files that must not load, with every line that a person is told. */
import type { BadFile } from './config-folder.ts';

export const BAD_ATHLETES_FILES: readonly BadFile[] = [
  {
    title: 'an empty file',
    text: ``,
    problems: ['athletes.yaml:1:1: the file is empty; fill it in as the reference page shows'],
  },
  {
    title: 'a file of comments',
    text: `# nobody yet
`,
    problems: ['athletes.yaml:1:1: the file is empty; fill it in as the reference page shows'],
  },
  {
    title: 'a list at the top',
    text: `- a
`,
    problems: ['athletes.yaml:1:1: expected a map of keys for the file, got a list; write its keys below it, indented'],
  },
  {
    title: 'a tab as indentation',
    text: `athletes:
	- id: a
`,
    problems: ['athletes.yaml:2:1: a tab indents this line; indent with spaces'],
  },
  {
    title: 'a bracket that is not closed',
    text: `athletes: [
`,
    problems: ['athletes.yaml:2:1: a bracket above is not closed before here; close it'],
  },
  {
    title: 'a second document',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
---
athletes: []
`,
    problems: [
      'athletes.yaml:6:1: a second document begins here; keep one document in the file, without "---" in between',
    ],
  },
  {
    title: 'a key given twice',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    name: A
    name: B
`,
    problems: ['athletes.yaml:7:5: key "name" is given twice; keep one of the two'],
  },
  {
    title: 'an alias without anchor',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: *mine
`,
    problems: ['athletes.yaml:5:12: this alias has no anchor before it; write the value out'],
  },
  {
    title: 'a tag',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - !athlete
    id: "7"
`,
    problems: ['athletes.yaml:4:5: this tag is not known; remove the "!" and its name, or write the value in quotes'],
  },
  {
    title: 'a rule named __proto__',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { __proto__: { kind: average } }
`,
    problems: ['athletes.yaml:6:14: unknown key "__proto__"; remove it'],
  },
  {
    title: 'no athletes',
    text: `defaults: {}
`,
    problems: ['athletes.yaml:1:1: "athletes" is missing; add "athletes"'],
  },
  {
    title: 'an empty list of athletes',
    text: `athletes: []
`,
    problems: ['athletes.yaml:1:11: "athletes" is an empty list; add one'],
  },
  {
    title: 'athletes without a value',
    text: `athletes:
`,
    problems: ['athletes.yaml:1:1: "athletes" has no value; write one, or remove the key if it is not needed'],
  },
  {
    title: 'athletes as a map',
    text: `athletes: { "7": {} }
`,
    problems: [
      'athletes.yaml:1:11: expected a list for "athletes", got a map of keys; begin each item on a line of its own with "- "',
    ],
  },
  {
    title: 'an athlete that is a text',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
  - J. Smith
`,
    problems: [
      'athletes.yaml:6:5: expected a map of keys for athlete 2 of the list, got a text; write its keys below it, indented',
    ],
  },
  {
    title: 'a misspelt key at the top',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athlets:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`,
    problems: [
      'athletes.yaml:1:1: "athletes" is missing; add "athletes"',
      'athletes.yaml:3:1: unknown key "athlets"; did you mean "athletes"?',
    ],
  },
  {
    title: 'a misspelt key of an athlete',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    nmae: J. Smith
`,
    problems: ['athletes.yaml:6:5: unknown key "nmae" of athlete "7"; did you mean "name"?'],
  },
  {
    title: 'a key nothing is like',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    colour: red
`,
    problems: [
      'athletes.yaml:6:5: unknown key "colour" of athlete "7"; known here: id, name, strap, heart_rate, age, born, team, use, rules',
    ],
  },
  {
    title: 'a misspelt key in a rule',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: 
        abov: 165
`,
    problems: ['athletes.yaml:8:9: unknown key "abov" in rule "high-average" of athlete "7"; did you mean "above"?'],
  },
  {
    title: 'an id without quotes',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: 007
    strap: { name: X }
`,
    problems: ['athletes.yaml:4:9: expected a text for "id" of athlete "007", got a number; write it in quotes: "007"'],
  },
  {
    title: 'an id that is true',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: true
    strap: { name: X }
`,
    problems: ['athletes.yaml:4:9: expected a text for "id" of athlete "true", got true; write it in quotes: "true"'],
  },
  {
    title: 'an id with a space',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: J Smith
    strap: { name: X }
`,
    problems: [
      'athletes.yaml:4:9: "id" of athlete "J Smith" is "J Smith", which cannot be an id; write 1 to 64 letters, digits, ".", "_" and "-"',
    ],
  },
  {
    title: 'no id and no strap',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - name: J. Smith
`,
    problems: [
      'athletes.yaml:4:5: "id" of athlete 1 of the list is missing; add "id"',
      'athletes.yaml:4:5: "strap" of athlete 1 of the list is missing; add "strap"',
    ],
  },
  {
    title: 'an empty name',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    name: ""
`,
    problems: ['athletes.yaml:6:11: "name" of athlete "7" is empty; write a text, or remove the key'],
  },
  {
    title: 'a name that is too long',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
`,
    problems: ['athletes.yaml:6:11: "name" of athlete "7" has 101 characters, more than 100; shorten it'],
  },
  {
    title: 'a strap that says nothing',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: {}
`,
    problems: [
      'athletes.yaml:5:12: "strap" of athlete "7" does not say which strap; write one of "address", "name" and "serial"',
    ],
  },
  {
    title: 'a strap that says two things',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { name: X, serial: "1" }
`,
    problems: [
      'athletes.yaml:5:12: "strap" of athlete "7" says in several ways which strap; keep one of "address", "name" and "serial"',
    ],
  },
  {
    title: 'a strap that is a text',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: a0:9e:1a:00:00:07
`,
    problems: [
      'athletes.yaml:5:12: expected a map of keys for "strap" of athlete "7", got a text; write its keys below it, indented',
    ],
  },
  {
    title: 'an address that is too short',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a" }
`,
    problems: [
      'athletes.yaml:5:23: "address" in "strap" of athlete "7" is "a0:9e:1a", which is no Bluetooth address; write six pairs of hex digits, as in "a0:9e:1a:00:00:07"',
    ],
  },
  {
    title: 'an address that YAML takes for a number',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: 112233445566 }
`,
    problems: [
      'athletes.yaml:5:23: expected a text for "address" in "strap" of athlete "7", got a number; write it in quotes: "112233445566"',
    ],
  },
  {
    title: 'two athletes with one id',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
  - id: "7"
    strap: { name: X }
`,
    problems: ['athletes.yaml:6:9: athlete "7" is defined on line 4 already; give each athlete an id of their own'],
  },
  {
    title: 'two athletes with one address in two spellings',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
  - id: "8"
    strap: { address: A09E1A000007 }
`,
    problems: [
      'athletes.yaml:7:23: athlete "8" has the same strap address as athlete "7" on line 5; give each athlete a strap of their own',
    ],
  },
  {
    title: 'two athletes with one strap name',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - { id: a, strap: { name: X } }
  - { id: b, strap: { name: X } }
`,
    problems: [
      'athletes.yaml:5:29: athlete "b" has the same strap name as athlete "a" on line 4; give each athlete a strap of their own',
    ],
  },
  {
    title: 'two athletes with one serial number',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - { id: a, strap: { serial: X } }
  - { id: b, strap: { serial: X } }
`,
    problems: [
      'athletes.yaml:5:31: athlete "b" has the same strap serial as athlete "a" on line 4; give each athlete a strap of their own',
    ],
  },
  {
    title: 'an athlete without rules',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`,
    problems: [
      'athletes.yaml:2:5: athlete "7" has no rules, so that nothing would watch them; add "rules" here, or to "defaults" for everybody',
    ],
  },
  {
    title: 'a rule without a kind',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      own: { above: 150, window: 60s }
`,
    problems: [
      'athletes.yaml:7:7: rule "own" of athlete "7" has no "kind", and no default rule has its name; add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'a misspelt name of a default rule',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      hihg-average: { above: 165 }
`,
    problems: [
      'athletes.yaml:7:7: rule "hihg-average" of athlete "7" has no "kind", and no default rule has its name; did you mean "high-average"? Otherwise add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'a rule of an unknown kind',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      own: { kind: averge, above: 150, window: 60s }
`,
    problems: ['athletes.yaml:7:20: rule "own" of athlete "7" has the unknown kind "averge"; did you mean "average"?'],
  },
  {
    title: 'a default rule without a kind',
    text: `defaults: { rules: { high: { above: 150 } } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`,
    problems: [
      'athletes.yaml:1:22: rule "high" of the defaults has no "kind"; add "kind" (average, sustained, change, recovery, load, variability, signal, return-to-play)',
    ],
  },
  {
    title: 'a duration without a unit',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { window: 60 }
`,
    problems: [
      'athletes.yaml:7:31: "window" in rule "high-average" of athlete "7" is 60, which has no unit; write a number and ms, s, m or h, as in "60s"',
    ],
  },
  {
    title: 'a duration in an unknown unit',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { window: 60sec }
`,
    problems: [
      'athletes.yaml:7:31: "window" in rule "high-average" of athlete "7" is "60sec", which is no duration; write a number and ms, s, m or h, as in "60s"',
    ],
  },
  {
    title: 'a window that is too short',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { window: 5s }
`,
    problems: [
      'athletes.yaml:7:31: "window" in rule "high-average" of athlete "7" is "5s", which is too short; write a duration from 10s to 1h',
    ],
  },
  {
    title: 'a window that is too long',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { window: 2h }
`,
    problems: [
      'athletes.yaml:7:31: "window" in rule "high-average" of athlete "7" is "2h", which is too long; write a duration from 10s to 1h',
    ],
  },
  {
    title: 'a limit as a text',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { above: "165" }
`,
    problems: [
      'athletes.yaml:7:30: "above" in rule "high-average" of athlete "7" is a text; write the number alone, without unit or quotes, or "85 % max" or "85 % reserve"',
    ],
  },
  {
    title: 'a limit with its unit',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { above: 165bpm }
`,
    problems: [
      'athletes.yaml:7:30: "above" in rule "high-average" of athlete "7" is a text; write the number alone, without unit or quotes, or "85 % max" or "85 % reserve"',
    ],
  },
  {
    title: 'a limit no heart reaches',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { above: 1650 }
`,
    problems: [
      'athletes.yaml:7:30: "above" in rule "high-average" of athlete "7" is 1650, more than 240; write 240 or less',
    ],
  },
  {
    title: 'a limit without a value',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { above: }
`,
    problems: [
      'athletes.yaml:7:23: "above" in rule "high-average" of athlete "7" has no value; write one, or remove the key if it is not needed',
    ],
  },
  {
    title: 'a fraction in percent',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { coverage: 50% }
`,
    problems: [
      'athletes.yaml:7:33: "coverage" in rule "high-average" of athlete "7" is "50%", which is no number; write a part of one, as in 0.5',
    ],
  },
  {
    title: 'a fraction above one',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { coverage: 50 }
`,
    problems: [
      'athletes.yaml:7:33: "coverage" in rule "high-average" of athlete "7" is 50, more than 1; write 1 or less',
    ],
  },
  {
    title: 'a limit without end',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { above: .inf }
`,
    problems: [
      'athletes.yaml:7:30: "above" in rule "high-average" of athlete "7" is no heart rate; write a number, or "85 % max" or "85 % reserve"',
    ],
  },
  {
    title: 'a rule without a limit',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      own: { kind: average, window: 60s }
`,
    problems: ['athletes.yaml:7:7: rule "own" of athlete "7" needs "above" or "below"; add "above" or "below"'],
  },
  {
    title: 'a rule without a window',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      own: { kind: average, above: 150 }
`,
    problems: ['athletes.yaml:7:7: "window" in rule "own" of athlete "7" is missing; add "window"'],
  },
  {
    title: 'a rule without a value',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: 
`,
    problems: [
      'athletes.yaml:7:7: rule "high-average" of athlete "7" has no value; write one, or remove the key if it is not needed',
    ],
  },
  {
    title: 'limits that leave nothing between them, by the athlete',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules:
      high-average: { below: 130 }
`,
    problems: [
      'athletes.yaml:7:30: rule "high-average" of athlete "7" has "below" 130, not less than "above" 120, and would always alert; let "below" be the smaller of the two',
    ],
  },
  {
    title: 'limits that leave nothing between them, by the defaults',
    text: `defaults:
  rules: { both: { kind: average, window: 60s, above: 40, below: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
  - { id: "8", strap: { name: X } }
`,
    problems: [
      'athletes.yaml:2:66: rule "both" of the defaults has "below" 120, not less than "above" 40, and would always alert; let "below" be the smaller of the two',
    ],
  },
  {
    title: 'a wrong default, once for the whole team',
    text: `defaults:
  rules: { high: { kind: average, window: 60, above: 120, colour: red } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
  - { id: "8", strap: { name: X } }
`,
    problems: [
      'athletes.yaml:2:43: "window" in rule "high" of the defaults is 60, which has no unit; write a number and ms, s, m or h, as in "60s"',
      'athletes.yaml:2:59: unknown key "colour" in rule "high" of the defaults; known here: kind, window, slide, above, below, clear_below, clear_above, coverage, severity, shadow, repeat, responses',
    ],
  },
  {
    title: 'a default without its limit, once for the whole team',
    text: `defaults:
  rules: { high: { kind: average, window: 60s } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
  - { id: "8", strap: { name: X } }
  - { id: "9", strap: { name: Y }, rules: { high: { coverage: 0.4 } } }
`,
    problems: [
      'athletes.yaml:2:12: rule "high" of the defaults needs "above" or "below"; add "above" or "below" here, or to every athlete',
    ],
  },
  {
    title: 'a default that one athlete does not complete',
    text: `defaults:
  rules: { high: { kind: average, window: 60s } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { high: { above: 150 } }
  - { id: "9", strap: { name: Y }, rules: { high: { coverage: 0.4 } } }
`,
    problems: ['athletes.yaml:7:45: rule "high" of athlete "9" needs "above" or "below"; add "above" or "below"'],
  },
  {
    title: 'a rule name with a space',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { high average: { kind: average, window: 60s, above: 150 } }
`,
    problems: [
      'athletes.yaml:6:14: rule "high average" of athlete "7" cannot be the name of a rule; write 1 to 64 letters, digits, ".", "_" and "-"',
    ],
  },
  {
    title: 'a variable that is not set',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { address: "\${STRAP_7}" }
`,
    problems: ['athletes.yaml:5:23: the environment has no variable STRAP_7; set STRAP_7 before starting'],
  },
  {
    title: 'a reference without a name',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "7"
    strap: { name: "\${}" }
`,
    problems: [`athletes.yaml:5:20: "\${" names no variable; write \${NAME}, or $\${ for the characters themselves`],
  },
  {
    title: 'control characters in a value',
    text: `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
  - id: "\\e[31m7"
    strap: { name: X }
`,
    problems: [
      'athletes.yaml:4:9: "id" of athlete "?[31m7" is "?[31m7", which cannot be an id; write 1 to 64 letters, digits, ".", "_" and "-"',
    ],
  },
  {
    title: 'rules that are merged from an anchor',
    text: `shared: &shared { kind: average, window: 60s }
athletes:
  - id: "7"
    strap: { name: A }
    rules:
      high:
        <<: *shared
        above: 120
`,
    problems: [
      'athletes.yaml:7:9: merge keys ("<<") are not supported here; write the keys out; what all athletes share stands under "defaults" in the athletes file',
    ],
  },
];
