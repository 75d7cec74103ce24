// What the tests with all identity providers share: who is who, the metadata that is exchanged, and what a sign-on must end with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

// A value of the environment that the test cannot do without.
export function given(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

export const api = `${given("MUSTER_URL")}/api/v1`;
export const organization = given("MUSTER_ORGANIZATION");
export const member = given("MUSTER_EMAIL");
export const redirectUrl = given("MUSTER_REDIRECT_URL");
export const pem = readFileSync(given("MUSTER_PROVIDER_KEY"), "utf8");
const admin = { username: given("MUSTER_ADMIN"), password: given("MUSTER_PASSWORD") };

// What an administrator gives to the provider.
export async function musterMetadata() {
  const answer = await fetch(`${api}/saml/metadata`);
  assert.equal(answer.status, 200);
  return answer.text();
}

// What an administrator takes from the provider.
export async function connect(metadata) {
  const json = { "Content-Type": "application/json" };
  const signedIn = await fetch(`${api}/auth/sign_in`, { method: "POST", headers: json, body: JSON.stringify(admin) });
  assert.equal(signedIn.status, 200);
  const answer = await fetch(`${api}/organizations/${organization}`, { method: "PATCH", body: JSON.stringify({ saml_info: metadata }),
    headers: { ...json, authorization: signedIn.headers.get("authorization") } });
  assert.equal(answer.status, 200, await answer.text());
}

export function loginUrl(relayState) {
  return `${api}/saml/login?organization_id=${organization}&RelayState=${encodeURIComponent(relayState)}`;
}

// The address that a sign-on ends at carries a session of the member, which works.
export async function assertSignedIn(location, path) {
  const target = new URL(location);
  assert.equal(`${target.origin}${target.pathname}`, `${new URL(redirectUrl).origin}${path}`);
  const values = Object.fromEntries(["access-token", "client", "uid"].map((name) => [name, target.searchParams.get(name)]));
  const answer = await fetch(`${api}/session`, { headers: values });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).data.email, member);
}

// A port that is free now.
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "localhost", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Runs the steps in their order, and the last one whatever happens; each throws when it fails.
export async function run(provider, steps, end) {
  try {
    for (const [name, step] of steps) {
      await step().catch((error) => {
        console.log(`not ok ${provider}: ${name}: ${error.stack}`);
        process.exitCode = 1;
        throw error;
      });
      console.log(`ok ${provider}: ${name}`);
    }
  } catch {
    // It was told.
  } finally {
    await end();
  }
}
