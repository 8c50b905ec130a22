#!/usr/bin/env python3
"""Prints the pages, clicks and console lines of a recording (see recording.md).

    python3 read_recording.py FILE.ndjson.zst      needs the package zstandard
    python3 read_recording.py FILE.ndjson          needs nothing
"""
import io
import json
import sys


def lines(path):
    file = open(path, "rb")
    if file.peek(4)[:4] == b"\x28\xb5\x2f\xfd":
        import zstandard

        file = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    for line in file:  # bytes, so split at 0x0A only
        yield json.loads(line)


def main(path):
    for line in lines(path):
        if line["type"] == "meta":
            print(f"recording {line['session_id']} of {', '.join(line.get('distinct_ids', []))}")
        elif line["type"] == "event":
            show(line)


def show(line):
    at, name, window = f"{line['timestamp'] / 1000:10.3f}", line["name"], line["window_id"]
    if name == "page_view":
        print(at, "page", ascii(line.get("href")), "in window", window)
    elif name == "click":
        print(at, "click", line.get("target"), "in window", window)
    elif name == "console":
        print(at, "console", line.get("level"), ascii(line["event"]["data"]["payload"].get("payload")))


main(sys.argv[1])
