// Usage: node validate.mjs DOCUMENT < REPLIES. Judges replies by an OpenAPI 3.1 document with ajv: one JSON object a
// line, {"operation", "status", "contentType", "body"}. Prints what is wrong, then a count; exit code 1 when any is.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
addFormats(ajv);

const follow = (node) => {
  while (node && node.$ref) {
    node = node.$ref.slice(2).split("/").reduce((at, token) => at[token], document);
  }
  return node;
};

const operations = new Map();
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) operations.set(operation.operationId, operation);
}

const compiled = new Map();
const validator = (operation, status, type) => {
  const media = follow(operations.get(operation)?.responses?.[status])?.content?.[type];
  if (!media) return null;
  const schema = follow(media.schema);
  if (!compiled.has(schema)) compiled.set(schema, ajv.compile(schema));
  return compiled.get(schema);
};

let count = 0;
let wrong = 0;
for (const line of readFileSync(0, "utf8").split("\n")) {
  if (!line) continue;
  const reply = JSON.parse(line);
  count += 1;
  const type = reply.contentType.split(";")[0];
  const validate = validator(reply.operation, String(reply.status), type);
  if (validate && validate(reply.body)) continue;
  wrong += 1;
  const why = validate ? ajv.errorsText(validate.errors) : `no ${type} response is described`;
  console.log(`${reply.operation} ${reply.status}: ${why}`);
}
console.log(`${count} replies, ${wrong} outside the document`);
process.exitCode = wrong === 0 && count > 0 ? 0 : 1;
