/** What the repository publishes about its formats, made from the schemas that the program itself uses. */
import { z } from 'zod';
import { controlAnswerSchema, controlRequestSchema } from '../system/control-document.ts';
import { statusSchema } from '../system/status-document.ts';
import { messageSchema, topicAlertSchema } from '../uplink/message.ts';
import { describedAthletesSchema } from './athletes-schema.ts';
import { gatewaySchema } from './gateway-schema.ts';
import { editorJsonSchema } from './json-schema.ts';
import { logEventsPage } from './log-events-page.ts';
import { referencePage } from './reference-page.ts';

/** Content by path, relative to the root of the repository. */
export function publishedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/schema/gateway.schema.json', json(editorJsonSchema(gatewaySchema))],
    ['docs/schema/athletes.schema.json', json(editorJsonSchema(describedAthletesSchema()))],
    ['docs/schema/message-v1.schema.json', json(z.toJSONSchema(messageSchema))],
    ['docs/schema/topic-alert-v1.schema.json', json(z.toJSONSchema(topicAlertSchema))],
    ['docs/schema/status-v1.schema.json', json(z.toJSONSchema(statusSchema))],
    ['docs/schema/control-request-v1.schema.json', json(z.toJSONSchema(controlRequestSchema))],
    ['docs/schema/control-answer-v1.schema.json', json(z.toJSONSchema(controlAnswerSchema))],
    ['docs/reference/configuration.md', referencePage()],
    ['docs/reference/log-events.md', logEventsPage()],
  ]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
