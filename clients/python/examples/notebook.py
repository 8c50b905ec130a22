# %% [markdown]
# # One visit, from the list to a number
#
# List recordings, fetch one, write it as a file that PostHog's player imports, and count the rage clicks in it. Every `# %%` begins a
# cell for editors that know them; `python notebook.py` runs all of it.
#
# `CASSETTE_HOST` and `CASSETTE_API_KEY` say which server, `SESSION_ID` which recording: the newest one unless given.

# %%
import json
import math
import os
from pathlib import Path

from cassette_replay import Client

client = Client(os.environ.get("CASSETTE_HOST", "http://127.0.0.1:8000"), os.environ["CASSETTE_API_KEY"])

# %% The ten newest recordings
recordings = list(client.recordings(date_from=os.environ.get("SINCE", "-30d"), limit=10))
for recording in recordings:
    print(recording.id, recording.start_time, f"{recording.duration_seconds} s", f"{recording.click_count} clicks")

# %% One of them
recording = client.recording(os.environ.get("SESSION_ID") or recordings[0].id)
print(f"{recording.id} began at {recording.start_time} on {recording.start_url}")

# %% As a file: what PostHog's player exports and imports
user_session = Path(os.environ.get("WRITE_TO", ".")) / "user_session.json"
recording.download(user_session, "posthog-json", overwrite=True)
snapshots = json.loads(user_session.read_bytes())["data"]["snapshots"]
print(f"{user_session}: {len(snapshots)} events, {user_session.stat().st_size} bytes")

# %% [markdown]
# ## Rage clicks
#
# The rule: three clicks or more in one window, each within 30 CSS pixels of the first and all within one second of it. What follows on such a
# group begins the next one, so five quick clicks are one rage click and not three.

# %%
CLICKS, MILLISECONDS, PIXELS = 3, 1000, 30


def clicks(events):
    """(window, time in ms, x, y) of every click: rrweb's type 3, source 2 (mouse interaction), interaction 2 (click)."""
    for window_id, event in events:
        data = event.get("data")
        if event.get("type") == 3 and isinstance(data, dict) and (data.get("source"), data.get("type")) == (2, 2):
            if "x" in data and "y" in data:
                yield window_id, event["timestamp"], data["x"], data["y"]


def rage_clicks(events):
    """The first click of each rage click, and how many clicks it has."""
    waiting = {}
    for window_id, at, x, y in clicks(events):
        waiting.setdefault(window_id, []).append((at, x, y))
    for window_id, points in waiting.items():
        start = 0
        while start < len(points):
            at, x, y = points[start]
            end = start + 1
            while end < len(points) and points[end][0] - at <= MILLISECONDS and math.dist(points[end][1:], (x, y)) <= PIXELS:
                end += 1
            if end - start >= CLICKS:
                yield window_id, at, x, y, end - start
                start = end
            else:
                start += 1


# %%
found = list(rage_clicks(recording.events()))
for window_id, at, x, y, count in found:
    print(f"{count} clicks at {x:.0f}, {y:.0f} in window {window_id}, {at - recording.start_time.timestamp() * 1000:.0f} ms into it")
print(f"rage clicks: {len(found)}")

# %% Done
client.close()
