// SimpleSAMLphp, an identity provider with a login form of its own, as universities run it. A person signs in with a browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { assertSignedIn, connect, freePort, given, loginUrl, member, musterMetadata, redirectUrl, run } from "./common.mjs";

const BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-";
const PASSWORD = "a password of the provider";
// No address but those of this machine: what the browser asks of others is answered by nobody.
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"];

const folder = mkdtempSync(join(tmpdir(), "muster-provider-"));
writeFileSync(join(folder, "muster.xml"), await musterMetadata());
let provider;

async function stop() {
  if (provider && provider.exitCode === null) {
    const ended = new Promise((resolve) => { provider.once("exit", resolve); });
    provider.kill();
    await ended;
  }
}

async function metadataWhenReady(url) {
  for (let round = 0; round < 300; round += 1) {
    const answer = await fetch(`${url}/saml2/idp/metadata.php`).catch(() => null);
    if (answer) {
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      return text;
    }
    await pause(100);
  }
  throw new Error("php does not listen");
}

// Its host is another one than muster's, as everywhere outside of tests: cookies must come along all the same.
async function start(binding, encrypts) {
  await stop();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  provider = spawn("php", ["-d", "error_reporting=E_ALL & ~E_DEPRECATED", "-d", "display_errors=0", "-S", `localhost:${port}`, "-t", "/usr/share/simplesamlphp/www"], {
    stdio: "ignore",
    env: { PATH: process.env.PATH, SIMPLESAMLPHP_CONFIG_DIR: given("MUSTER_PROVIDER_CONFIGURATION"), PROVIDER_FOLDER: folder, PROVIDER_URL: url,
      PROVIDER_KEY: given("MUSTER_PROVIDER_KEY"), PROVIDER_BINDING: `${BINDING}${binding}`, PROVIDER_ENCRYPTS: encrypts, PROVIDER_USERNAME: "somebody",
      PROVIDER_PASSWORD: PASSWORD, PROVIDER_EMAIL: member } });
  const metadata = await metadataWhenReady(url);
  assert.ok(metadata.includes(`${BINDING}${binding}`), metadata);
  await connect(metadata);
}

async function typePassword(page, password) {
  await page.fill("input[name=username]", "somebody");
  await page.fill("input[name=password]", password);
  await page.keyboard.press("Enter");
}

// What the browser asks the front end for, which is not there in this test.
function arrival(page) {
  const arrived = page.waitForRequest((request) => request.url().startsWith(new URL(redirectUrl).origin), { timeout: 60000 });
  arrived.catch(() => {}); // what failed before it is told
  return arrived;
}

// A new browser each time, which nobody has signed in with.
async function withBrowser(options, use) {
  const profile = mkdtempSync(join(tmpdir(), "muster-chromium-"));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: given("MUSTER_CHROMIUM"), args: FLAGS, ...options });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("console", (message) => /Content Security Policy|Refused to/.test(message.text()) && complaints.push(message.text()));
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

// What the provider has the browser send.
async function responseOn(page, run) {
  const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/saml/consume")), run()]);
  return Buffer.from(new URLSearchParams(sent.postData()).get("SAMLResponse"), "base64").toString();
}

async function signIn(page) {
  await page.waitForSelector("input[name=password]");
  await typePassword(page, "wrong");
  await page.waitForSelector("text=Incorrect username or password");
  const arrived = arrival(page);
  await typePassword(page, PASSWORD);
  await assertSignedIn((await arrived).url(), "/courses");
}

// A second time the provider knows the browser, and asks nothing.
async function comeAgain(page) {
  const arrived = arrival(page);
  await page.goto(loginUrl("/again")).catch(() => null);
  await assertSignedIn((await arrived).url(), "/again");
}

await run("simplesamlphp", [
  ["a person signs in with its form", async () => {
    await start("Redirect", "no");
    await withBrowser({}, async (page) => {
      await page.goto(loginUrl("/courses"));
      await signIn(page);
      await comeAgain(page);
    });
  }],
  ["requests in a form, encrypted assertions", async () => {
    await start("POST", "yes");
    await withBrowser({}, async (page) => {
      await page.goto(loginUrl("/courses"));
      await signIn(page);
      const response = await responseOn(page, () => comeAgain(page));
      assert.ok(response.includes("EncryptedAssertion") && !response.includes(member), response);
    });
  }],
  ["without script there are buttons", async () => {
    await withBrowser({ javaScriptEnabled: false }, async (page) => {
      await page.goto(loginUrl("/courses"));
      await page.click("text=Continue");
      await page.waitForSelector("input[name=password]");
      await typePassword(page, PASSWORD);
      const arrived = arrival(page);
      await page.click("[type=submit]:visible");
      await assertSignedIn((await arrived).url(), "/courses");
    });
  }],
], async () => {
  await stop();
  if (process.exitCode) {
    console.log(readFileSync(join(folder, "simplesamlphp.log"), "utf8").slice(-4000));
  }
  rmSync(folder, { recursive: true, force: true });
});
