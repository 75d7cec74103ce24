// jose: a service that knows this one by its discovery document only verifies the tokens of users and guests.
import assert from "node:assert/strict";
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { api, person, run, url } from "./common.mjs";

async function token(headers = {}) {
  const answer = await fetch(`${api}/cognito/session`, { headers });
  assert.equal(answer.status, 200);
  return answer.json();
}

async function signIn() {
  const answer = await fetch(`${api}/auth/sign_in`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(person),
  });
  const kept = ["access-token", "client", "uid"];
  return Object.fromEntries(kept.map((name) => [name, answer.headers.get(name)]));
}

const configuration = await (await fetch(`${url}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
const expected = { issuer: configuration.issuer, audience: "muster", algorithms: configuration.id_token_signing_alg_values_supported };

await run("jose", [
  ["the discovery document is the issuer's own", async () => {
    assert.equal(configuration.issuer, url);
  }],
  ["a user's token is verified, and tells the same subject again", async () => {
    const session = await signIn();
    const first = await jwtVerify(await token(session), keys, expected);
    const second = await jwtVerify(await token(await signIn()), keys, expected);
    assert.equal(first.payload.sub, second.payload.sub);
    assert.deepEqual(first.payload.amr, ["authenticated", "muster"]);
    assert.equal(first.payload.exp - first.payload.iat, 900);
  }],
  ["guests are verified too, each somebody else", async () => {
    const first = await jwtVerify(await token(), keys, expected);
    const second = await jwtVerify(await token(), keys, expected);
    assert.notEqual(first.payload.sub, second.payload.sub);
    assert.deepEqual(first.payload.amr, ["unauthenticated"]);
  }],
  ["a changed token is refused", async () => {
    const [header, , signature] = (await token()).split(".");
    const claims = Buffer.from(JSON.stringify({ iss: url, aud: "muster", sub: "somebody" })).toString("base64url");
    await assert.rejects(jwtVerify(`${header}.${claims}.${signature}`, keys, expected), errors.JWSSignatureVerificationFailed);
  }],
  ["the header names the algorithm and a published key", async () => {
    const header = decodeProtectedHeader(await token());
    const published = await (await fetch(configuration.jwks_uri)).json();
    assert.equal(header.alg, "ES256");
    assert.ok(published.keys.some((key) => key.kid === header.kid));
    assert.ok(published.keys.every((key) => key.d === undefined));
  }],
]);
