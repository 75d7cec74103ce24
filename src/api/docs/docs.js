// The reference page: fetches the OpenAPI document of the server that it came from and shows all of it. Text of the document only ever
// becomes text nodes, so that nothing in it can act as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
let specification;

// make("p", {class: "x"}, "text", child, null) builds an element; null children are left out.
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// "#/components/schemas/User" → the object itself.
function resolve(thing) {
  let found = thing;
  while (found && found.$ref) {
    found = found.$ref.slice(2).split("/").reduce((place, key) => place[key], specification);
  }
  return found;
}

function referenceName(thing) {
  return thing && thing.$ref ? thing.$ref.split("/").pop() : null;
}

// The little Markdown that descriptions use: `code` and **strong** in a line.
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).filter(Boolean).map((part) => {
    if (part.startsWith("`")) {
      return make("code", {}, part.slice(1, -1));
    }
    return part.startsWith("**") ? make("strong", {}, part.slice(2, -2)) : part;
  });
}

// Paragraphs, and lists of lines that start with a hyphen.
function prose(text) {
  return (text || "").split("\n\n").filter(Boolean).map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => line.startsWith("- "))) {
      return make("ul", {}, lines.map((line) => make("li", {}, inline(line.slice(2)))));
    }
    return make("p", {}, inline(block));
  });
}

/* Schemas */

// One schema for all parts of an "allOf".
function merge(parts) {
  const flat = parts.map(flatten);
  return {
    type: "object",
    properties: Object.assign({}, ...flat.map((part) => part.properties || {})),
    required: flat.flatMap((part) => part.required || []),
  };
}

// The schema itself, with what it refers to and is put together from; `choices` are left where it is one of several.
function flatten(schema) {
  const whole = { ...resolve(schema) };
  if (schema.$ref) {
    whole.name = referenceName(schema);
    whole.description = schema.description || whole.description;
  }
  if (Array.isArray(whole.type)) {
    whole.nullable = whole.type.includes("null");
    whole.type = whole.type.find((type) => type !== "null");
  }
  if (whole.allOf) {
    const inner = whole.allOf.length === 1 ? flatten(whole.allOf[0]) : merge(whole.allOf);
    return { ...inner, description: whole.description || inner.description };
  }
  const alternatives = whole.oneOf || whole.anyOf || [];
  const choices = alternatives.filter((part) => part.type !== "null" && (part.$ref || part.type));
  if (choices.length === 1) {
    const inner = flatten(choices[0]);
    const nullable = inner.nullable || choices.length < alternatives.length;
    return { ...inner, description: whole.description || inner.description, nullable };
  }
  return choices.length ? { ...whole, choices } : whole;
}

function typeText(schema) {
  let text = schema.name || schema.type || (schema.choices ? "one of these" : "any");
  if ("const" in schema) {
    text = JSON.stringify(schema.const);
  } else if (schema.type === "array") {
    const items = flatten(schema.items || {});
    text = `list of ${items.name || items.format || items.type || "anything"}`;
  } else if (!schema.name && schema.format) {
    text = `${schema.type} (${schema.format})`;
  }
  return schema.nullable ? `${text} or null` : text;
}

function limitTexts(schema) {
  const between = (low, high, unit) => {
    if (low === undefined && high === undefined) {
      return null;
    }
    const range = high === undefined ? `at least ${low}` : low === undefined ? `at most ${high}` : `${low} to ${high}`;
    return `${range}${unit}`;
  };
  return [
    between(schema.minLength, schema.maxLength, " characters"),
    between(schema.minimum, schema.maximum, ""),
    schema.enum ? `one of ${schema.enum.map((choice) => JSON.stringify(choice)).join(", ")}` : null,
    schema.pattern ? `pattern ${schema.pattern}` : null,
    schema.default !== undefined ? `default ${JSON.stringify(schema.default)}` : null,
  ].filter(Boolean);
}

// An example of a schema; `above` are the names of the schemas around it, so that those that hold themselves come to an end.
function example(schema, above = []) {
  const name = referenceName(schema);
  const flat = flatten(schema);
  const known = name || flat.name;
  if (flat.examples && flat.examples.length) {
    return flat.examples[0];
  }
  if ("const" in flat) {
    return flat.const;
  }
  if (flat.enum) {
    return flat.enum[0];
  }
  if (known && above.includes(known)) {
    return null;
  }
  const around = known ? [...above, known] : above;
  if (flat.choices) {
    return example(flat.choices[0], around);
  }
  if (flat.type === "object") {
    const members = Object.entries(flat.properties || {});
    return Object.fromEntries(members.map(([key, value]) => [key, example(value, around)]));
  }
  if (flat.type === "array") {
    const element = flat.items ? example(flat.items, around) : null;
    return element === null ? [] : [element];
  }
  return { string: "text", integer: 1, number: 1.5, boolean: true }[flat.type] ?? null;
}

function nestedSchema(schema) {
  const flat = flatten(schema);
  if (flat.type === "array" && flat.items) {
    return nestedSchema(flat.items);
  }
  return flat.type === "object" && flat.properties ? flat : null;
}

// In a body it matters what must be there, in an answer what may be missing.
const MARKS = {
  body: (required) => (required ? make("span", { class: "required" }, "required") : null),
  answer: (required) => (required ? null : make("span", { class: "limit" }, "not always there")),
};

function fieldEntry(name, schema, mark, above, side) {
  const flat = flatten(schema);
  const nested = nestedSchema(schema);
  const repeats = nested && nested.name && above.includes(nested.name);
  const head = [
    make("code", { class: "name" }, name),
    make("span", { class: "type" }, typeText(flat)),
    mark,
    ...limitTexts(flat).map((limit) => make("span", { class: "limit" }, limit)),
  ];
  const about = flat.description ? make("div", { class: "about" }, inline(flat.description)) : null;
  if (!nested || repeats) {
    return make("li", {}, make("div", { class: "field" }, head), about);
  }
  const fold = make("details", {}, make("summary", { class: "field" }, head), fieldList(nested, side, above));
  return make("li", {}, fold, about);
}

function fieldList(flat, side, above = []) {
  const required = flat.required || [];
  const around = flat.name ? [...above, flat.name] : above;
  const entries = Object.entries(flat.properties || {});
  return make("ul", { class: "fields" },
    entries.map(([name, schema]) => fieldEntry(name, schema, MARKS[side](required.includes(name)), around, side)));
}

function schemaTree(schema, side) {
  const flat = flatten(schema);
  const nested = nestedSchema(schema);
  const line = make("p", { class: "shape" }, make("span", { class: "type" }, typeText(flat)),
    ...limitTexts(flat).map((limit) => make("span", { class: "limit" }, limit)));
  return make("div", {}, line, nested ? fieldList(nested, side) : null,
    flat.choices ? make("ol", { class: "choices" }, flat.choices.map((choice) => make("li", {}, schemaTree(choice, side)))) : null);
}

/* Parts of an operation */

function codeBlock(title, text) {
  const block = make("figure", { class: "code" }, make("figcaption", {}, title), make("pre", { tabindex: "0" }, text));
  if (navigator.clipboard) {
    const button = make("button", { type: "button", "aria-label": `Copy: ${title}` }, "Copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.firstChild.append(button);
  }
  return block;
}

function pathElement(path) {
  return make("span", { class: "path" }, path.split(/(\{[^}]+\})/).filter(Boolean).map((part) =>
    (part.startsWith("{") ? make("em", {}, part) : part)));
}

function methodElement(method) {
  return make("span", { class: `method ${method}` }, method.toUpperCase());
}

function parameterRow(parameter) {
  const flat = flatten(parameter.schema || {});
  return make("tr", {},
    make("th", { scope: "row" }, make("code", {}, parameter.name),
      parameter.required ? make("span", { class: "required" }, "required") : null),
    make("td", {}, parameter.in),
    make("td", {}, make("span", { class: "type" }, typeText(flat)),
      ...limitTexts(flat).map((limit) => make("span", { class: "limit" }, limit))),
    make("td", {}, inline(parameter.description || "")));
}

function parameterTable(parameters) {
  if (!parameters.length) {
    return null;
  }
  const head = ["Name", "In", "Type", "Meaning"].map((title) => make("th", { scope: "col" }, title));
  return make("section", { class: "part" }, make("h4", {}, "Parameters"),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parameters" },
      make("table", {}, make("thead", {}, make("tr", {}, head)),
        make("tbody", {}, parameters.map(parameterRow)))));
}

function bodyPart(operation) {
  const content = operation.requestBody && operation.requestBody.content;
  if (!content) {
    return null;
  }
  const types = Object.keys(content);
  return make("section", { class: "part" }, make("h4", {}, "Body"),
    make("p", { class: "media" }, types.flatMap((type, at) => (at ? [" or ", make("code", {}, type)] : [make("code", {}, type)])),
      operation.requestBody.required ? "" : " · optional"),
    schemaTree(content[types[0]].schema, "body"));
}

function successPart(status, response) {
  const content = response.content || {};
  const type = Object.keys(content)[0];
  const headers = Object.keys(response.headers || {});
  return make("section", { class: "part" }, make("h4", {}, "Answer ", make("span", { class: "status good" }, status)),
    prose(response.description),
    type ? make("p", { class: "media" }, make("code", {}, type)) : null,
    type ? schemaTree(content[type].schema, "answer") : null,
    headers.length ? make("details", { class: "headers" }, make("summary", {}, `Headers (${headers.length})`),
      make("dl", {}, headers.flatMap((name) => [make("dt", {}, make("code", {}, name)),
        make("dd", {}, inline(resolve(response.headers[name]).description || ""))]))) : null);
}

function errorEntry(status, response) {
  const media = Object.values(response.content || {})[0] || {};
  const samples = Object.values(media.examples || {}).map((sample) => resolve(sample).value);
  return make("li", {}, make("details", {},
    make("summary", {}, make("span", { class: "status bad" }, status), " ", samples.length ? samples[0].title : ""),
    prose(response.description),
    samples.length ? make("pre", { tabindex: "0" }, JSON.stringify(samples[0], null, 2)) : null));
}

function errorPart(errors) {
  if (!errors.length) {
    return null;
  }
  return make("section", { class: "part" }, make("h4", {}, "Errors"),
    make("ul", { class: "errors" }, errors.map(([status, response]) => errorEntry(status, response))));
}

/* A call of the operation by curl. */

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function addressOf(path, parameters) {
  const server = ((specification.servers || [])[0] || { url: "/" }).url;
  const base = new URL(server, location.href).href.replace(/\/$/, "");
  const filled = path.replace(/\{([^}]+)\}/g, (all, name) => `$${name.toUpperCase()}`);
  const query = parameters.filter((parameter) => parameter.in === "query" && parameter.required)
    .map((parameter) => `${parameter.name}=${encodeURIComponent(example(parameter.schema))}`);
  return `"${base}${filled}${query.length ? `?${query.join("&")}` : ""}"`;
}

function curlExample(method, path, operation, parameters) {
  const security = operation.security || specification.security || [];
  const parts = [method === "get" ? "curl -sS" : `curl -sS -X ${method.toUpperCase()}`, addressOf(path, parameters)];
  if (security.length) {
    parts.push('-H "Authorization: Bearer $ACCESS_TOKEN"');
  }
  const json = operation.requestBody && operation.requestBody.content["application/json"];
  if (json) {
    parts.push("-H 'Content-Type: application/json'", `--data ${quoted(JSON.stringify(example(json.schema), null, 2))}`);
  }
  return parts.length === 2 ? parts.join(" ") : `${parts[0]} ${parts[1]} \\\n  ${parts.slice(2).join(" \\\n  ")}`;
}

function samplePart(method, path, operation, parameters, successes) {
  const blocks = [codeBlock("curl", curlExample(method, path, operation, parameters))];
  for (const [status, response] of successes) {
    const [type, media] = Object.entries(response.content || {})[0] || [];
    if (type === "application/json") {
      blocks.push(codeBlock(`${status} · ${type}`, JSON.stringify(example(media.schema), null, 2)));
    }
  }
  return make("div", { class: "samples" }, blocks);
}

function accessLabel(access) {
  return access === "public" || !access ? "public" : `access: ${access}`;
}

function operationArticle(entry) {
  const { method, path, item, operation } = entry;
  const parameters = [...(item.parameters || []), ...(operation.parameters || [])].map(resolve)
    .sort((one, other) => (one.in === "header") - (other.in === "header"));
  const responses = Object.entries(operation.responses).map(([status, response]) => [status, resolve(response)]);
  const successes = responses.filter(([status]) => status < "400");
  const id = operation.operationId;
  return make("article", { id, class: "operation", tabindex: "-1", "aria-labelledby": `${id}-title` },
    make("h3", { id: `${id}-title` }, operation.summary || id, " ",
      make("a", { class: "anchor", href: `#${id}`, "aria-label": `Link to ${operation.summary || id}` }, "#")),
    make("p", { class: "call" }, methodElement(method), pathElement(path),
      make("span", { class: `access ${operation["x-access"] === "public" ? "open" : ""}` }, accessLabel(operation["x-access"])),
      operation.deprecated ? make("span", { class: "deprecated" }, "deprecated") : null),
    make("div", { class: "columns" },
      make("div", { class: "details" }, prose(operation.description), parameterTable(parameters), bodyPart(operation),
        successes.map(([status, response]) => successPart(status, response)),
        errorPart(responses.filter(([status]) => status >= "400"))),
      samplePart(method, path, operation, parameters, successes)));
}

/* The page */

function listOperations() {
  const entries = [];
  for (const [path, item] of Object.entries(specification.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const words = [method, path, operation.operationId, operation.summary, ...(operation.tags || [])];
      entries.push({ method, path, item, operation, tag: (operation.tags || ["Other"])[0], words: words.join(" ").toLowerCase() });
    }
  }
  return entries;
}

function renderGroup(tag, entries) {
  const links = entries.map((entry) => {
    entry.link = make("li", {}, make("a", { href: `#${entry.operation.operationId}`, title: `${entry.method.toUpperCase()} ${entry.path}` },
      methodElement(entry.method), make("span", {}, entry.operation.summary || entry.path)));
    entry.article = operationArticle(entry);
    return entry.link;
  });
  const navigation = make("section", {}, make("h2", {}, tag.name), make("ul", {}, links));
  const section = make("section", { class: "group" },
    make("h2", { id: `tag-${tag.name.replaceAll(" ", "-")}` }, tag.name), prose(tag.description), entries.map((entry) => entry.article));
  document.getElementById("groups").append(navigation);
  document.getElementById("content").append(section);
  return { entries, navigation, section };
}

function applyFilter(groups, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  let total = 0;
  for (const group of groups) {
    let visible = 0;
    for (const entry of group.entries) {
      const matches = words.every((word) => entry.words.includes(word));
      entry.article.hidden = entry.link.hidden = !matches;
      visible += matches ? 1 : 0;
    }
    group.navigation.hidden = group.section.hidden = visible === 0;
    shown += visible;
    total += group.entries.length;
  }
  document.getElementById("introduction").hidden = words.length > 0;
  document.getElementById("count").textContent = words.length ? `${shown} of ${total} operations` : `${total} operations`;
  document.getElementById("nothing").hidden = shown > 0;
}

function markCurrent(groups, id) {
  for (const { link, operation } of groups.flatMap((group) => group.entries)) {
    if (operation.operationId === id) {
      link.firstChild.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else {
      link.firstChild.removeAttribute("aria-current");
    }
  }
}

// A link to an operation that the filter hides shows it again.
function followLink(groups, filter) {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) {
    return;
  }
  if (target.hidden) {
    filter.value = "";
    applyFilter(groups, "");
  }
  target.scrollIntoView();
  target.focus({ preventScroll: true });
  markCurrent(groups, target.id);
}

function setMenu(open) {
  document.body.classList.toggle("menu-open", open);
  document.getElementById("menu").setAttribute("aria-expanded", String(open));
}

function watchKeys(groups, filter) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      setMenu(true);
      filter.focus();
    } else if (event.key === "Escape") {
      filter.value = "";
      applyFilter(groups, "");
      setMenu(false);
    }
  });
}

function watchScrolling(groups) {
  const observer = new IntersectionObserver((seen) => {
    const first = seen.find((one) => one.isIntersecting);
    if (first) {
      markCurrent(groups, first.target.id);
    }
  }, { rootMargin: "-80px 0px -75% 0px" });
  groups.flatMap((group) => group.entries).forEach((entry) => observer.observe(entry.article));
}

// The guide for administrators, with the addresses that this server has.
function renderGuide() {
  const guide = document.getElementById("guide").content.cloneNode(true);
  guide.querySelectorAll("[data-path]").forEach((place) => {
    place.textContent = `${location.origin}${place.dataset.path}`;
  });
  document.getElementById("content").append(guide);
  document.getElementById("groups").append(make("section", {}, make("h2", {}, "guides"),
    make("p", { class: "count" }, make("a", { href: "#saml-guide" }, "Connecting an identity provider"))));
}

function render() {
  document.getElementById("version").textContent = specification.info.version;
  const content = document.getElementById("content");
  content.replaceChildren(
    make("div", { id: "introduction" }, make("h1", {}, `${specification.info.title} API reference`), prose(specification.info.description)),
    make("p", { id: "nothing", hidden: true }, "No operation matches the filter."));
  const entries = listOperations();
  const names = [...new Set(entries.map((entry) => entry.tag))];
  const described = specification.tags || [];
  const tags = [...described.filter((tag) => names.includes(tag.name)),
    ...names.filter((name) => !described.some((tag) => tag.name === name)).map((name) => ({ name }))];
  return tags.map((tag) => renderGroup(tag, entries.filter((entry) => entry.tag === tag.name)));
}

async function start() {
  try {
    const answer = await fetch("/openapi.json", { headers: { Accept: "application/json" } });
    if (!answer.ok) {
      throw new Error(`the server answered ${answer.status}`);
    }
    specification = await answer.json();
  } catch (error) {
    document.getElementById("state").textContent = `The description of the API could not be loaded: ${error.message}.`;
    return;
  }
  const groups = render();
  renderGuide();
  const filter = document.getElementById("filter");
  applyFilter(groups, filter.value);
  filter.addEventListener("input", () => applyFilter(groups, filter.value));
  document.getElementById("menu").addEventListener("click", () => setMenu(!document.body.classList.contains("menu-open")));
  document.getElementById("groups").addEventListener("click", (event) => event.target.closest("a") && setMenu(false));
  addEventListener("hashchange", () => followLink(groups, filter));
  watchKeys(groups, filter);
  watchScrolling(groups);
  followLink(groups, filter);
  document.body.classList.add("ready");
}

start();
