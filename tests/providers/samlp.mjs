// samlp, the identity provider that applications embed: its own parser, signatures (xml-crypto) and encryption (xml-encryption). The test is the
// browser, which follows redirects and sends the forms that it is shown.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { api, assertSignedIn, connect, loginUrl, member, musterMetadata, pem, run } from "./common.mjs";

const samlp = createRequire(import.meta.url)("samlp");

const service = await musterMetadata();
const musterCertificate = `-----BEGIN CERTIFICATE-----\n${service.match(/<ds:X509Certificate>([^<]+)</)[1].match(/.{1,64}/g).join("\n")}\n-----END CERTIFICATE-----\n`;
const issuer = "urn:example:samlp";
const person = { id: member, displayName: "A Member", name: { givenName: "A", familyName: "Member" }, emails: [{ value: member }] };
let changes = {};

// What express would do for the middleware.
async function dress(request, response) {
  let body = "";
  for await (const part of request) {
    body += part;
  }
  request.query = Object.fromEntries(new URL(request.url, "http://localhost").searchParams);
  request.body = Object.fromEntries(new URLSearchParams(body));
  Object.assign(request, { originalUrl: request.url, protocol: "http" });
  response.set = (name, value) => response.setHeader(name, value);
  response.send = (text) => response.end(typeof text === "number" ? String(text) : text);
}

async function answer(request, response) {
  await dress(request, response);
  const options = { issuer, cert: pem, key: pem };
  if (request.url.startsWith("/metadata")) {
    samlp.metadata({ ...options, redirectEndpointPath: "/sso", postEndpointPath: "/sso" })(request, response);
    return;
  }
  const consumer = `${api}/saml/consume`;
  samlp.auth({ ...options, signingCert: musterCertificate, destination: consumer, recipient: consumer,
    getPostURL: (audience, dom, incoming, callback) => callback(null, consumer), getUserFromRequest: () => person, ...changes })(request, response, (fault) => {
    response.statusCode = 500;
    response.end(String(fault && fault.stack));
  });
}

const server = createServer(answer);
await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
const base = `http://127.0.0.1:${server.address().port}`;

const unescape = (text) => text.replace(/&#x([0-9a-f]+);/gi, (all, digits) => String.fromCodePoint(parseInt(digits, 16)))
  .replace(/&#(\d+);/g, (all, digits) => String.fromCodePoint(Number(digits))).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

// The one form of a page: where it goes and what it holds.
function formOf(page) {
  const attribute = (tag, name) => unescape((tag.match(new RegExp(`\\s${name}="([^"]*)"`)) || [])[1] || "");
  const fields = [...page.matchAll(/<input\s[^>]*>/g)].map(([tag]) => [attribute(tag, "name"), attribute(tag, "value")]).filter(([name]) => name);
  const form = page.match(/<form\s[^>]*>/);
  assert.ok(form, page);
  return { action: attribute(form[0], "action"), fields: new URLSearchParams(fields) };
}

async function page(answerOfServer) {
  const text = await answerOfServer.text();
  assert.equal(answerOfServer.status, 200, text);
  return text;
}

// To the provider and with its form.
async function begin(relayState) {
  const first = await fetch(loginUrl(relayState), { redirect: "manual" });
  const cookie = first.headers.get("set-cookie").split(";")[0];
  if (first.status === 302) {
    return { cookie, form: formOf(await page(await fetch(first.headers.get("location")))) };
  }
  const { action, fields } = formOf(await page(first));
  assert.equal(action, `${base}/sso`);
  return { cookie, form: formOf(await page(await fetch(action, { method: "POST", body: fields }))) };
}

function end({ cookie, form }) {
  assert.equal(form.action, `${api}/saml/consume`);
  return fetch(form.action, { method: "POST", body: form.fields, redirect: "manual", headers: cookie ? { cookie } : {} });
}

const responseOf = ({ form }) => Buffer.from(form.fields.get("SAMLResponse"), "base64").toString();

async function signOn(options, path = "/courses") {
  changes = options;
  const begun = await begin(path);
  assert.equal(responseOf(begun).includes("EncryptedAssertion"), "encryptionCert" in options);
  const taken = await end(begun);
  assert.equal(taken.status, 302, await taken.text());
  await assertSignedIn(taken.headers.get("location"), path);
}

const providerMetadata = async () => (await fetch(`${base}/metadata`)).text();
const withoutRedirect = (metadata) => metadata.replace(/<SingleSignOnService [^>]*HTTP-Redirect[^>]*>/, "");
const encrypted = { encryptionPublicKey: musterCertificate, encryptionCert: musterCertificate };

await run("samlp", [
  ["its metadata is taken", async () => connect(await providerMetadata())],
  ["a signed assertion", () => signOn({})],
  ["a signed response", () => signOn({ signResponse: true, signAssertion: false })],
  ["both signed", () => signOn({ signResponse: true })],
  ["an encrypted assertion", () => signOn(encrypted)],
  ["an encrypted assertion in a signed response", () => signOn({ ...encrypted, encryptionAlgorithm: "http://www.w3.org/2009/xmlenc11#aes128-gcm", signResponse: true })],
  ["a name with characters that XML escapes is somebody else", async () => {
    changes = { getUserFromRequest: () => ({ ...person, id: `${member}<&"'>` }) };
    assert.equal((await end(await begin("/courses"))).status, 403);
  }],
  ["a sign-on that begins there", async () => {
    changes = { audience: `${api}/saml/metadata` };
    const taken = await end({ form: formOf(await page(await fetch(`${base}/sso?RelayState=%2Fbegun`))) });
    assert.equal(taken.status, 302, await taken.text());
    await assertSignedIn(taken.headers.get("location"), "/begun");
  }],
  ["a request in a form", async () => {
    await connect(withoutRedirect(await providerMetadata()));
    await signOn({});
  }],
  ["what was changed on the way is refused", async () => {
    changes = {};
    const begun = await begin("/courses");
    const xml = responseOf(begun);
    assert.ok(xml.includes(member));
    begun.form.fields.set("SAMLResponse", Buffer.from(xml.replaceAll(member, "other@example.test")).toString("base64"));
    assert.equal((await end(begun)).status, 401);
  }],
], () => server.close());
