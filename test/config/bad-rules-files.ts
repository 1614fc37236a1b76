/** Athletes files with wrong rules or wrong numbers of a heart, with every line that a person is told. */
import type { BadFile } from './config-folder.ts';

export const BAD_RULES_FILES: readonly BadFile[] = [
  {
    title: 'a limit in percent of a maximum that nobody knows, from the defaults',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`,
    problems: [
      'athletes.yaml:4:5: "above" in rule "high" of athlete "7" is "85 % max", and athlete "7" has no maximum; add "max" to "heart_rate" of the athlete, or "age" or "born" for an estimated one',
    ],
  },
  {
    title: 'a limit in percent of a maximum that nobody knows, by the athlete',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 85 % max } }
`,
    problems: [
      'athletes.yaml:4:54: "above" in rule "r" of athlete "7" is "85 % max", and athlete "7" has no maximum; add "max" to "heart_rate" of the athlete, or "age" or "born" for an estimated one',
    ],
  },
  {
    title: 'a limit in percent of the reserve without a heart rate at rest',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % reserve } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 196 }
`,
    problems: [
      'athletes.yaml:4:5: "above" in rule "high" of athlete "7" is "85 % reserve", and athlete "7" has no heart rate at rest; add "rest" to "heart_rate" of the athlete',
    ],
  },
  {
    title: 'a limit in percent of the reserve without a maximum',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % reserve } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { rest: 48 }
`,
    problems: [
      'athletes.yaml:4:5: "above" in rule "high" of athlete "7" is "85 % reserve", and athlete "7" has no maximum; add "max" to "heart_rate" of the athlete, or "age" or "born" for an estimated one',
    ],
  },
  {
    title: 'a limit in percent of nothing',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 85 % } }
`,
    problems: [
      'athletes.yaml:4:54: "above" in rule "r" of athlete "7" is "85 %", which is no part of a heart rate; write "85 % max" or "85 % reserve"',
    ],
  },
  {
    title: 'a limit in percent of a treadmill test where no ceiling is',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 85 % treadmill } }
`,
    problems: [
      'athletes.yaml:4:54: "above" in rule "r" of athlete "7" is "85 % treadmill", which is no part of a heart rate; write "85 % max" or "85 % reserve"',
    ],
  },
  {
    title: 'a limit in percent that is no heart rate',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 10 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 196 }
`,
    problems: [
      'athletes.yaml:4:5: "above" in rule "high" of athlete "7" is "10 % max", which is 19.6 bpm, less than 25; correct the part, or what it is a part of',
    ],
  },
  {
    title: 'a limit in percent beyond every heart',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 150 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 196 }
`,
    problems: [
      'athletes.yaml:4:5: "above" in rule "high" of athlete "7" is "150 % max", which is 294 bpm, more than 240; correct the part, or what it is a part of',
    ],
  },
  {
    title: 'limits in percent that leave nothing between them',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 60 % max, below: 70 % max } }
    heart_rate: { max: 200 }
`,
    problems: [
      'athletes.yaml:4:71: rule "r" of athlete "7" has "below" 140, not less than "above" 120, and would always alert; let "below" be the smaller of the two',
    ],
  },
  {
    title: 'a maximum that no heart reaches',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 300 }
`,
    problems: ['athletes.yaml:6:24: "max" in "heart_rate" of athlete "7" is 300, more than 240; write 240 or less'],
  },
  {
    title: 'a heart rate at rest that is none',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 196, rest: 10 }
`,
    problems: ['athletes.yaml:6:35: "rest" in "heart_rate" of athlete "7" is 10, less than 25; write 25 or more'],
  },
  {
    title: 'a heart rate at rest above the maximum',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 110, rest: 115 }
`,
    problems: [
      'athletes.yaml:6:35: "rest" in "heart_rate" of athlete "7" is 115, not less than "max"; correct one of the two',
    ],
  },
  {
    title: 'a treadmill threshold that is none',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 196, treadmill_threshold: 20 }
`,
    problems: [
      'athletes.yaml:6:50: "treadmill_threshold" in "heart_rate" of athlete "7" is 20, less than 60; write 60 or more',
    ],
  },
  {
    title: 'a heart rate as a number',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: 196
`,
    problems: [
      'athletes.yaml:6:17: expected a map of keys for "heart_rate" of athlete "7", got a number; write its keys below it, indented',
    ],
  },
  {
    title: 'an unknown heart rate',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { maximum: 196 }
`,
    problems: [
      'athletes.yaml:6:19: unknown key "maximum" in "heart_rate" of athlete "7"; known here: max, rest, treadmill_threshold',
    ],
  },
  {
    title: 'an age that is none',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    age: 3
`,
    problems: ['athletes.yaml:6:10: "age" of athlete "7" is 3, less than 5; write 5 or more'],
  },
  {
    title: 'an age with a fraction',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    age: 21.5
`,
    problems: [
      'athletes.yaml:6:10: expected a whole number for "age" of athlete "7", got 21.5; write a number without a fraction',
    ],
  },
  {
    title: 'a day of birth that is no date',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    born: 17 May 2004
`,
    problems: [
      'athletes.yaml:6:11: "born" of athlete "7" is "17 May 2004", which is no date; write year, month and day, as in 2026-01-31',
    ],
  },
  {
    title: 'a day of birth that there is not',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    born: 2004-02-30
`,
    problems: [
      'athletes.yaml:6:11: "born" of athlete "7" is "2004-02-30", a day that there is not; write year, month and day, as in 2026-01-31',
    ],
  },
  {
    title: 'a day of birth in the future',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    born: 2040-02-03
`,
    problems: [
      'athletes.yaml:6:11: "born" of athlete "7" is "2040-02-03", which makes them -15 years old; correct the year',
    ],
  },
  {
    title: 'a day of birth beside an age',
    text: `defaults:
  rules: { high: { kind: average, window: 60s, above: 85 % max } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    age: 21
    born: 2004-05-17
`,
    problems: ['athletes.yaml:7:5: "born" of athlete "7" is given beside "age"; keep one of the two'],
  },
  {
    title: 'a severity that there is not',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 160, severity: fatal } }
`,
    problems: [
      'athletes.yaml:4:69: "severity" in rule "r" of athlete "7" is "fatal", which is not known; known here: notice, warning, critical',
    ],
  },
  {
    title: 'a trial that is no yes or no',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 160, shadow: maybe } }
`,
    problems: [
      'athletes.yaml:4:67: expected true or false for "shadow" in rule "r" of athlete "7", got a text; write one of the two, without quotes',
    ],
  },
  {
    title: 'a time between alerts without unit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 160, repeat: 60 } }
`,
    problems: [
      'athletes.yaml:4:67: "repeat" in rule "r" of athlete "7" is 60, which has no unit; write a number and ms, s, m or h, as in "60s"',
    ],
  },
  {
    title: 'a time between alerts of days',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 160, repeat: 48h } }
`,
    problems: [
      'athletes.yaml:4:67: "repeat" in rule "r" of athlete "7" is "48h", which is too long; write a duration from 0ms to 24h',
    ],
  },
  {
    title: 'a slide that does not divide its window',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, slide: 7s, above: 160 } }
`,
    problems: [
      'athletes.yaml:4:54: rule "r" of athlete "7" has a "slide" that does not divide "window"; let "window" be a multiple of "slide", as 60s is of 5s',
    ],
  },
  {
    title: 'a slide that is too fine',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 10m, slide: 1s, above: 160 } }
`,
    problems: [
      'athletes.yaml:4:54: rule "r" of athlete "7" has a "slide" so short that "window" is more than 120 of it; let it be longer',
    ],
  },
  {
    title: 'a slide without unit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, slide: 5, above: 160 } }
`,
    problems: [
      'athletes.yaml:4:54: "slide" in rule "r" of athlete "7" is 5, which has no unit; write a number and ms, s, m or h, as in "60s"',
    ],
  },
  {
    title: 'what clears an alert above its limit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 160, clear_below: 170 } }
`,
    problems: [
      'athletes.yaml:4:72: rule "r" of athlete "7" has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
  {
    title: 'what clears an alert without its limit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: average, window: 60s, above: 160, clear_above: 50 } }
`,
    problems: [
      'athletes.yaml:4:72: rule "r" of athlete "7" has a "clear_above" without "below", which it belongs to; add "below", or remove "clear_above"',
    ],
  },
  {
    title: 'a sustained limit without its time',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: sustained, above: 160 } }
`,
    problems: ['athletes.yaml:4:14: "for" in rule "r" of athlete "7" is missing; add "for"'],
  },
  {
    title: 'a sustained limit for a blink',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: sustained, above: 160, for: 1s } }
`,
    problems: [
      'athletes.yaml:4:53: "for" in rule "r" of athlete "7" is "1s", which is too short; write a duration from 5s to 1h',
    ],
  },
  {
    title: 'a sustained rule without a limit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: sustained, for: 30s } }
`,
    problems: ['athletes.yaml:4:14: rule "r" of athlete "7" needs "above" or "below"; add "above" or "below"'],
  },
  {
    title: 'a clearing time without unit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: sustained, above: 160, for: 30s, clear_for: 10 } }
`,
    problems: [
      'athletes.yaml:4:69: "clear_for" in rule "r" of athlete "7" is 10, which has no unit; write a number and ms, s, m or h, as in "60s"',
    ],
  },
  {
    title: 'what clears an alert below its limit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: sustained, below: 40, for: 30s, clear_above: 35 } }
`,
    problems: [
      'athletes.yaml:4:70: rule "r" of athlete "7" has a "clear_above" that is less than "below", where the limit is crossed; let "clear_above" be the larger of the two',
    ],
  },
  {
    title: 'what clears two alerts and leaves nothing between',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: sustained, above: 160, below: 40, for: 30s, clear_below: 90, clear_above: 95 } }
`,
    problems: [
      'athletes.yaml:4:99: rule "r" of athlete "7" has a "clear_above" that is not less than "clear_below", so that nothing would clear an alert; let "clear_above" be the smaller of the two',
    ],
  },
  {
    title: 'a change without a rise or a fall',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: change, within: 30s } }
`,
    problems: ['athletes.yaml:4:14: rule "r" of athlete "7" needs "rise" or "fall"; add "rise" or "fall"'],
  },
  {
    title: 'a change without its time',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: change, rise: 30 } }
`,
    problems: ['athletes.yaml:4:14: "within" in rule "r" of athlete "7" is missing; add "within"'],
  },
  {
    title: 'a change as a part of a maximum',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: change, rise: 30 % max, within: 30s } }
`,
    problems: [
      'athletes.yaml:4:39: expected a number for "rise" in rule "r" of athlete "7", got a text; write the number alone, without unit or quotes',
    ],
  },
  {
    title: 'a change of one beat',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: change, fall: 1, within: 30s } }
`,
    problems: ['athletes.yaml:4:39: "fall" in rule "r" of athlete "7" is 1, less than 5; write 5 or more'],
  },
  {
    title: 'a change over an hour',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: change, fall: 30, within: 1h } }
`,
    problems: [
      'athletes.yaml:4:51: "within" in rule "r" of athlete "7" is "1h", which is too long; write a duration from 5s to 10m',
    ],
  },
  {
    title: 'a recovery without anything',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: recovery } }
`,
    problems: [
      'athletes.yaml:4:14: "above" in rule "r" of athlete "7" is missing; add "above"',
      'athletes.yaml:4:14: "fall" in rule "r" of athlete "7" is missing; add "fall"',
      'athletes.yaml:4:14: "within" in rule "r" of athlete "7" is missing; add "within"',
    ],
  },
  {
    title: 'a recovery by nothing',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: recovery, above: 150, fall: 0, within: 60s } }
`,
    problems: ['athletes.yaml:4:53: "fall" in rule "r" of athlete "7" is 0, less than 1; write 1 or more'],
  },
  {
    title: 'a recovery in no time',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: recovery, above: 150, fall: 20, within: 5s } }
`,
    problems: [
      'athletes.yaml:4:65: "within" in rule "r" of athlete "7" is "5s", which is too short; write a duration from 10s to 30m',
    ],
  },
  {
    title: 'an effort that is too short',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: recovery, above: 150, fall: 20, within: 60s, effort_for: 1s } }
`,
    problems: [
      'athletes.yaml:4:82: "effort_for" in rule "r" of athlete "7" is "1s", which is too short; write a duration from 5s to 1h',
    ],
  },
  {
    title: 'a load without a budget',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: load, above: 150 } }
`,
    problems: ['athletes.yaml:4:14: "budget" in rule "r" of athlete "7" is missing; add "budget"'],
  },
  {
    title: 'a zone that ends before it begins',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: load, above: 150, up_to: 140, budget: 20m } }
`,
    problems: [
      'athletes.yaml:4:50: rule "r" of athlete "7" has an "up_to" that is not more than "above", so that nothing is in the zone; let "up_to" be the larger of the two',
    ],
  },
  {
    title: 'a budget of a day',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: load, above: 150, budget: 24h } }
`,
    problems: [
      'athletes.yaml:4:51: "budget" in rule "r" of athlete "7" is "24h", which is too long; write a duration from 10s to 6h',
    ],
  },
  {
    title: 'a pause that a dropout could be',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: load, above: 150, budget: 20m, pause: 5m } }
`,
    problems: [
      'athletes.yaml:4:63: "pause" in rule "r" of athlete "7" is "5m", which is too short; write a duration from 30m to 12h',
    ],
  },
  {
    title: 'a variability without a band',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: variability, window: 60s } }
`,
    problems: ['athletes.yaml:4:14: rule "r" of athlete "7" needs "above" or "below"; add "above" or "below"'],
  },
  {
    title: 'a variability in a short window',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: variability, window: 10s, below: 5 } }
`,
    problems: [
      'athletes.yaml:4:46: "window" in rule "r" of athlete "7" is "10s", which is too short; write a duration from 30s to 1h',
    ],
  },
  {
    title: 'a variability with its unit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: variability, window: 60s, below: 5ms } }
`,
    problems: [
      'athletes.yaml:4:58: expected a number for "below" in rule "r" of athlete "7", got a text; write the number alone, without unit or quotes',
    ],
  },
  {
    title: 'a variability with an impossible part',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: variability, window: 60s, below: 5, valid: 1.5 } }
`,
    problems: ['athletes.yaml:4:68: "valid" in rule "r" of athlete "7" is 1.5, more than 1; write 1 or less'],
  },
  {
    title: 'a band turned round',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: variability, window: 60s, below: 50, above: 20 } }
`,
    problems: [
      'athletes.yaml:4:58: rule "r" of athlete "7" has "below" 50, not less than "above" 20, and would always alert; let "below" be the smaller of the two',
    ],
  },
  {
    title: 'a signal that may be lost for a second',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: signal, for: 1s } }
`,
    problems: [
      'athletes.yaml:4:38: "for" in rule "r" of athlete "7" is "1s", which is too short; write a duration from 5s to 1h',
    ],
  },
  {
    title: 'a signal with a limit',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: signal, above: 150 } }
`,
    problems: [
      'athletes.yaml:4:33: unknown key "above" in rule "r" of athlete "7"; known here: kind, for, clear_for, severity, shadow, repeat, responses',
    ],
  },
  {
    title: 'a ceiling of an estimated maximum',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % max, set_by: A. Weber, set_on: 2026-01-31 } }
    born: 2004-05-17
`,
    problems: [
      'athletes.yaml:4:74: "stage_2" in rule "r" of athlete "7" is "70 % max", and athlete "7" has no measured maximum, which an age is no substitute for here; add "max" to "heart_rate" of the athlete',
    ],
  },
  {
    title: 'a ceiling of a treadmill test that was not made',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % treadmill, set_by: A. Weber, set_on: 2026-01-31 } }
`,
    problems: [
      'athletes.yaml:4:74: "stage_2" in rule "r" of athlete "7" is "70 % treadmill", and athlete "7" has no treadmill threshold; add "treadmill_threshold" to "heart_rate" of the athlete',
    ],
  },
  {
    title: 'a ceiling of the reserve',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % reserve, set_by: A. Weber, set_on: 2026-01-31 } }
`,
    problems: [
      'athletes.yaml:4:74: "stage_2" in rule "r" of athlete "7" is "70 % reserve", which is no part of a heart rate; write "85 % max" or "85 % treadmill"',
    ],
  },
  {
    title: 'a stage without its ceiling',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 3, stage_1: 100, stage_2: 70 % max, set_by: A. Weber, set_on: 2026-01-31 } }
    heart_rate: { max: 196 }
`,
    problems: ['athletes.yaml:4:48: rule "r" of athlete "7" is at a "stage" that has no ceiling; add "stage_3"'],
  },
  {
    title: 'a stage that there is not',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 7, stage_1: 100, stage_2: 70 % max, set_by: A. Weber, set_on: 2026-01-31 } }
    heart_rate: { max: 196 }
`,
    problems: ['athletes.yaml:4:48: "stage" in rule "r" of athlete "7" is 7, more than 6; write 6 or less'],
  },
  {
    title: 'a stage between two',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 1.5, stage_1: 100, stage_2: 70 % max, set_by: A. Weber, set_on: 2026-01-31 } }
    heart_rate: { max: 196 }
`,
    problems: [
      'athletes.yaml:4:48: expected a whole number for "stage" in rule "r" of athlete "7", got 1.5; write a number without a fraction',
    ],
  },
  {
    title: 'ceilings that go down',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 150, stage_2: 70 % max, set_by: A. Weber, set_on: 2026-01-31 } }
    heart_rate: { max: 196 }
`,
    problems: [
      'athletes.yaml:4:74: rule "r" of athlete "7" has a "stage_2" that is lower than "stage_1"; let no stage have a lower ceiling than the one before it',
    ],
  },
  {
    title: 'ceilings that nobody has set',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % max, set_on: 2026-01-31 } }
    heart_rate: { max: 196 }
`,
    problems: ['athletes.yaml:4:14: "set_by" in rule "r" of athlete "7" is missing; add "set_by"'],
  },
  {
    title: 'ceilings set by nobody',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % max, set_by: "", set_on: 2026-01-31 } }
    heart_rate: { max: 196 }
`,
    problems: ['athletes.yaml:4:92: "set_by" in rule "r" of athlete "7" is empty; write a text, or remove the key'],
  },
  {
    title: 'ceilings without their day',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % max, set_by: A. Weber } }
    heart_rate: { max: 196 }
`,
    problems: ['athletes.yaml:4:14: "set_on" in rule "r" of athlete "7" is missing; add "set_on"'],
  },
  {
    title: 'ceilings set on a day that is none',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 2, stage_1: 100, stage_2: 70 % max, set_by: A. Weber, set_on: yesterday } }
    heart_rate: { max: 196 }
`,
    problems: [
      'athletes.yaml:4:110: "set_on" in rule "r" of athlete "7" is "yesterday", which is no date; write year, month and day, as in 2026-01-31',
    ],
  },
  {
    title: 'default ceilings of which an athlete has no stage',
    text: `defaults:
  rules: { stages: { kind: return-to-play, stage_1: 100, set_by: A. Weber, set_on: 2026-01-31 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`,
    problems: [
      'athletes.yaml:4:5: "stage" in rule "stages" of athlete "7" is missing; add it to the "rules" of the athlete, as in { stages: { stage: 1 } }',
    ],
  },
  {
    title: 'default ceilings of which one athlete of three has a stage, and another one something else',
    text: `defaults:
  rules: { stages: { kind: return-to-play, stage_1: 100, set_by: A. Weber, set_on: 2026-01-31 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { stages: { stage_1: 110 } }
  - { id: "8", strap: { name: X }, rules: { stages: { stage: 1 } } }
  - { id: "9", strap: { name: Y } }
`,
    problems: [
      'athletes.yaml:6:14: "stage" in rule "stages" of athlete "7" is missing; add "stage"',
      'athletes.yaml:8:5: "stage" in rule "stages" of athlete "9" is missing; add it to the "rules" of the athlete, as in { stages: { stage: 1 } }',
    ],
  },
  {
    title: 'ceilings set on a day to come, by the defaults and by an athlete',
    text: `defaults:
  rules: { stages: { kind: return-to-play, stage_1: 100, set_by: A. Weber, set_on: 2026-02-02 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { stages: { stage: 1, set_on: 2062-01-31 } }
  - { id: "8", strap: { name: X }, rules: { stages: { stage: 1 } } }
`,
    problems: [
      'athletes.yaml:2:84: "set_on" in rule "stages" of the defaults is 2026-02-02, which is yet to come: the clock says 2026-01-31; correct the day, or the clock',
      'athletes.yaml:6:42: "set_on" in rule "stages" of athlete "7" is 2062-01-31, which is yet to come: the clock says 2026-01-31; correct the day, or the clock',
    ],
  },
  {
    title: 'a limit of an athlete on the wrong side of what clears an alert in the defaults',
    text: `defaults:
  rules: { r: { kind: sustained, above: 180, for: 30s, clear_below: 170 } }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { above: 160 } }
  - { id: "8", strap: { name: X } }
`,
    problems: [
      'athletes.yaml:6:14: rule "r" of athlete "7" has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
  {
    title: 'default limits that cross with the numbers of one athlete',
    text: `defaults:
  rules: { r: { kind: average, window: 60s, above: 85 % max, below: 100 } }
athletes:
  - { id: "7", strap: { name: X }, heart_rate: { max: 110 } }
  - { id: "8", strap: { name: Y }, heart_rate: { max: 190 } }
`,
    problems: [
      'athletes.yaml:4:5: rule "r" of athlete "7" has "below" 100, not less than "above" 93.5, and would always alert; let "below" be the smaller of the two',
    ],
  },
  {
    title: 'a default that makes no sense with the numbers of one athlete',
    text: `defaults:
  rules: { r: { kind: sustained, above: 85 % max, for: 30s, clear_below: 160 } }
athletes:
  - { id: "7", strap: { name: X }, heart_rate: { max: 180 } }
  - { id: "8", strap: { name: Y }, heart_rate: { max: 200 } }
`,
    problems: [
      'athletes.yaml:4:5: rule "r" of athlete "7" has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
  {
    title: 'a default that makes no sense for anybody',
    text: `defaults:
  rules: { r: { kind: sustained, above: 180, for: 30s, clear_below: 190 } }
athletes:
  - { id: "7", strap: { name: X } }
  - { id: "8", strap: { name: Y }, rules: { r: { for: 20s } } }
`,
    problems: [
      'athletes.yaml:2:69: rule "r" of the defaults has a "clear_below" that is more than "above", where the limit is crossed; let "clear_below" be the smaller of the two',
    ],
  },
  {
    title: 'ceilings that a blank has set',
    text: `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { r: { kind: return-to-play, stage: 1, stage_1: 100, set_by: "  ", set_on: 2026-01-31 } }
`,
    problems: ['athletes.yaml:4:73: "set_by" in rule "r" of athlete "7" is blank; write who or what it is'],
  },
];
