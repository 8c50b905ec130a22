//! What other people do not get to see: what is taken out of everything that is made for them.
//!
//! The stored file keeps all of it. What is taken out is what pages record without meaning to: the SDK's own settings, which
//! hold tokens and headers, and what network requests carried.
//!
//! ## Rules
//! 1. Custom events with a tag of [`SETTINGS`] are left out.
//! 2. Of the payload of network plugins, members that name headers or bodies are removed, and query string and fragment of
//!    addresses, at any depth.
//! 3. Of captured events, the project's token is removed.
//! 4. All other bytes stay. Keys, tags and plugins are compared with their escapes undone.

use cassette_recording::file::{Content, ParsedLine};
use cassette_recording::json::{self, Array, JsonError, Object};
use memchr::memmem::Finder;

use super::losses::Losses;

/// Tags of custom events that hold the SDK's settings.
const SETTINGS: [&str; 3] = ["$posthog_config", "$remote_config_received", "$session_options"];
/// Plugins whose payload tells of network requests.
const NETWORK: [&str; 2] = ["rrweb/network@1", "posthog/network@1"];
/// Members of a request that hold what it carried, in small letters and without `-` and `_`.
const CARRIED: [&str; 10] = [
    "requestheaders",
    "responseheaders",
    "requestbody",
    "responsebody",
    "headers",
    "body",
    "cookies",
    "requestcookies",
    "responsecookies",
    "postdata",
];
/// Members of a request that hold an address; `posthog/network@1` numbers its members, and 2 is `name`.
const ADDRESSES: [&str; 4] = ["name", "url", "2", "href"];
/// Members of a captured event that hold the project's token.
const TOKENS: [&str; 3] = ["token", "api_key", "$token"];
/// Nesting of a payload that is looked into; real ones have four levels. What lies deeper is removed.
const DEPTH: usize = 32;

/// Takes out what is not for others, and counts it.
pub(super) struct Share {
    /// One of these stands in every event that may have to change.
    suspects: [Finder<'static>; 4],
    line: Vec<u8>,
    settings: u64,
    carried: u64,
    addresses: u64,
    tokens: u64,
}

/// What a line looks like to others.
pub(super) enum Shared<'a> {
    /// As it is.
    AsItIs,
    /// Without what is not for them.
    Changed(&'a str),
    /// Not at all.
    LeftOut,
    /// It holds nothing to show.
    Passed,
}

impl Default for Share {
    fn default() -> Self {
        // Without the characters that an SDK may escape: `$` and `/`.
        let suspects = ["network@1", "posthog_config", "remote_config_received", "session_options"].map(Finder::new);
        Self { suspects, line: Vec::new(), settings: 0, carried: 0, addresses: 0, tokens: 0 }
    }
}

impl Share {
    /// Looks at a line.
    pub(super) fn line(&mut self, line: &ParsedLine<'_>) -> Shared<'_> {
        let (part, changed) = match (&line.content, line.event) {
            (Content::Captured { captured, .. }, _) => (*captured, self.captured(captured)),
            (_, Some(event)) if event.starts_with('{') => match self.event(event) {
                Ok(Change::LeaveOut) => {
                    self.settings += 1;
                    return Shared::LeftOut;
                }
                Ok(Change::None) => (event, Ok(None)),
                Ok(Change::To(changed)) => (event, Ok(Some(changed))),
                Err(error) => (event, Err(error)),
            },
            _ => return Shared::Passed,
        };
        let changed = changed.expect("what a line carries was checked when it was read");
        let Some(changed) = changed else { return Shared::AsItIs };
        let start = part.as_ptr().addr() - line.raw.as_ptr().addr();
        self.line.clear();
        self.line.extend_from_slice(&line.raw.as_bytes()[..start]);
        self.line.extend_from_slice(&changed);
        self.line.extend_from_slice(&line.raw.as_bytes()[start + part.len()..]);
        Shared::Changed(std::str::from_utf8(&self.line).expect("members were taken out of text"))
    }

    /// What was taken out.
    pub(super) fn tell(&self, losses: &mut Losses) {
        losses.add("events with the recorder's settings", self.settings, "they hold tokens and headers");
        losses.add("headers and bodies of network requests", self.carried, "they are not for other people");
        losses.add("query strings of network requests", self.addresses, "they are not for other people");
        losses.add("project tokens of captured events", self.tokens, "they are not for other people");
    }

    fn event(&mut self, event: &str) -> Result<Change, JsonError> {
        if !self.suspects.iter().any(|suspect| suspect.find(event.as_bytes()).is_some()) {
            return Ok(Change::None);
        }
        let Some(data) = member(event, "data")?.filter(|data| data.starts_with('{')) else { return Ok(Change::None) };
        let names = |value: Option<&str>, names: &[&str]| {
            value.and_then(json::string_value).is_some_and(|name| names.contains(&name.as_ref()))
        };
        if names(member(data, "tag")?, &SETTINGS) {
            return Ok(Change::LeaveOut);
        }
        let payload = member(data, "payload")?;
        let Some(payload) = payload.filter(|_| names(member(data, "plugin").ok().flatten(), &NETWORK)) else {
            return Ok(Change::None);
        };
        let before = (self.carried, self.addresses);
        let mut stripped = Vec::with_capacity(payload.len());
        self.value(payload, None, DEPTH, &mut stripped)?;
        if before == (self.carried, self.addresses) {
            return Ok(Change::None);
        }
        let start = payload.as_ptr().addr() - event.as_ptr().addr();
        let mut changed = event.as_bytes()[..start].to_vec();
        changed.extend_from_slice(&stripped);
        changed.extend_from_slice(&event.as_bytes()[start + payload.len()..]);
        Ok(Change::To(changed))
    }

    fn captured(&mut self, captured: &str) -> Result<Option<Vec<u8>>, JsonError> {
        let before = self.tokens;
        let mut out = Vec::with_capacity(captured.len());
        write_members(captured, &mut out, &mut |key, value, out| {
            if TOKENS.contains(&key) {
                self.tokens += 1;
                return Ok(false);
            }
            if key != "properties" || !value.starts_with('{') {
                out.extend_from_slice(value.as_bytes());
                return Ok(true);
            }
            write_members(value, out, &mut |key, value, out| {
                let token = TOKENS.contains(&key);
                self.tokens += u64::from(token);
                if !token {
                    out.extend_from_slice(value.as_bytes());
                }
                Ok(!token)
            })?;
            Ok(true)
        })?;
        Ok((self.tokens != before).then_some(out))
    }

    /// Appends a value of a payload without what requests carried. `key` is that of the object it stands in.
    fn value(&mut self, value: &str, key: Option<&str>, depth: usize, out: &mut Vec<u8>) -> Result<(), JsonError> {
        match value.as_bytes()[0] {
            b'{' | b'[' if depth == 0 => {
                self.carried += 1;
                out.extend_from_slice(b"null");
            }
            b'{' => write_members(value, out, &mut |key, value, out| {
                if carries(key) {
                    self.carried += 1;
                    return Ok(false);
                }
                self.value(value, Some(key), depth - 1, out)?;
                Ok(true)
            })?,
            b'[' => {
                let mut elements = Array::open(value, 0)?;
                let mut behind = 0;
                while let Some(at) = elements.next_at()? {
                    out.extend_from_slice(&value.as_bytes()[behind..at]);
                    let element = elements.value()?;
                    self.value(element, key, depth - 1, out)?;
                    behind = at + element.len();
                }
                out.extend_from_slice(&value.as_bytes()[behind..]);
            }
            b'"' if key.is_some_and(|key| ADDRESSES.contains(&key)) => self.address(value, out),
            _ => out.extend_from_slice(value.as_bytes()),
        }
        Ok(())
    }

    /// Appends an address without query string and fragment.
    fn address(&mut self, value: &str, out: &mut Vec<u8>) {
        let address = json::string_value(value).expect("a string has a value");
        match address.find(['?', '#']) {
            None => out.extend_from_slice(value.as_bytes()),
            Some(end) => {
                self.addresses += 1;
                json::write_string(out, &address[..end]);
            }
        }
    }
}

/// Appends the value of a member, given its key; or says that the member is to go.
type WriteValue<'a> = dyn FnMut(&str, &str, &mut Vec<u8>) -> Result<bool, JsonError> + 'a;

/// What becomes of an event.
enum Change {
    None,
    To(Vec<u8>),
    LeaveOut,
}

/// Whether a member of a request holds what it carried.
fn carries(key: &str) -> bool {
    // Longer than any of them, whatever its spelling.
    const LONGEST: usize = 32;
    if key.len() > LONGEST {
        return false;
    }
    let plain: String = key.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    CARRIED.contains(&plain.as_str())
}

/// The value of the last member of that name.
fn member<'a>(object: &'a str, name: &str) -> Result<Option<&'a str>, JsonError> {
    let mut object = Object::open(object, 0)?;
    let mut found = None;
    while let Some(key) = object.next_key()? {
        if json::unescape(key) == name {
            found = Some(object.value()?);
        }
    }
    Ok(found)
}

/// Appends an object.
fn write_members(text: &str, out: &mut Vec<u8>, write: &mut WriteValue<'_>) -> Result<(), JsonError> {
    let bytes = text.as_bytes();
    let mut object = Object::open(text, 0)?;
    // Where the last member ended, and whether one was kept and the one before went.
    let (mut behind, mut any, mut gap) = (1, false, false);
    out.push(b'{');
    while let Some(key) = object.next_key()? {
        let start = key.as_ptr().addr() - text.as_ptr().addr() - 1;
        let value_at = object.value_at();
        let value = object.value()?;
        let length = out.len();
        match (any, gap) {
            // Between two members that stay stands what stood there.
            (true, false) => out.extend_from_slice(&bytes[behind..start]),
            (true, true) => out.push(b','),
            (false, false) => out.extend_from_slice(&bytes[1..start]),
            (false, true) => {}
        }
        out.extend_from_slice(&bytes[start..value_at]);
        let kept = write(&json::unescape(key), value, out)?;
        if kept {
            (any, gap) = (true, false);
        } else {
            out.truncate(length);
            gap = true;
        }
        behind = value_at + value.len();
    }
    out.extend_from_slice(&bytes[behind..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(event: &str) -> Option<String> {
        let line = format!(r#"{{"type":"event","seq":0,"timestamp":0,"window_id":"w","name":"x","event":{event}}}"#);
        let mut share = Share::default();
        let shared = match share.line(&ParsedLine::parse(&line).unwrap()) {
            Shared::AsItIs => line.clone(),
            Shared::Changed(changed) => changed.to_owned(),
            Shared::LeftOut => return None,
            Shared::Passed => panic!("an event is not passed over"),
        };
        let event = ParsedLine::parse(&shared).unwrap().event.unwrap();
        Some(event.to_owned())
    }

    #[test]
    fn the_recorders_settings_are_left_out_however_they_are_spelled() {
        for tag in ["$posthog_config", "$remote_config_received", "$session_options", r"\u0024posthog_config"] {
            assert_eq!(shared(&format!(r#"{{"type":5,"data":{{"tag":"{tag}","payload":{{}}}}}}"#)), None, "{tag}");
        }
        let talk = r#"{"type":3,"data":{"text":"about $posthog_config","tag":"x"}}"#;
        assert_eq!(shared(talk).as_deref(), Some(talk));
    }

    #[test]
    fn requests_lose_what_they_carried_and_keep_the_rest() {
        let event = r#"{"type":6,"data":{"plugin":"rrweb\/network@1","payload":{ "requests":[ {"name":"https:\/\/a/b?secret=1#x","requestHeaders":{"a":"b"},"duration":1.50 , "responseBody":"x"}, {"request_body":"1","method":"GET","Response-Headers":[]}, {"headers":1} ],"isInitial":true}},"timestamp":5}"#;
        let expected = r#"{"type":6,"data":{"plugin":"rrweb\/network@1","payload":{ "requests":[ {"name":"https://a/b","duration":1.50}, {"method":"GET"}, {} ],"isInitial":true}},"timestamp":5}"#;
        assert_eq!(shared(event).as_deref(), Some(expected));
        let numbered = r#"{"type":6,"data":{"plugin":"posthog/network@1","payload":{"2":"https://a/?b","39":7}}}"#;
        let expected = r#"{"type":6,"data":{"plugin":"posthog/network@1","payload":{"2":"https://a/","39":7}}}"#;
        assert_eq!(shared(numbered).as_deref(), Some(expected));
    }

    #[test]
    fn other_plugins_and_clean_requests_stay_byte_for_byte() {
        for event in [
            r#"{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"headers":"network@1"}}}"#,
            r#"{"type":6,"data":{"plugin":"rrweb/network@1","payload":{"requests":[ {"name" :"https:\/\/a\/"} ]}}}"#,
            r#"{"type":6,"data":"network@1"}"#,
            r#"{"type":3,"data":{"headers":{"body":"x"}}}"#,
        ] {
            assert_eq!(shared(event).as_deref(), Some(event));
        }
    }

    #[test]
    fn what_lies_too_deep_to_look_into_is_removed() {
        let deep = format!("{}\"headers\"{}", "[".repeat(50_000), "]".repeat(50_000));
        let event = format!(r#"{{"type":6,"data":{{"plugin":"rrweb/network@1","payload":{deep}}}}}"#);
        let shared = shared(&event).unwrap();
        assert!(shared.contains("[null]") && shared.len() < 200, "{shared}");
    }

    #[test]
    fn captured_events_lose_the_token() {
        let captured = r#"{"event":"$identify","token":"phc_1","properties":{"token":"phc_1","plan":"free","$token":"phc_1"},"api_key":"phc_1"}"#;
        let line = format!(
            r#"{{"type":"captured","seq":0,"timestamp":0,"window_id":"w","name":"$identify","captured":{captured}}}"#
        );
        let mut share = Share::default();
        let Shared::Changed(changed) = share.line(&ParsedLine::parse(&line).unwrap()) else { panic!() };
        assert!(changed.ends_with(r#""captured":{"event":"$identify","properties":{"plan":"free"}}}"#), "{changed}");
        assert_eq!(share.tokens, 4);
    }

    #[test]
    fn lines_without_anything_to_show_are_passed_over() {
        let mut share = Share::default();
        let line = r#"{"type":"mood","seq":1}"#;
        assert!(matches!(share.line(&ParsedLine::parse(line).unwrap()), Shared::Passed));
    }
}
