// A film in headless Chromium with hls.js: every size plays, and captions are shown when it is their time.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { check, runChecks } from "./check.mjs";

const film = process.env.MUSTER_FILM;
const player = join(dirname(createRequire(import.meta.url).resolve("hls.js")), "hls.min.js");
const TYPES = { m3u8: "application/vnd.apple.mpegurl", vtt: "text/vtt", mp4: "video/mp4", m4s: "video/iso.segment", jpg: "image/jpeg" };
const PAGE = `<!doctype html><meta charset="utf-8"><video muted playsinline width="640"></video><script src="/player.js"></script><script>
  window.faults = [];
  window.hls = new Hls({ startLevel: 0 });
  hls.on(Hls.Events.ERROR, (name, fault) => { if (fault.fatal) faults.push(fault.type + " " + fault.details); });
  hls.loadSource("/film/master.m3u8");
  hls.attachMedia(document.querySelector("video"));
</script>`;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--autoplay-policy=no-user-gesture-required"];

// Serves the page, the player and the film's folder.
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  const name = basename(path);
  try {
    if (path === "/") {
      response.setHeader("content-type", "text/html").end(PAGE);
    } else if (path === "/player.js") {
      response.setHeader("content-type", "text/javascript").end(readFileSync(player));
    } else {
      response.setHeader("content-type", TYPES[name.split(".").pop()] || "text/plain").end(readFileSync(join(film, name)));
    }
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

const folder = mkdtempSync(join(tmpdir(), "muster-chromium-"));
const browser = await chromium.launchPersistentContext(folder, { executablePath: process.env.MUSTER_CHROMIUM, args: FLAGS });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);

// Goes to a time and plays from there until it is reached in pictures, too.
async function playAt(seconds) {
  await page.evaluate(async (time) => {
    const video = document.querySelector("video");
    video.currentTime = time;
    await video.play();
  }, seconds);
  await page.waitForFunction((time) => {
    const video = document.querySelector("video");
    return video.readyState >= 3 && !video.seeking && video.currentTime >= time + 0.05;
  }, seconds, { timeout: 60000 });
  await page.evaluate(() => document.querySelector("video").pause());
}

function shown() {
  return page.evaluate(() => [...document.querySelector("video").textTracks]
    .filter((track) => track.mode === "showing").flatMap((track) => [...(track.activeCues || [])].map((cue) => cue.text)));
}

check("the master playlist offers its sizes, and captions with name and language", async () => {
  await page.waitForFunction(() => window.hls.levels.length > 0, null, { timeout: 60000 });
  const found = await page.evaluate(() => ({ heights: hls.levels.map((level) => level.height),
    tracks: hls.subtitleTracks.map((track) => [track.name, track.lang]) }));
  assert.deepEqual(found.heights, [360, 720]);
  assert.deepEqual(found.tracks, [["Español", "es"]]);
});

check("it plays, and each caption is shown at its time", async () => {
  await page.evaluate(() => { hls.subtitleTrack = 0; hls.subtitleDisplay = true; });
  await playAt(1);
  await page.waitForFunction(() => [...document.querySelector("video").textTracks].some((track) => track.cues && track.cues.length === 2),
    null, { timeout: 60000 });
  await playAt(1.1);
  assert.deepEqual(await shown(), ["Hola & <b>adiós</b> <script>".replace("&", "&amp;").replace("<script>", "&lt;script&gt;")]);
  await playAt(2.1);
  assert.deepEqual(await shown(), []);
  await playAt(2.7);
  assert.deepEqual(await shown(), ["Fin"]);
});

check("each size has pictures of its own", async () => {
  for (const [level, height] of [[1, 720], [0, 360]]) {
    await page.evaluate((number) => { hls.currentLevel = number; }, level);
    await playAt(3.2);
    await page.waitForFunction((lines) => document.querySelector("video").videoHeight === lines, height, { timeout: 60000 });
  }
});

check("it ends when it is over, and the player complains of nothing", async () => {
  const duration = await page.evaluate(() => document.querySelector("video").duration);
  assert.ok(Math.abs(duration - 7) < 0.2, String(duration));
  await page.evaluate(() => document.querySelector("video").play());
  await page.waitForFunction(() => document.querySelector("video").ended, null, { timeout: 60000 });
  assert.deepEqual(await page.evaluate(() => window.faults), []);
});

try {
  await runChecks();
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
