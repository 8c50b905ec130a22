#!/usr/bin/env python3
"""Prints the pages, clicks and console lines of a recording (see recording.md): python3 read_recording.py FILE"""
import io, json, math, sys, threading
def lines(path):
    file = open(path, "rb")
    if (head := file.peek(4)[:4]) == b"\x28\xb5\x2f\xfd" or head[1:] == b"\x2a\x4d\x18":
        import zstandard  # the one package that is not Python's own; plain files do not need it
        file = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    for number, line in enumerate(file, 1):  # bytes, so split at 0x0A only
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            print(f"line {number} cannot be read: {error}", file=sys.stderr)

def get(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
def text(value):  # in ASCII: half of a surrogate pair, which is real, could not be printed
    return json.dumps(value if isinstance(value, str) else "")
def whole(value):
    return math.floor(value) if isinstance(value, (int, float)) and abs(value) < 1e15 else "?"

def main(path, kind=(None, None)):
    for line in lines(path):
        kind, where = (get(line, "type"), get(line, "name")), f"in window {text(get(line, 'window_id'))}"
        at = f"{(get(line, 'timestamp') or 0) / 1000:10.3f}"
        if kind[0] == "meta":
            print("recording", text(line["session_id"]), "of", *map(text, line.get("distinct_ids", [])))
        elif kind == ("event", "page_view"):
            print(at, "page", text(get(line, "href")), where)
        elif kind == ("event", "click"):
            print(at, "click on", whole(get(line, "target", "id")), "at", *(whole(get(line, "target", xy)) for xy in "xy"), where)
        elif kind == ("event", "console"):
            said = get(line, "event", "data", "payload", "payload")
            print(at, "console", text(get(line, "level")), *map(text, said if isinstance(said, list) else []))
    print("whole" if kind[0] == "end" else "cut: there is no end line")

sys.setrecursionlimit(10**6), threading.stack_size(512 << 20)  # for pages that are nested deeply
threading.Thread(target=main, args=[sys.argv[1]]).start()
