import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { publishedFiles } from '../../src/config/published-files.ts';

const ROOT = new URL('../../', import.meta.url);

describe('what the repository publishes', () => {
  const files = [...publishedFiles()];

  test('are the four schemas and the reference page', () => {
    assert.deepEqual(
      files.map(([path]) => path),
      [
        'docs/schema/gateway.schema.json',
        'docs/schema/athletes.schema.json',
        'docs/schema/message-v1.schema.json',
        'docs/schema/status-v1.schema.json',
        'docs/reference/configuration.md',
      ],
    );
  });

  for (const [path, content] of files) {
    test(`${path} is up to date`, () => {
      assert.equal(readFileSync(new URL(path, ROOT), 'utf8'), content, 'run npm run schemas');
    });
  }
});

describe('the published schema of the athletes file', () => {
  const schema = JSON.parse(publishedFiles().get('docs/schema/athletes.schema.json') ?? '');

  test('asks a default rule for its kind and an athlete for nothing but what differs', () => {
    const [inDefaults] = schema.properties.defaults.properties.rules.additionalProperties.anyOf;
    const [inAthlete] = schema.properties.athletes.items.properties.rules.additionalProperties.anyOf;
    assert.deepEqual(inDefaults.required, ['kind']);
    assert.equal(inAthlete.required, undefined);
    assert.deepEqual(Object.keys(inAthlete.properties), [
      ...['kind', 'window', 'slide', 'above', 'below', 'clear_below', 'clear_above', 'coverage'],
      ...['severity', 'shadow', 'repeat'],
    ]);
    assert.equal(typeof inAthlete.properties.above.description, 'string');
    assert.equal(inAthlete.additionalProperties, false);
  });

  test('lets an environment variable stand where a pattern is asked for', () => {
    const pattern = new RegExp(schema.properties.athletes.items.properties.strap.properties.address.pattern, 'u');
    assert.match(['$', '{STRAP_7}'].join(''), pattern);
    assert.match('a0:9e:1a:00:00:07', pattern);
    assert.doesNotMatch('a0:9e', pattern);
  });
});
