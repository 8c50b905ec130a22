//! The bodies of our answers to SDKs.
//!
//! Two SDK generations take their configuration from different places: newer ones from `config.js` (or the same as JSON),
//! older ones only from the answer to a flags request with `config=true`, which therefore repeats all of it. Some keys
//! look odd and are meant: the sample rate and the canvas quality are strings, and the canvas keys lie flat.

use serde_json::{Map, Value, json};

use super::{CustomMasking, Masking, RecordingSettings, TriggerMatch};

/// Answer to captured bodies. The SDK takes nothing but status 200 for delivered.
pub const ACCEPTED: &str = r#"{"status":1}"#;

/// Answer to captured bodies that asks the page to send no snapshots for a minute; those made meanwhile are lost.
pub const RECORDINGS_LIMITED: &str = r#"{"status":1,"quota_limited":["recordings"]}"#;

/// Where snapshots are posted, relative to `api_host`.
const SNAPSHOT_ENDPOINT: &str = "/s/";

/// Where analytics events are posted, relative to `api_host`.
const EVENTS_ENDPOINT: &str = "/i/v0/e/";

/// What "mask everything" leaves out: whatever shows pixels or sound that text masking does not reach.
const MEDIA_SELECTOR: &str = "img, picture, video, audio, canvas, object, embed, svg image, input[type=image]";

/// The remote configuration: `GET /array/<token>/config`.
pub fn remote_config(settings: &RecordingSettings, token: &str) -> Value {
    let network_timing = settings.enabled && settings.network.timing;
    json!({
        "token": token,
        // Without gzip here, bodies come as JSON, and each is preceded by a preflight.
        "supportedCompression": ["gzip", "gzip-js"],
        "sessionRecording": session_recording(settings),
        // False spares a request per page; a linked flag needs the flags machinery of the page.
        "hasFeatureFlags": settings.linked_flag.is_some(),
        "capturePerformance": if network_timing {
            json!({"network_timing": true, "web_vitals": false})
        } else {
            json!(false)
        },
        "analytics": {"endpoint": EVENTS_ENDPOINT},
        "siteApps": [],
        "toolbarParams": {},
        "isAuthenticated": false,
        "autocapture_opt_out": true,
        "autocaptureExceptions": false,
        "errorTracking": {"autocaptureExceptions": false},
        "captureDeadClicks": false,
        "heatmaps": false,
        "surveys": false,
        "defaultIdentifiedOnly": true,
        "elementsChainAsString": true,
    })
}

fn session_recording(settings: &RecordingSettings) -> Value {
    if !settings.enabled {
        return Value::Bool(false);
    }
    let urls = |patterns: &[String]| -> Value {
        patterns.iter().map(|url| json!({"url": url, "matching": "regex"})).collect()
    };
    let network = settings.network;
    let linked_flag = settings.linked_flag.as_ref().map(|linked| match &linked.variant {
        None => json!(linked.flag),
        Some(variant) => json!({"flag": linked.flag, "variant": variant}),
    });
    let minimum = Some(settings.minimum_duration_ms).filter(|&millis| millis > 0);
    let canvas = settings.canvas;
    json!({
        "endpoint": SNAPSHOT_ENDPOINT,
        "recorderVersion": "v2",
        "consoleLogRecordingEnabled": settings.console,
        "networkPayloadCapture": (network.headers || network.bodies)
            .then(|| json!({"recordHeaders": network.headers, "recordBody": network.bodies})),
        "recordCanvas": canvas.enabled,
        "canvasFps": canvas.enabled.then_some(canvas.fps),
        "canvasQuality": canvas.enabled.then(|| canvas.quality.to_string()),
        "masking": masking(&settings.masking),
        "sampleRate": (settings.sample_rate < 1.0).then(|| settings.sample_rate.to_string()),
        "minimumDurationMilliseconds": minimum,
        "linkedFlag": linked_flag,
        "urlTriggers": urls(&settings.url_triggers),
        "urlBlocklist": urls(&settings.url_blocklist),
        "eventTriggers": settings.event_triggers,
        "triggerMatchType": match settings.trigger_match {
            TriggerMatch::All => "all",
            TriggerMatch::Any => "any",
        },
    })
}

fn masking(masking: &Masking) -> Value {
    match masking {
        Masking::Inputs => json!({"maskAllInputs": true}),
        Masking::TextAndInputs => {
            json!({"maskAllInputs": true, "maskTextSelector": "*", "blockSelector": MEDIA_SELECTOR})
        }
        Masking::None => json!({"maskAllInputs": false}),
        Masking::Custom(CustomMasking { inputs, text_selector, block_selector, attributes }) => {
            let mut wire = Map::new();
            wire.insert("maskAllInputs".to_owned(), json!(inputs));
            // A key that is null would still count as set.
            let selectors = [("maskTextSelector", text_selector), ("blockSelector", block_selector)];
            let given = selectors.into_iter().filter_map(|(key, selector)| Some((key, selector.as_ref()?)));
            wire.extend(given.map(|(key, selector)| (key.to_owned(), json!(selector))));
            if *attributes {
                wire.insert("maskAllElementAttributes".to_owned(), json!(true));
            }
            Value::Object(wire)
        }
    }
}

/// The remote configuration as a script: `GET /array/<token>/config.js`.
pub fn config_js(settings: &RecordingSettings, token: &str) -> String {
    let config = in_script(&remote_config(settings, token));
    let token = in_script(&json!(token));
    format!(
        "(function() {{\n  window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {{}};\n  \
         window._POSTHOG_REMOTE_CONFIG[{token}] = {{config: {config}, siteApps: []}};\n}})();\n"
    )
}

/// The SDK with the configuration in front: `GET /array/<token>/array.js`, for pages that paste the HTML snippet.
pub fn array_js(settings: &RecordingSettings, token: &str, script: &str) -> String {
    let mut js = config_js(settings, token);
    js.push_str(script);
    js
}

/// Answer to `POST /flags/`: no flags, and with `config=true` in the query the remote configuration beside them.
pub fn flags_response(settings: &RecordingSettings, token: &str, config: bool, request_id: &str) -> Value {
    let mut answer = json!({
        "flags": {},
        "featureFlags": {},
        "featureFlagPayloads": {},
        "errorsWhileComputingFlags": false,
        "requestId": request_id,
    });
    if config {
        add_config(&mut answer, settings, token);
    }
    answer
}

/// Answer to `POST /decide/`, which SDKs from before `/flags/` call: flags and configuration in one.
pub fn decide_response(settings: &RecordingSettings, token: &str, request_id: &str) -> Value {
    let mut answer = json!({
        "featureFlags": {},
        "featureFlagPayloads": {},
        "errorsWhileComputingFlags": false,
        "requestId": request_id,
    });
    add_config(&mut answer, settings, token);
    answer
}

fn add_config(answer: &mut Value, settings: &RecordingSettings, token: &str) {
    if let (Value::Object(answer), Value::Object(config)) = (answer, remote_config(settings, token)) {
        answer.extend(config);
    }
}

/// JSON that may stand in a script, even in one that somebody puts into a page: no `<`.
fn in_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::super::{Canvas, LinkedFlag, Network};
    use super::*;

    fn recording(change: impl FnOnce(&mut RecordingSettings)) -> Value {
        let mut settings = RecordingSettings::default();
        change(&mut settings);
        remote_config(&settings, "phc_a")["sessionRecording"].take()
    }

    #[test]
    fn keys_are_spelled_as_the_sdk_reads_them() {
        let wire = recording(|s| {
            s.sample_rate = 0.25;
            s.minimum_duration_ms = 30_000;
            s.canvas = Canvas { enabled: true, fps: 3, quality: 0.5 };
            s.network = Network { timing: true, headers: true, bodies: false };
            s.url_triggers = vec![".*".to_owned()];
            s.event_triggers = vec!["bought".to_owned()];
            s.trigger_match = TriggerMatch::Any;
            s.linked_flag = Some(LinkedFlag { flag: "f".to_owned(), variant: Some("v".to_owned()) });
        });
        let expected = json!({
            "endpoint": "/s/", "recorderVersion": "v2", "consoleLogRecordingEnabled": true,
            "networkPayloadCapture": {"recordHeaders": true, "recordBody": false},
            "recordCanvas": true, "canvasFps": 3, "canvasQuality": "0.5",
            "masking": {"maskAllInputs": true}, "sampleRate": "0.25", "minimumDurationMilliseconds": 30000,
            "linkedFlag": {"flag": "f", "variant": "v"},
            "urlTriggers": [{"url": ".*", "matching": "regex"}], "urlBlocklist": [],
            "eventTriggers": ["bought"], "triggerMatchType": "any",
        });
        assert_eq!(wire, expected);
    }

    #[test]
    fn defaults_restrict_nothing() {
        let wire = recording(|_| {});
        for key in ["sampleRate", "minimumDurationMilliseconds", "linkedFlag", "canvasFps", "networkPayloadCapture"] {
            assert_eq!(wire[key], Value::Null, "{key}");
        }
        assert_eq!(recording(|s| s.enabled = false), Value::Bool(false));
    }

    #[test]
    fn masking_presets() {
        let masking = |preset| recording(|s| s.masking = preset)["masking"].take();
        let everything = masking(Masking::TextAndInputs);
        assert_eq!((&everything["maskAllInputs"], &everything["maskTextSelector"]), (&json!(true), &json!("*")));
        assert!(everything["blockSelector"].as_str().unwrap().starts_with("img, "));
        assert_eq!(masking(Masking::None), json!({"maskAllInputs": false}));
        let custom = CustomMasking { block_selector: Some("#a".to_owned()), ..CustomMasking::default() };
        assert_eq!(masking(Masking::Custom(custom)), json!({"maskAllInputs": false, "blockSelector": "#a"}));
    }

    #[test]
    fn the_older_sdk_finds_its_configuration_in_the_flags_answer() {
        let settings = RecordingSettings::default();
        let with = flags_response(&settings, "phc_a", true, "r");
        assert_eq!(with["sessionRecording"]["endpoint"], "/s/");
        assert_eq!((&with["flags"], &with["requestId"]), (&json!({}), &json!("r")));
        assert_eq!(flags_response(&settings, "phc_a", false, "r").get("sessionRecording"), None);
        assert_eq!(decide_response(&settings, "phc_a", "r")["supportedCompression"], json!(["gzip", "gzip-js"]));
    }

    #[test]
    fn a_token_cannot_break_out_of_the_script() {
        let js = config_js(&RecordingSettings::default(), "a\"</script><script>alert(1)//\u{2028}");
        assert!(!js.contains('<') && !js.contains('\u{2028}') && js.contains("[\"a\\\"\\u003c/script>"));
        assert!(array_js(&RecordingSettings::default(), "a", "core()").ends_with("})();\ncore()"));
    }
}
