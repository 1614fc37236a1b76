/**
 * SQLite by better-sqlite3, in the line that fits the Node that runs: 12 is the last one for Node 20, and
 * under Node 24.19 and later it aborts the process when a statement is garbage-collected (its objects are
 * built on `node::ObjectWrap`); 13 is built on Node-API, and crashes under Node 20.
 */
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';

const FIRST_NODE_FOR_13 = 22;

const major = Number(process.versions.node.split('.')[0]);
const require = createRequire(import.meta.url);

export const Sqlite = require(
  major >= FIRST_NODE_FOR_13 ? 'better-sqlite3-13' : 'better-sqlite3',
) as typeof BetterSqlite3;

export type Connection = BetterSqlite3.Database;
