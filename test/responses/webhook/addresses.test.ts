import assert from 'node:assert/strict';
import test from 'node:test';
import { promisify } from 'node:util';
import { guardedLookup, isForbiddenHost, isLoopbackHost, mayLeadTo } from '../../../src/responses/webhook/addresses.ts';

test('hosts that say themselves that they are this machine', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '[::ffff:7f00:1]'])
    assert.ok(isLoopbackHost(host), host);
  for (const host of ['example.org', '10.0.0.1', '[fd00::1]', 'localhost.example.org']) {
    assert.ok(!isLoopbackHost(host), host);
  }
});

test('addresses that only the own link reaches, and those of nobody or of many, are forbidden', () => {
  for (const host of [
    '169.254.169.254',
    '[fe80::1]',
    '[febf::1]',
    '[::ffff:a9fe:a9fe]',
    '0.0.0.0',
    '[::]',
    '224.0.0.1',
    '255.255.255.255',
    '[ff02::1]',
  ]) {
    assert.ok(isForbiddenHost(host), host);
  }
  for (const host of ['192.168.1.20', '10.0.0.1', '[fd00::1]', '127.0.0.1', '8.8.8.8', 'example.org']) {
    assert.ok(!isForbiddenHost(host), host);
  }
});

test('however such an address is written in a URL, it is forbidden', () => {
  for (const text of [
    'https://0xa9fea9fe/',
    'https://2852039166/',
    'https://169.254.43518/',
    'https://0251.254.169.254/',
  ]) {
    assert.ok(isForbiddenHost(new URL(text).hostname), text);
  }
});

const lookedUp = promisify(
  guardedLookup as (name: string, options: object, done: (error: Error | null, found: unknown) => void) => void,
);

test('the name of this machine leads to it, in both forms in which it is asked for', async () => {
  const all = (await lookedUp('localhost', { all: true })) as { address: string }[];
  assert.ok(all.length > 0 && all.every(({ address }) => isLoopbackHost(address)));
  assert.ok(isLoopbackHost(String(await lookedUp('localhost', {}))));
});

test('another name that leads to this machine, or to what only the own link reaches, leads nowhere', () => {
  const addresses = ['127.0.0.1', '::1', '169.254.169.254', 'fe80::1', '0.0.0.0', '10.0.0.1', '2001:db8::1'];
  const of = (name: string) => addresses.filter((address) => mayLeadTo(name, address));
  assert.deepEqual(of('hooks.example.org'), ['10.0.0.1', '2001:db8::1']);
  assert.deepEqual(of('localhost'), ['127.0.0.1', '::1', '10.0.0.1', '2001:db8::1']);
});
