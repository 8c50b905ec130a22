//! What an SDK is told: how to record, per project.
//!
//! [`RecordingSettings`] is what a user writes; [`remote_config()`] and its sisters turn it into the wire's JSON. Options that a page passes to
//! `posthog.init` itself win over all of this: that is the SDK's rule.

mod answers;

pub use answers::{ACCEPTED, RECORDINGS_LIMITED, array_js, config_js, decide_response, flags_response, remote_config};
use serde::{Deserialize, Serialize};

/// How one project records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingSettings {
    /// Record at all. Off also tells pages to discard what they hold.
    pub enabled: bool,
    /// Part of the sessions that are recorded, 0 to 1. The SDK decides by a hash of the session's id.
    pub sample_rate: f64,
    /// A visit shorter than this leaves nothing: no byte is sent before. 0 records every visit.
    pub minimum_duration_ms: u32,
    /// Record what the page writes to the console.
    pub console: bool,
    /// What is recorded of network calls. The SDK records none on pages of localhost.
    pub network: Network,
    /// Whether and how the contents of canvases are recorded.
    pub canvas: Canvas,
    /// What is made unreadable in the browser, before anything is sent.
    pub masking: Masking,
    /// Regular expressions (JavaScript's). If there are any, recording starts only on a matching URL.
    pub url_triggers: Vec<String>,
    /// Regular expressions (JavaScript's). On matching URLs recording pauses.
    pub url_blocklist: Vec<String>,
    /// Names of events. If there are any, recording starts only when one is captured; up to a minute before it is kept.
    pub event_triggers: Vec<String>,
    /// How triggers and sampling combine.
    pub trigger_match: TriggerMatch,
    /// Record only while this feature flag is on in the page. Cassette has no flags of its own, so the page has to set it
    /// (`bootstrap`, `overrideFeatureFlags`).
    pub linked_flag: Option<LinkedFlag>,
}

/// What is recorded of network calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// URL, status and times of each call.
    pub timing: bool,
    /// Headers. The SDK redacts those known to be secret.
    pub headers: bool,
    /// Bodies, up to 1 MB each. The SDK withholds those that look like secrets; others go through as they are.
    pub bodies: bool,
}

/// Whether and how the contents of canvases are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Canvas {
    /// Record them.
    pub enabled: bool,
    /// Frames a second, at most 12.
    pub fps: u8,
    /// WebP quality, 0 to 1.
    pub quality: f64,
}

/// What is made unreadable in the browser. Passwords always are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Masking {
    /// What is typed.
    #[default]
    Inputs,
    /// "Mask everything": what is typed, all text, and all media. Layout and behaviour remain.
    TextAndInputs,
    /// Nothing but passwords.
    None,
    /// As the selectors say.
    Custom(CustomMasking),
}

/// Masking by selectors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomMasking {
    /// Mask what is typed.
    pub inputs: bool,
    /// Mask the text of matching elements.
    pub text_selector: Option<String>,
    /// Leave out matching elements; a box of their size stands in for them.
    pub block_selector: Option<String>,
    /// Mask every attribute, `class` and `style` included: the page is hardly recognisable then.
    pub attributes: bool,
}

/// How several triggers combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerMatch {
    /// Every condition must hold.
    #[default]
    All,
    /// One is enough.
    Any,
}

/// A feature flag, perhaps one variant of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkedFlag {
    /// The flag's key.
    pub flag: String,
    /// The variant, if only that one records.
    #[serde(default)]
    pub variant: Option<String>,
}

impl Default for RecordingSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            sample_rate: 1.0,
            minimum_duration_ms: 0,
            console: true,
            network: Network::default(),
            canvas: Canvas::default(),
            masking: Masking::default(),
            url_triggers: Vec::new(),
            url_blocklist: Vec::new(),
            event_triggers: Vec::new(),
            trigger_match: TriggerMatch::default(),
            linked_flag: None,
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self { timing: true, headers: false, bodies: false }
    }
}

impl Default for Canvas {
    /// Off. Rate and quality are the SDK's own defaults.
    fn default() -> Self {
        Self { enabled: false, fps: 4, quality: 0.4 }
    }
}

/// Frames a second that the SDK takes at most.
const MAX_CANVAS_FPS: u8 = 12;

/// The SDK's sessions end after a day.
const DAY_MS: u32 = 24 * 3_600_000;

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// A part that is none.
    #[error("{name} is a number from 0 to 1, this one is {found}")]
    NotAPart {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: f64,
    },
    /// More frames than the SDK takes.
    #[error("canvas.fps is a number from 0 to {MAX_CANVAS_FPS}, this one is {found}")]
    TooManyFrames {
        /// The value.
        found: u8,
    },
    /// No session is that long.
    #[error("minimum_duration_ms is at most {DAY_MS} (a day), this one is {found}")]
    TooLong {
        /// The value.
        found: u32,
    },
    /// A text that must say something.
    #[error("{name} must not be empty")]
    Empty {
        /// The setting.
        name: &'static str,
    },
}

impl RecordingSettings {
    /// Checks what types cannot say. Selectors and regular expressions are the browser's language and are not parsed
    /// here; the SDK ignores those that are wrong.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let part = |name, found: f64| match (0.0..=1.0).contains(&found) {
            true => Ok(()),
            false => Err(SettingsError::NotAPart { name, found }),
        };
        part("sample_rate", self.sample_rate)?;
        part("canvas.quality", self.canvas.quality)?;
        if self.canvas.fps > MAX_CANVAS_FPS {
            return Err(SettingsError::TooManyFrames { found: self.canvas.fps });
        }
        if self.minimum_duration_ms > DAY_MS {
            return Err(SettingsError::TooLong { found: self.minimum_duration_ms });
        }
        for (name, texts) in [
            ("url_triggers", &self.url_triggers),
            ("url_blocklist", &self.url_blocklist),
            ("event_triggers", &self.event_triggers),
        ] {
            texts.iter().try_for_each(|text| not_empty(name, text))?;
        }
        if let Masking::Custom(custom) = &self.masking {
            custom.text_selector.iter().try_for_each(|text| not_empty("masking.custom.text_selector", text))?;
            custom.block_selector.iter().try_for_each(|text| not_empty("masking.custom.block_selector", text))?;
        }
        if let Some(linked) = &self.linked_flag {
            not_empty("linked_flag.flag", &linked.flag)?;
            linked.variant.iter().try_for_each(|text| not_empty("linked_flag.variant", text))?;
        }
        Ok(())
    }
}

fn not_empty(name: &'static str, text: &str) -> Result<(), SettingsError> {
    match text.trim() {
        "" => Err(SettingsError::Empty { name }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_with_defaults_and_unknown_names_are_refused() {
        let read = |json| serde_json::from_str::<RecordingSettings>(json);
        assert_eq!(read("{}").unwrap(), RecordingSettings::default());
        assert_eq!(read(r#"{"masking":"text_and_inputs"}"#).unwrap().masking, Masking::TextAndInputs);
        let custom = read(r#"{"masking":{"custom":{"text_selector":".secret"}}}"#).unwrap().masking;
        let expected = CustomMasking { text_selector: Some(".secret".to_owned()), ..CustomMasking::default() };
        assert_eq!(custom, Masking::Custom(expected));
        for json in [r#"{"sampleRate":1}"#, r#"{"canvas":{"rate":1}}"#, r#"{"masking":"some"}"#, r#"{"network":true}"#]
        {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn settings_survive_their_json() {
        let settings = RecordingSettings {
            masking: Masking::Custom(CustomMasking { inputs: true, ..CustomMasking::default() }),
            linked_flag: Some(LinkedFlag { flag: "replay".to_owned(), variant: None }),
            trigger_match: TriggerMatch::Any,
            ..RecordingSettings::default()
        };
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<RecordingSettings>(&json).unwrap(), settings);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_name() {
        let error = |change: fn(&mut RecordingSettings)| {
            let mut settings = RecordingSettings::default();
            change(&mut settings);
            settings.validate().unwrap_err().to_string()
        };
        assert_eq!(RecordingSettings::default().validate(), Ok(()));
        assert_eq!(error(|s| s.sample_rate = 1.5), "sample_rate is a number from 0 to 1, this one is 1.5");
        assert_eq!(error(|s| s.sample_rate = f64::NAN), "sample_rate is a number from 0 to 1, this one is NaN");
        assert_eq!(error(|s| s.canvas.quality = -1.0), "canvas.quality is a number from 0 to 1, this one is -1");
        assert_eq!(error(|s| s.canvas.fps = 13), "canvas.fps is a number from 0 to 12, this one is 13");
        let too_long = error(|s| s.minimum_duration_ms = DAY_MS + 1);
        assert_eq!(too_long, "minimum_duration_ms is at most 86400000 (a day), this one is 86400001");
        assert_eq!(error(|s| s.event_triggers.push(" ".to_owned())), "event_triggers must not be empty");
    }
}
