// s3rver: a store that speaks like S3 and checks signatures by itself. Writes its address to the file that is named on the command line, and
// serves until it is ended.
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import S3rver from "@20minutes/s3rver";

const [, , file] = process.argv;
const store = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: mkdtempSync(join(dirname(file) || tmpdir(), "s3-")),
  configureBuckets: [{ name: "rosters" }],
});
const { port } = await store.run();
writeFileSync(`${file}.new`, `http://127.0.0.1:${port}`);
renameSync(`${file}.new`, file);
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => process.exit(0));
}
