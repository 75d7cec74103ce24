// Runs checks one after the other and tells about them in TAP, which the harness counts.
const checks = [];

export function check(name, run) {
  checks.push({ name, run });
}

class Skipped extends Error {}

// Leaves a check whose needs are not met in this place.
export function skip(reason) {
  throw new Skipped(reason);
}

function tell(number, name, fault) {
  if (fault instanceof Skipped) {
    console.log(`ok ${number} - ${name} # SKIP ${fault.message}`);
    return true;
  }
  console.log(`${fault ? "not ok" : "ok"} ${number} - ${name}`);
  if (fault) {
    console.log(String(fault.stack || fault).split("\n").slice(0, 12).map((line) => `# ${line}`).join("\n"));
  }
  return !fault;
}

export async function runChecks() {
  console.log(`1..${checks.length}`);
  for (const [position, { name, run }] of checks.entries()) {
    let fault;
    try {
      await run();
    } catch (thrown) {
      fault = thrown;
    }
    if (!tell(position + 1, name, fault)) {
      process.exitCode = 1;
    }
  }
}
