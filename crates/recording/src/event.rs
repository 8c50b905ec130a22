//! What Cassette needs to know of an rrweb event. The event itself is carried as the bytes it came with.

use crate::json::{self, JsonError, Object};

/// What an rrweb event is about: the `type` of its line in a recording, and for `event` lines the `name`.
///
/// The names are written into files; they never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// rrweb type 2: the whole page.
    FullSnapshot,
    /// rrweb type 3, source 0: a change of the page.
    Mutation,
    /// Anything else, by its name.
    Named(EventName),
}

macro_rules! event_names {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The `name` of an `event` line.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventName { $($(#[$doc])* $variant,)* }

        impl EventName {
            /// The name as it stands in files.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The event of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

event_names! {
    /// rrweb type 0.
    DomContentLoaded = "dom_content_loaded",
    /// rrweb type 1.
    Load = "load",
    /// rrweb type 4 (comes with every full snapshot), and the custom events `$pageview` and `$url_changed`.
    PageView = "page_view",
    /// rrweb type 5, any other tag.
    Custom = "custom",
    /// rrweb type 6, plugin `rrweb/console@1`.
    Console = "console",
    /// rrweb type 6, plugin `rrweb/network@1`.
    Network = "network",
    /// rrweb type 6, any other plugin.
    Plugin = "plugin",
    /// Source 1.
    MouseMove = "mouse_move",
    /// Source 2, interaction 0.
    MouseUp = "mouse_up",
    /// Source 2, interaction 1.
    MouseDown = "mouse_down",
    /// Source 2, interaction 2.
    Click = "click",
    /// Source 2, interaction 3.
    ContextMenu = "context_menu",
    /// Source 2, interaction 4.
    DoubleClick = "double_click",
    /// Source 2, interaction 5.
    Focus = "focus",
    /// Source 2, interaction 6.
    Blur = "blur",
    /// Source 2, interaction 7.
    TouchStart = "touch_start",
    /// Source 2, interaction 9.
    TouchEnd = "touch_end",
    /// Source 2, any other interaction.
    Interaction = "interaction",
    /// Source 3.
    Scroll = "scroll",
    /// Source 4.
    Resize = "resize",
    /// Source 5.
    Input = "input",
    /// Source 6.
    TouchMove = "touch_move",
    /// Source 7.
    Media = "media",
    /// Source 8.
    StyleSheetRule = "style_sheet_rule",
    /// Source 9.
    Canvas = "canvas",
    /// Source 10.
    Font = "font",
    /// Source 11.
    Log = "log",
    /// Source 12.
    Drag = "drag",
    /// Source 13.
    StyleDeclaration = "style_declaration",
    /// Source 14.
    Selection = "selection",
    /// Source 15.
    AdoptedStyleSheet = "adopted_style_sheet",
    /// Source 16.
    CustomElement = "custom_element",
    /// A type or source that this version does not know. Kept like any other.
    Unknown = "unknown",
}

/// How loud a console line is, as PostHog groups the console's methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleLevel {
    /// `log`, `info`, `debug` and all that is neither of the others.
    Log,
    /// `warn`.
    Warn,
    /// `error`, `assert` and uncaught exceptions.
    Error,
}

impl ConsoleLevel {
    /// The level as it stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl EventName {
    /// Whether it shows that somebody is at work: the sources that PostHog counts as activity.
    pub fn is_active(self) -> bool {
        use EventName::*;
        match self {
            MouseMove | MouseUp | MouseDown | Click | ContextMenu | DoubleClick | Focus | Blur | TouchStart
            | TouchEnd | Interaction | Scroll | Resize | Input | TouchMove | Media | Drag => true,
            DomContentLoaded | Load | PageView | Custom | Console | Network | Plugin | StyleSheetRule | Canvas
            | Font | Log | StyleDeclaration | Selection | AdoptedStyleSheet | CustomElement | Unknown => false,
        }
    }
}

/// The element that a mouse interaction hit; numbers as they are written in the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// rrweb's id of the node.
    pub id: &'a str,
    /// Viewport coordinates in CSS pixels, where the event has them.
    pub position: Option<(&'a str, &'a str)>,
}

/// What one event says of itself. Borrowed from the event's text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventFacts<'a> {
    /// What it is about.
    pub kind: EventKind,
    /// `timestamp`: milliseconds of the visitor's clock, perhaps fractional, negative or missing.
    pub timestamp: Option<f64>,
    /// What was hit, for mouse interactions.
    pub target: Option<Target<'a>>,
    /// `data.href`, else `data.payload.href`: the inside of the JSON string, escapes not undone.
    pub href: Option<&'a str>,
    /// Level of a console line.
    pub console: Option<ConsoleLevel>,
    /// Events of the page itself (full snapshots, mutations, input…) tell of a clock that jumped; custom events and
    /// canvas frames do not, since SDKs date some of them back or finish them late.
    pub keeps_time: bool,
}

impl<'a> EventFacts<'a> {
    /// Checks that `event` is one JSON object, and reads it in the same pass.
    pub fn read(event: &'a str) -> Result<Self, JsonError> {
        match Self::read_at(event, 0, |_, _| {})? {
            (facts, end) if end == event.len() => Ok(facts),
            (_, end) => Err(JsonError { at: end, expected: "the end of the event" }),
        }
    }

    /// Reads the event that begins at `at` of a longer text, and returns the position behind it too. Members that are none of
    /// rrweb's are shown to `other`, key and value as they are written.
    pub fn read_at(
        text: &'a str,
        at: usize,
        mut other: impl FnMut(&'a str, &'a str),
    ) -> Result<(Self, usize), JsonError> {
        let mut kind = None;
        let mut timestamp = None;
        let mut data = Data::default();
        let mut object = Object::open(text, at)?;
        while let Some(key) = object.next_key()? {
            match key {
                "type" => kind = small_number(object.value()?),
                "timestamp" => timestamp = json::number_value(object.value()?),
                "data" if text.as_bytes().get(object.value_at()) == Some(&b'{') => {
                    let (read, end) = Data::read(text, object.value_at())?;
                    data = read;
                    object.resume(end);
                }
                key => other(key, object.value()?),
            }
        }
        Ok((Self::of(kind, timestamp, &data), object.end()?))
    }

    fn of(rrweb_type: Option<u8>, timestamp: Option<f64>, data: &Data<'a>) -> Self {
        let kind = kind_of(rrweb_type, data);
        let console = (kind == EventKind::Named(EventName::Console)).then(|| console_level(data.payload.level));
        let incremental = rrweb_type == Some(3);
        let hit = incremental && data.source == Some(2);
        let target = data.id.filter(|_| hit).map(|id| Target { id, position: data.x.zip(data.y) });
        let href = data.href.or(data.payload.href).filter(|_| data.tag != Some("$json_ld"));
        let keeps_time = rrweb_type == Some(2) || (incremental && data.source != Some(9));
        Self { kind, timestamp, target, href, console, keeps_time }
    }
}

/// The few members of `data` that matter.
#[derive(Default)]
struct Data<'a> {
    source: Option<u8>,
    interaction: Option<u8>,
    id: Option<&'a str>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    tag: Option<&'a str>,
    plugin: Option<&'a str>,
    href: Option<&'a str>,
    payload: Payload<'a>,
}

#[derive(Default)]
struct Payload<'a> {
    href: Option<&'a str>,
    level: Option<&'a str>,
}

impl<'a> Data<'a> {
    fn read(event: &'a str, at: usize) -> Result<(Self, usize), JsonError> {
        let mut data = Self::default();
        let mut object = Object::open(event, at)?;
        while let Some(key) = object.next_key()? {
            match key {
                "source" => data.source = small_number(object.value()?),
                "type" => data.interaction = small_number(object.value()?),
                "id" => data.id = number_text(object.value()?),
                "x" => data.x = number_text(object.value()?),
                "y" => data.y = number_text(object.value()?),
                "tag" => data.tag = inside(object.value()?),
                "plugin" => data.plugin = inside(object.value()?),
                "href" => data.href = inside(object.value()?),
                "payload" if event.as_bytes().get(object.value_at()) == Some(&b'{') => {
                    let (payload, end) = Payload::read(event, object.value_at())?;
                    data.payload = payload;
                    object.resume(end);
                }
                _ => {}
            }
        }
        Ok((data, object.end()?))
    }
}

impl<'a> Payload<'a> {
    fn read(event: &'a str, at: usize) -> Result<(Self, usize), JsonError> {
        let mut payload = Self::default();
        let mut object = Object::open(event, at)?;
        while let Some(key) = object.next_key()? {
            match key {
                "href" => payload.href = inside(object.value()?),
                "level" => payload.level = inside(object.value()?),
                _ => {}
            }
        }
        Ok((payload, object.end()?))
    }
}

fn small_number(value: &str) -> Option<u8> {
    value.parse().ok()
}

fn number_text(value: &str) -> Option<&str> {
    json::number_value(value).map(|_| value)
}

fn inside(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

fn console_level(level: Option<&str>) -> ConsoleLevel {
    match level {
        Some("warn") => ConsoleLevel::Warn,
        Some("error" | "assert") => ConsoleLevel::Error,
        _ => ConsoleLevel::Log,
    }
}

fn kind_of(rrweb_type: Option<u8>, data: &Data<'_>) -> EventKind {
    EventKind::Named(match rrweb_type {
        Some(0) => EventName::DomContentLoaded,
        Some(1) => EventName::Load,
        Some(2) => return EventKind::FullSnapshot,
        Some(3) if data.source == Some(0) => return EventKind::Mutation,
        Some(3) => incremental_name(data),
        Some(4) => EventName::PageView,
        Some(5) => match data.tag {
            Some("$pageview" | "$url_changed") => EventName::PageView,
            _ => EventName::Custom,
        },
        Some(6) => match data.plugin {
            Some("rrweb/console@1") => EventName::Console,
            Some("rrweb/network@1") => EventName::Network,
            _ => EventName::Plugin,
        },
        _ => EventName::Unknown,
    })
}

fn incremental_name(data: &Data<'_>) -> EventName {
    match data.source {
        Some(1) => EventName::MouseMove,
        Some(2) => interaction_name(data.interaction),
        Some(3) => EventName::Scroll,
        Some(4) => EventName::Resize,
        Some(5) => EventName::Input,
        Some(6) => EventName::TouchMove,
        Some(7) => EventName::Media,
        Some(8) => EventName::StyleSheetRule,
        Some(9) => EventName::Canvas,
        Some(10) => EventName::Font,
        Some(11) => EventName::Log,
        Some(12) => EventName::Drag,
        Some(13) => EventName::StyleDeclaration,
        Some(14) => EventName::Selection,
        Some(15) => EventName::AdoptedStyleSheet,
        Some(16) => EventName::CustomElement,
        _ => EventName::Unknown,
    }
}

fn interaction_name(interaction: Option<u8>) -> EventName {
    match interaction {
        Some(0) => EventName::MouseUp,
        Some(1) => EventName::MouseDown,
        Some(2) => EventName::Click,
        Some(3) => EventName::ContextMenu,
        Some(4) => EventName::DoubleClick,
        Some(5) => EventName::Focus,
        Some(6) => EventName::Blur,
        Some(7) => EventName::TouchStart,
        Some(9) => EventName::TouchEnd,
        _ => EventName::Interaction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(event: &str) -> EventFacts<'_> {
        EventFacts::read(event).unwrap()
    }

    #[test]
    fn a_click_has_its_target() {
        let click = facts(r#"{"type":3,"data":{"source":2,"type":2,"id":77,"x":640.5,"y":333},"timestamp":5}"#);
        assert_eq!(click.kind, EventKind::Named(EventName::Click));
        assert_eq!(click.target, Some(Target { id: "77", position: Some(("640.5", "333")) }));
        assert!(EventName::Click.is_active() && click.keeps_time);
    }

    #[test]
    fn focus_has_no_position() {
        let focus = facts(r#"{"type":3,"data":{"source":2,"type":5,"id":7},"timestamp":5}"#);
        assert_eq!(focus.target, Some(Target { id: "7", position: None }));
    }

    #[test]
    fn pages_come_from_meta_and_from_custom_events() {
        assert_eq!(facts(r#"{"type":4,"data":{"href":"https://a/"}}"#).href, Some("https://a/"));
        let custom = facts(r#"{"type":5,"data":{"tag":"$pageview","payload":{"href":"/b"}},"timestamp":1}"#);
        assert_eq!((custom.kind, custom.href), (EventKind::Named(EventName::PageView), Some("/b")));
        assert_eq!(facts(r#"{"type":5,"data":{"tag":"$json_ld","payload":{"href":"/b"}}}"#).href, None);
    }

    #[test]
    fn console_lines_have_a_level() {
        let line = |level: &str| {
            let event =
                format!(r#"{{"type":6,"data":{{"plugin":"rrweb/console@1","payload":{{"level":"{level}"}}}}}}"#);
            facts(&event).console
        };
        assert_eq!(line("warn"), Some(ConsoleLevel::Warn));
        assert_eq!(line("error"), Some(ConsoleLevel::Error));
        assert_eq!(line("table"), Some(ConsoleLevel::Log));
    }

    #[test]
    fn unknown_types_fractions_and_odd_timestamps_are_read() {
        assert_eq!(facts(r#"{"type":99,"timestamp":1.5}"#).kind, EventKind::Named(EventName::Unknown));
        assert_eq!(facts(r#"{"type":"x","timestamp":-1}"#).timestamp, Some(-1.0));
        assert_eq!(facts(r#"{"type":3,"data":"cut","timestamp":1e999}"#).timestamp, None);
        assert_eq!(facts("{}").timestamp, None);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        assert_eq!(facts(r#"{"type":2,"type":4,"timestamp":1,"timestamp":2}"#).timestamp, Some(2.0));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for event in ["[]", "1", "{\"type\":2", "{}x", ""] {
            assert!(EventFacts::read(event).is_err(), "{event}");
        }
    }

    #[test]
    fn names_survive_their_text() {
        for name in [EventName::Click, EventName::Unknown, EventName::PageView] {
            assert_eq!(EventName::from_name(name.as_str()), Some(name));
        }
    }
}
