// devise-axios: interceptors that take over each new token of an answer, refusals included.
import assert from "node:assert/strict";
import { api, person, refusal, require, run, Storage } from "./common.mjs";

const axios = require("axios");
const storage = new Storage();

await require("devise-axios").initMiddleware({ authPrefix: "/api/v1/auth", storage });

await run("devise-axios", [
  ["signing in keeps the session", async () => {
    const answer = await axios.post(`${api}/auth/sign_in`, person);
    assert.equal(answer.data.data.email, person.email);
    assert.equal(storage.getItem("access-token"), answer.headers["access-token"]);
    assert.equal(storage.getItem("uid"), person.email);
  }],
  ["one request after the other is let in", async () => {
    for (let i = 0; i < 5; i++) {
      assert.equal((await axios.get(`${api}/session`)).data.data.email, person.email);
    }
  }],
  ["requests at the same time are let in, and so is what follows", async () => {
    await Promise.all(Array.from({ length: 10 }, () => axios.get(`${api}/users`)));
    assert.equal((await axios.get(`${api}/session`)).status, 200);
  }],
  ["a refused request leaves the session usable", async () => {
    assert.equal(await refusal(axios.get(`${api}/users/11111111-2222-4333-8444-555555555555`)), 404);
    assert.equal(await refusal(axios.patch(`${api}/auth`, { username: "a" })), 422);
    assert.equal((await axios.get(`${api}/session`)).status, 200);
  }],
  ["a reloaded page validates what it kept", async () => {
    axios.defaults.headers.common = { Accept: "application/json" };
    const answer = await axios.get(`${api}/auth/validate_token`);
    assert.equal(answer.data.success, true);
    assert.equal((await axios.get(`${api}/session`)).status, 200);
  }],
  ["signing out ends the session", async () => {
    assert.equal((await axios.delete(`${api}/auth/sign_out`)).data.success, true);
    assert.equal(storage.getItem("access-token"), null);
    assert.equal(await refusal(axios.get(`${api}/session`)), 401);
  }],
]);
