/**
 * The JSON Schemas of both files, made from the schemas that check them. Editors read a file before environment
 * variables are in place, so what is published for them lets a reference to one stand anywhere.
 */
import { z } from 'zod';

/** What the reference page and editors use of JSON Schema. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

export function plainJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}

export function editorJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern !== undefined) {
        jsonSchema.pattern = `(?:${jsonSchema.pattern})|\\$\\{`;
      } else if (jsonSchema.type === 'integer') {
        // Bounds hold for numbers and the pattern for texts, so both can stand side by side.
        Object.assign(jsonSchema, { type: ['integer', 'string'], pattern: '^(\\d+|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\})$' });
      }
    },
  });
}
