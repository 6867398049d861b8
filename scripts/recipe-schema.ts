import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { recipeJsonSchema } from '../src/recipe/file-schema.js';

/**
 * Writes docs/snapdisc.schema.json: `npx tsx scripts/recipe-schema.ts`. A test fails while it is not
 * what the program checks recipes by.
 */
export const SCHEMA_FILE = new URL('../docs/snapdisc.schema.json', import.meta.url);

export function recipeSchemaText(): string {
  return `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`;
}

const isMain =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) await writeFile(SCHEMA_FILE, recipeSchemaText());
