import { outboxTimeContract } from '../contract/outbox-time.ts';
import { ScriptedStore } from './scripted-store.ts';

outboxTimeContract('the scripted store', () => {
  const store = new ScriptedStore();
  return { started: async () => store, reboot: () => store.reboot(), remove: async () => {} };
});
