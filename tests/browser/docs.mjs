// The reference page in headless Chromium: it shows every operation, works by keyboard and on a narrow screen, and reaches no other host.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { check, runChecks } from "./check.mjs";

const base = process.env.MUSTER_URL.replace(/\/$/, "");
const pictures = process.env.MUSTER_PICTURES;
const METHODS = ["get", "post", "put", "patch", "delete"];
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

const folder = mkdtempSync(join(tmpdir(), "muster-chromium-"));
const browser = await chromium.launchPersistentContext(folder, { executablePath: process.env.MUSTER_CHROMIUM, args: FLAGS,
  viewport: { width: 1440, height: 900 } });

const api = await (await fetch(`${base}/openapi.json`)).json();
const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, item, method, operation: item[method] })));

const requested = new Set();
const complaints = [];

// A page of its own for each check; what it asks for and complains about is kept for the last checks.
async function withPage(options, run) {
  const page = await browser.newPage();
  page.on("request", (request) => requested.add(request.url()));
  page.on("console", (message) => message.type() === "error" && !options.faulty && complaints.push(message.text()));
  page.on("pageerror", (fault) => complaints.push(String(fault)));
  try {
    if (options.viewport) {
      await page.setViewportSize(options.viewport);
    }
    if (options.colorScheme) {
      await page.emulateMedia({ colorScheme: options.colorScheme });
    }
    if (options.document) {
      await page.route("**/openapi.json", (route) => route.fulfill(options.document));
    }
    await page.goto(`${base}/docs${options.hash || ""}`);
    await page.waitForSelector(options.awaits || "body.ready");
    return await run(page);
  } finally {
    await page.close();
  }
}

async function picture(page, name) {
  if (pictures) {
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  }
}

const shownOperations = (page) => page.$$eval("article.operation:not([hidden])", (all) => all.map((one) => one.id));

check("the page has a policy that allows nothing from elsewhere", async () => {
  for (const [path, type] of [["/docs", "text/html"], ["/docs/docs.css", "text/css"], ["/docs/docs.js", "text/javascript"]]) {
    const answer = await fetch(base + path);
    assert.equal(answer.status, 200, path);
    assert.ok(answer.headers.get("content-type").startsWith(type), `${path}: ${answer.headers.get("content-type")}`);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff", path);
  }
  const policy = (await fetch(`${base}/docs`)).headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.doesNotMatch(policy, /unsafe|\*|http/);
});

check("every operation is shown once, with its method, path and link", async () => {
  await withPage({}, async (page) => {
    await picture(page, "light");
    const shown = await page.$$eval("article.operation", (all) => all.map((one) =>
      [one.id, one.querySelector(".call .method").textContent, one.querySelector(".call .path").textContent]));
    const expected = operations.map(({ operation, method, path }) => [operation.operationId, method.toUpperCase(), path]);
    assert.deepEqual(shown.sort(), expected.sort());
    const links = await page.$$eval("nav li a", (all) => all.map((one) => one.getAttribute("href")));
    assert.deepEqual(links.sort(), operations.map(({ operation }) => `#${operation.operationId}`).sort());
  });
});

check("parameters, fields of bodies and statuses are all shown", async () => {
  await withPage({}, async (page) => {
    for (const { item, operation } of operations) {
      const text = await page.$eval(`#${operation.operationId}`, (one) => one.textContent);
      const resolve = (thing) => (thing.$ref ? thing.$ref.slice(2).split("/").reduce((place, key) => place[key], api) : thing);
      const parameters = [...item.parameters, ...(operation.parameters || [])].map(resolve);
      // Of a body with two forms the page shows the first, whose fields may stand inside "data".
      const namesOf = (schema) => {
        const { oneOf, properties } = resolve(schema);
        return oneOf ? namesOf(oneOf[0]) : Object.entries(properties).flatMap(([name, one]) => (name === "data" ? [name, ...namesOf(one)] : [name]));
      };
      const fields = operation.requestBody ? namesOf(Object.values(operation.requestBody.content)[0].schema) : [];
      for (const word of [...parameters.map((one) => one.name), ...fields, ...Object.keys(operation.responses)]) {
        assert.ok(text.includes(word), `${operation.operationId} does not show ${word}`);
      }
    }
  });
});

check("every operation has a curl example with its method and address", async () => {
  await withPage({}, async (page) => {
    for (const { operation, method, path } of operations) {
      const text = await page.$eval(`#${operation.operationId} .samples pre`, (one) => one.textContent);
      const start = `${base}${path.replace(/\{([^}]+)\}/g, (all, name) => `$${name.toUpperCase()}`)}`;
      assert.ok(text.includes(start), text);
      assert.ok(method === "get" ? !text.includes("-X") : text.includes(`-X ${method.toUpperCase()}`), text);
      assert.equal(text.includes("Authorization"), operation.security.length > 0, text);
    }
  });
});

check("the filter hides what does not match, and Escape shows all again", async () => {
  await withPage({}, async (page) => {
    const word = operations[operations.length >> 1].operation.operationId;
    await page.keyboard.press("/");
    await page.keyboard.type(word);
    assert.ok((await shownOperations(page)).includes(word));
    assert.ok((await shownOperations(page)).length < operations.length);
    assert.match(await page.textContent("#count"), new RegExp(` of ${operations.length} operations`));
    await page.fill("#filter", "no operation has these words");
    assert.deepEqual(await shownOperations(page), []);
    assert.ok(await page.isVisible("#nothing"));
    await page.keyboard.press("Escape");
    assert.equal((await shownOperations(page)).length, operations.length);
    assert.ok(await page.isHidden("#nothing"));
  });
});

check("a link leads to its operation, from outside and past a filter", async () => {
  const last = operations[operations.length - 1].operation.operationId;
  await withPage({ hash: `#${last}` }, async (page) => {
    assert.equal(await page.evaluate(() => document.activeElement.id), last);
    assert.ok(await page.$eval(`#${last}`, (one) => one.getBoundingClientRect().top < innerHeight));
    await page.fill("#filter", operations[0].operation.operationId);
    await page.evaluate((id) => { location.hash = ""; location.hash = id; }, last);
    await page.waitForSelector(`#${last}:not([hidden])`);
    assert.equal(await page.inputValue("#filter"), "");
    await picture(page, "operation");
  });
});

check("the keyboard reaches the operations and opens what is folded", async () => {
  await withPage({}, async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
    await page.focus("article .errors summary");
    await page.keyboard.press("Enter");
    assert.ok(await page.$eval("article .errors details", (one) => one.open));
    const unreachable = await page.$$eval("[tabindex]", (all) => all.filter((one) => one.tabIndex > 0).length);
    assert.equal(unreachable, 0);
  });
});

check("everything that scrolls or acts has a name and a place in the order", async () => {
  await withPage({}, async (page) => {
    const nameless = await page.$$eval("button, a, input", (all) => all.filter((one) =>
      !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label"))).length);
    assert.equal(nameless, 0);
    const twice = await page.$$eval("[id]", (all) => all.length - new Set(all.map((one) => one.id)).size);
    assert.equal(twice, 0);
  });
});

check("a narrow screen has a menu, and nothing is wider than the screen", async () => {
  await withPage({ viewport: { width: 360, height: 740 } }, async (page) => {
    assert.ok(await page.$eval("html", (one) => one.scrollWidth <= innerWidth));
    await picture(page, "narrow");
    assert.ok(await page.isHidden("nav"));
    await page.click("#menu");
    assert.ok(await page.isVisible("nav"));
    assert.equal(await page.getAttribute("#menu", "aria-expanded"), "true");
    await picture(page, "narrow-menu");
    await page.click("nav li a");
    assert.ok(await page.isHidden("nav"));
    await picture(page, "narrow-operation");
  });
});

// The contrast of text and what lies behind it (WCAG 2), the least over the page.
function leastContrast() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const [red, green, blue] = channels(color).map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    const clear = channels(color)[3] === 0;
    return clear && element.parentElement ? ground(element.parentElement) : color;
  };
  let least = { contrast: 21 };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility({ opacityProperty: true })) {
      continue;
    }
    const [high, low] = [light(getComputedStyle(element).color), light(ground(element))].sort((one, other) => other - one);
    const contrast = (high + 0.05) / (low + 0.05);
    least = contrast < least.contrast ? { contrast, element: `${element.tagName}.${element.className} ${element.textContent}` } : least;
  }
  return least;
}

for (const colorScheme of ["light", "dark"]) {
  check(`text can be read in the ${colorScheme} colours`, async () => {
    await withPage({ colorScheme }, async (page) => {
      await picture(page, `${colorScheme}-colours`);
      const ground = await page.$eval("body", (one) => getComputedStyle(one).backgroundColor);
      assert.equal(ground === "rgb(255, 255, 255)", colorScheme === "light");
      const least = await page.evaluate(leastContrast);
      assert.ok(least.contrast >= 4.5, `${least.contrast} at ${least.element}`);
    });
  });
}

check("the guide for administrators of identity providers stands at the end, with this server's addresses", async () => {
  await withPage({}, async (page) => {
    assert.equal(await page.$eval("#content", (content) => content.lastElementChild.id), "saml-guide");
    const shown = await page.$$eval("#saml-guide [data-path]", (places) => places.map((place) => place.textContent));
    assert.ok(shown.includes(`${base}/api/v1/saml/consume`) && shown.includes(`${base}/api/v1/saml/metadata`));
    const text = await page.textContent("#saml-guide");
    for (const product of ["Entra ID", "Okta", "Google", "Keycloak", "AD FS"]) {
      assert.ok(text.includes(product), product);
    }
  });
});

check("text of the document is never taken as markup", async () => {
  const hostile = structuredClone(api);
  const { path, method, operation } = operations[0];
  const markup = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>";
  hostile.paths[path][method].summary = markup;
  hostile.paths[path][method].description = `\`${markup}\` **${markup}** ${markup}`;
  await withPage({ document: { json: hostile } }, async (page) => {
    assert.ok((await page.textContent(`#${operation.operationId} h3`)).includes(markup));
    assert.equal(await page.$$eval("main img, main script", (all) => all.length), 0);
    assert.ok(!(await page.title()).includes("broken"));
  });
});

check("a document that can't be loaded is told in a sentence", async () => {
  await withPage({ document: { status: 503, body: "" }, awaits: "#state:has-text('could not be loaded')", faulty: true }, async (page) => {
    assert.match(await page.textContent("#state"), /503/);
  });
});

check("no other host was asked for anything", () => {
  assert.ok(requested.size >= 4);
  const elsewhere = [...requested].filter((address) => !address.startsWith(`${base}/`) && !address.startsWith("data:"));
  assert.deepEqual(elsewhere, []);
});

check("the browser had nothing to complain about", () => {
  assert.deepEqual(complaints, []);
});

await runChecks();
await browser.close();
rmSync(folder, { recursive: true, force: true });
