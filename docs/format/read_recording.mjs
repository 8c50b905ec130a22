#!/usr/bin/env node
// Prints the pages, clicks and console lines of a recording (see recording.md): node read_recording.mjs FILE
// Node has zstd from 22.15 on; an older one calls the program of that name.
import { spawn } from "node:child_process";
import { createReadStream, openSync, readFileSync, readSync } from "node:fs";
import zlib from "node:zlib";
function* frames(file) { // one by one, since Node stops behind each
  for (let at = 0, frame; at < file.length; at += frame.engine.bytesWritten)
    yield (frame = zlib.zstdDecompressSync(file.subarray(at), { info: true })).buffer;
}
function chunks(path, head = Buffer.alloc(4)) {
  readSync(openSync(path), head);
  if (!/^(28b52ffd|5.2a4d18)$/.test(head.toString("hex"))) return createReadStream(path);
  if (zlib.zstdDecompressSync) return frames(readFileSync(path));
  return spawn("zstd", ["-dcq"], { stdio: [openSync(path), "pipe", "inherit"] }).stdout;
}
async function* lines(path, open = []) { // split at 0x0A only; bytes are text only when a line is whole
  for await (const chunk of chunks(path)) {
    let from = 0;
    for (let at; (at = chunk.indexOf(0x0a, from)) >= 0; from = at + 1, open = []) yield Buffer.concat([...open, chunk.subarray(from, at)]);
    open.push(chunk.subarray(from));
  }
}
function parse(line) {
  try { return JSON.parse(line); } catch (error) { console.error(`a line cannot be read: ${error.message}`); }
}
const escape = (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"); // so that all can be printed
const text = (value) => JSON.stringify(typeof value === "string" ? value : "").replace(/[^ -~]/g, escape);
const whole = (value) => (typeof value === "number" && Math.abs(value) < 1e15 ? Math.floor(value) : "?");
let line;
for await (const bytes of lines(process.argv[2])) {
  const { target, event } = (line = parse(bytes)) ?? {}, said = event?.data?.payload?.payload, kind = line?.type === "event" && line.name;
  const at = ((line?.timestamp ?? 0) / 1000).toFixed(3).padStart(10), where = `in window ${text(line?.window_id)}`;
  if (line?.type === "meta") console.log(["recording", text(line.session_id), "of", ...(line.distinct_ids ?? []).map(text)].join(" "));
  if (kind === "page_view") console.log(at, "page", text(line.href), where);
  if (kind === "click") console.log(at, "click on", `${whole(target?.id)} at ${whole(target?.x)} ${whole(target?.y)}`, where);
  if (kind === "console") console.log([at, "console", text(line.level), ...(Array.isArray(said) ? said.map(text) : [])].join(" "));
}
console.log(line?.type === "end" ? "whole" : "cut: there is no end line");
