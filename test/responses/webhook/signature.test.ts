import assert from 'node:assert/strict';
import test from 'node:test';
import { SECRET_PATTERN, signatureHeaders } from '../../../src/responses/webhook/signature.ts';

test('the signature is that of the test vector of Standard Webhooks', () => {
  // As in the reference libraries' own tests: https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries.
  const body = Buffer.from('{"test": 2432232314}');
  const headers = signatureHeaders(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1614265330, body },
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  );
  assert.deepEqual(headers, {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a secret is whsec_ and base64 of 24 to 64 bytes', () => {
  for (const length of [24, 32, 64]) {
    assert.match(`whsec_${Buffer.alloc(length, 7).toString('base64')}`, SECRET_PATTERN);
  }
  for (const text of [
    '',
    'whsec_',
    'hunter2',
    `whsec_${Buffer.alloc(12, 7).toString('base64')}`,
    `whsec_${'A'.repeat(200)}`,
  ]) {
    assert.doesNotMatch(text, SECRET_PATTERN);
  }
});
