// What the tests of all libraries share: who signs in where, and a browser's storage.
import { createRequire } from "node:module";

export const require = createRequire(import.meta.url);

// A value of the environment that the test cannot do without.
function given(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

export const url = given("MUSTER_URL");
export const api = `${url}/api/v1`;
export const person = { email: given("MUSTER_EMAIL"), password: given("MUSTER_PASSWORD") };
// Invitation codes separated by spaces, one for each library that signs up.
export const codes = given("MUSTER_INVITE_CODES").split(" ");
export const redirectUrl = given("MUSTER_REDIRECT_URL");

export class Storage {
  #values = new Map();

  getItem(name) {
    return this.#values.has(name) ? this.#values.get(name) : null;
  }

  setItem(name, value) {
    this.#values.set(name, String(value));
  }

  removeItem(name) {
    this.#values.delete(name);
  }
}

// The status with which a request is refused.
export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.response?.status;
  }
  return undefined;
}

// Runs the steps in their order; each throws when it fails.
export async function run(library, steps) {
  for (const [name, step] of steps) {
    try {
      await step();
      console.log(`ok ${library}: ${name}`);
    } catch (error) {
      console.log(`not ok ${library}: ${name}: ${error.stack}`);
      process.exit(1);
    }
  }
}
