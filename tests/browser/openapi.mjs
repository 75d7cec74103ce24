// Is the document a valid OpenAPI 3.1 document, consistent in itself, and true? Validators that know nothing of muster decide.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { check, runChecks, skip } from "./check.mjs";

const base = process.env.MUSTER_URL.replace(/\/$/, "");
const committed = readFileSync(process.env.MUSTER_DOCUMENT, "utf8");
const api = JSON.parse(committed);
const METHODS = ["get", "post", "put", "patch", "delete"];

const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, item, method, operation: item[method] })));

function resolve(thing) {
  if (!thing || !thing.$ref) {
    return thing;
  }
  const found = thing.$ref.slice(2).split("/").reduce((place, key) => place && place[key], api);
  assert.ok(found, `${thing.$ref} leads nowhere`);
  return found;
}

// Every object of the document, with the way that leads to it.
function walk(thing, visit, way = []) {
  if (thing && typeof thing === "object") {
    visit(thing, way);
    Object.entries(thing).forEach(([key, value]) => walk(value, visit, [...way, key]));
  }
}

// A new judge each time, with the document's schemas in it, so that "#/components/…" works inside of any schema.
function judge() {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: "https://muster.test/openapi.json", components: api.components });
  return (schema, value) => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"https://muster.test/openapi.json#/');
    const accepts = ajv.compile(JSON.parse(text));
    return accepts(value) ? null : ajv.errorsText(accepts.errors);
  };
}
const faultOf = judge();

async function validate(document) {
  return new Validator().validate(structuredClone(document));
}

check("the validator takes the document", async () => {
  const result = await validate(api);
  assert.ok(result.valid, JSON.stringify(result.errors, null, 1));
});

check("the validator refuses a document without what it needs", async () => {
  assert.equal((await validate({ ...api, info: undefined })).valid, false);
  const broken = structuredClone(api);
  operations.length && delete broken.paths[operations[0].path][operations[0].method].responses["200"].description;
  assert.equal((await validate(broken)).valid, false);
});

check("the server shows exactly the committed document", async () => {
  const answer = await fetch(`${base}/openapi.json`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^application\/json/);
  assert.equal(await answer.text(), committed);
});

check("an unchanged document is not sent again", async () => {
  const first = await fetch(`${base}/openapi.json`);
  const tag = first.headers.get("etag");
  assert.ok(tag, "no ETag");
  const again = await fetch(`${base}/openapi.json`, { headers: { "If-None-Match": tag } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
  const other = await fetch(`${base}/openapi.json`, { headers: { "If-None-Match": '"another"' } });
  assert.equal(other.status, 200);
});

check("a request that brings session values always gets the whole document", async () => {
  const tag = (await fetch(`${base}/openapi.json`)).headers.get("etag");
  for (const values of [{ "access-token": "none" }, { authorization: "Bearer none" }]) {
    const answer = await fetch(`${base}/openapi.json`, { headers: { "If-None-Match": tag, ...values } });
    assert.equal(answer.status, 200);
  }
});

check("it is laid out as JSON.stringify does with two spaces", () => {
  assert.equal(`${JSON.stringify(api, null, 2)}\n`, committed);
});

check("every reference leads somewhere and every component is used", () => {
  const used = new Set();
  walk(api, (thing) => {
    if (typeof thing.$ref === "string") {
      resolve(thing);
      used.add(thing.$ref);
    }
  });
  for (const kind of ["schemas", "parameters", "responses", "headers"]) {
    for (const name of Object.keys(api.components[kind])) {
      assert.ok(used.has(`#/components/${kind}/${name}`), `components.${kind}.${name} is not used`);
    }
  }
});

check("operations have unique names, a summary and a described tag", () => {
  const names = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(names).size, names.length);
  for (const { operation } of operations) {
    assert.ok(operation.summary, `${operation.operationId} has no summary`);
    for (const tag of operation.tags) {
      const described = api.tags.find((one) => one.name === tag);
      assert.ok(described && described.description, `tag ${tag} is not described`);
    }
  }
});

check("the values in a path are just its declared parameters", () => {
  for (const [path, item] of Object.entries(api.paths)) {
    const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
    const declared = item.parameters.map(resolve).filter((one) => one.in === "path").map((one) => one.name);
    assert.deepEqual(declared, inPath, path);
  }
});

check("no two paths differ only in the names of their values", () => {
  const plain = Object.keys(api.paths).map((path) => path.replace(/\{[^}]+\}/g, "{}"));
  assert.equal(new Set(plain).size, plain.length);
});

check("every operation needs only security schemes that are there", () => {
  for (const { operation } of operations) {
    for (const scheme of operation.security.flatMap(Object.keys)) {
      assert.ok(api.components.securitySchemes[scheme], `${operation.operationId}: ${scheme}`);
    }
  }
});

check("every example satisfies its schema", () => {
  let count = 0;
  walk(api, (thing, way) => {
    if (Array.isArray(thing.examples)) {
      for (const value of thing.examples) {
        assert.equal(faultOf(thing, value), null, way.join(" → "));
        count += 1;
      }
    }
    if (thing.schema && thing.examples && !Array.isArray(thing.examples)) {
      for (const { value } of Object.values(thing.examples)) {
        assert.equal(faultOf(thing.schema, value), null, way.join(" → "));
        count += 1;
      }
    }
  });
  assert.ok(count > 50, `only ${count} examples`);
});

check("a value of a wrong type satisfies no schema of an answer", () => {
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    assert.notEqual(faultOf(schema, 7), null, name);
  }
});

async function assertDocumented({ operation, path, method }, answer) {
  const title = `${method.toUpperCase()} ${path} → ${answer.status}`;
  const response = resolve(operation.responses[String(answer.status)]);
  assert.ok(response, `${title}: no such status in the document`);
  const type = (answer.headers.get("content-type") || "").split(";")[0];
  const text = await answer.text();
  if (!response.content) {
    assert.equal(text, "", title);
    return;
  }
  assert.ok(response.content[type], `${title}: ${type} is not in the document`);
  if (type.endsWith("json")) {
    assert.equal(faultOf(response.content[type].schema, JSON.parse(text)), null, title);
  }
}

// Operations that can be called as they are: nothing in the path, nothing required.
const plainReads = operations.filter(({ path, method, operation }) => method === "get" && path.startsWith("/api/") &&
  !path.includes("{") && !(operation.parameters || []).map(resolve).some((one) => one.required));

check("what is read without a session is as documented", async () => {
  assert.ok(plainReads.length > 2);
  for (const entry of plainReads) {
    await assertDocumented(entry, await fetch(base + entry.path));
  }
});

check("what is read with a session is as documented", async () => {
  const { EMPLOYEE_USERNAME: username, EMPLOYEE_PASSWORD: password } = process.env;
  if (!username || !password) {
    skip("EMPLOYEE_USERNAME and EMPLOYEE_PASSWORD are not set");
  }
  const signedIn = await fetch(`${base}/api/v1/auth/sign_in`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ username, password }) });
  assert.equal(signedIn.status, 200);
  for (const entry of plainReads) {
    await assertDocumented(entry, await fetch(base + entry.path, { headers: { authorization: signedIn.headers.get("authorization") } }));
  }
});

await runChecks();
