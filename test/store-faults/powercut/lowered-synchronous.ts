/**
 * Loaded before the product (`node --import`), in each of its threads: lowers `synchronous` to NORMAL on every
 * connection, right after the product has read back that it is FULL. There is no setting for this, and must be none;
 * it exists to prove that the power cuts would find it.
 */
import { Sqlite } from '../../../src/outbox/sqlite.ts';

const { pragma } = Sqlite.prototype;

Sqlite.prototype.pragma = function (source, options) {
  const answer = pragma.call(this, source, options);
  if (source === 'synchronous') pragma.call(this, 'synchronous = NORMAL');
  return answer;
};
