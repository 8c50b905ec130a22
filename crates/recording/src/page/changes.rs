//! What became of a node since it came. Kept beside what it came with, so that a replayer that is given both does what it did:
//! it compares nodes with how they came, and adapts a style's text when it builds it and not when it changes it.

use super::trouble::Trouble;

/// What became of a node since it came.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// What the texts below take.
    pub(super) bytes: usize,
    /// Grows with each change of attributes; they are made in this order.
    pub(super) touched: u64,
    /// Attributes by the key as it is written, each with its value: a string, or null. The one that was set last is the last.
    attributes: Vec<(Box<str>, Box<str>)>,
    /// Properties of the `style` since it was last set as a whole; in the same way.
    style: Vec<(Box<str>, Box<str>)>,
    /// The text, as JSON.
    pub(super) text: Option<Box<str>>,
    /// What was done to the rules of its style sheet since its text was last set.
    pub(super) rules: RuleLog,
    /// What stands in a form's element, and when that was put there: `data` of an event.
    pub(super) input: Option<(u64, Box<str>)>,
    /// How far it is scrolled: `data` of an event.
    pub(super) scroll: Option<Box<str>>,
    /// What a film or a sound did last, and when: `data` of an event.
    pub(super) media: Option<(i64, Box<str>)>,
    /// The options of a `select` changed after one was chosen: which one is chosen now, only a browser knows.
    pub(super) is_unsure: bool,
}

/// Names of attributes, or properties of a style, that are kept of a node. Real ones have some dozen.
const MOST_NAMES: usize = 500;

impl Changes {
    /// An attribute was set (a string), or taken away (null).
    pub(super) fn set_attribute(&mut self, key: &str, value: &str) -> Result<(), Trouble> {
        if key == "style" {
            self.bytes -= bytes_of(&self.style);
            self.style.clear();
        }
        set(&mut self.attributes, key, value, &mut self.bytes)
    }

    /// A property of the style was set (a string, or an array with its priority), or taken away (false).
    pub(super) fn set_style(&mut self, property: &str, value: &str) -> Result<(), Trouble> {
        set(&mut self.style, property, value, &mut self.bytes)
    }

    pub(super) fn attributes(&self) -> &[(Box<str>, Box<str>)] {
        &self.attributes
    }

    pub(super) fn style(&self) -> &[(Box<str>, Box<str>)] {
        &self.style
    }

    /// The texts that the replayer makes of this attribute are gone.
    pub(super) fn forget_attribute(&mut self, key: &str) {
        for (key, value) in self.attributes.extract_if(.., |(known, _)| &**known == key) {
            self.bytes -= key.len() + value.len() + PAIR_BYTES;
        }
    }

    pub(super) fn set_text(&mut self, text: &str) {
        put(&mut self.text, text.into(), &mut self.bytes, |text| text.len());
    }

    pub(super) fn set_input(&mut self, order: u64, data: &str) {
        put(&mut self.input, (order, data.into()), &mut self.bytes, |(_, data)| data.len());
        self.is_unsure = false;
    }

    pub(super) fn set_scroll(&mut self, data: &str) {
        put(&mut self.scroll, data.into(), &mut self.bytes, |data| data.len());
    }

    pub(super) fn set_media(&mut self, at: i64, data: &str) {
        put(&mut self.media, (at, data.into()), &mut self.bytes, |(_, data)| data.len());
    }

    pub(super) fn add_rules(&mut self, data: &str) -> Result<(), Trouble> {
        let before = self.rules.bytes;
        self.rules.add(data)?;
        self.bytes = self.bytes + self.rules.bytes - before;
        Ok(())
    }

    pub(super) fn forget_rules(&mut self) {
        self.bytes -= self.rules.bytes;
        self.rules = RuleLog::default();
    }

    pub(super) fn forget_scroll(&mut self) {
        self.bytes -= self.scroll.take().map_or(0, |data| data.len());
    }
}

const PAIR_BYTES: usize = size_of::<(Box<str>, Box<str>)>();

fn set(pairs: &mut Vec<(Box<str>, Box<str>)>, key: &str, value: &str, bytes: &mut usize) -> Result<(), Trouble> {
    if let Some(at) = pairs.iter().position(|(known, _)| &**known == key) {
        // Behind the others: `margin` after `margin-left` is not the same as before it.
        let (known, before) = pairs.remove(at);
        *bytes = *bytes + value.len() - before.len();
        pairs.push((known, value.into()));
        return Ok(());
    }
    if pairs.len() >= MOST_NAMES {
        return Err(Trouble::TooLarge);
    }
    *bytes += key.len() + value.len() + PAIR_BYTES;
    pairs.push((key.into(), value.into()));
    Ok(())
}

fn bytes_of(pairs: &[(Box<str>, Box<str>)]) -> usize {
    pairs.iter().map(|(key, value)| key.len() + value.len() + PAIR_BYTES).sum()
}

fn put<T>(place: &mut Option<T>, value: T, bytes: &mut usize, length: impl Fn(&T) -> usize) {
    *bytes += length(&value);
    if let Some(before) = place.replace(value) {
        *bytes -= length(&before);
    }
}

/// What was done to the rules of one style sheet, in order. Which rules came of it only a browser knows (it refuses some, and
/// then the next stand elsewhere), so what is kept is what was asked for.
#[derive(Debug, Default)]
pub(super) struct RuleLog {
    steps: Vec<RuleStep>,
    pub(super) bytes: usize,
}

#[derive(Debug)]
enum RuleStep {
    /// Elements of `adds`, with commas between them.
    Adds(String),
    /// `data` of an event.
    Other(Box<str>),
}

impl RuleLog {
    /// Takes the `data` of an event.
    pub(super) fn add(&mut self, data: &str) -> Result<(), Trouble> {
        let names = ["adds", "removes", "replace", "replaceSync", "set", "remove"];
        let [adds, removes, replace, replace_sync, set, remove] = super::read::members(data, names)?;
        if [replace, replace_sync].into_iter().flatten().any(super::read::is_string) {
            // All rules are others now.
            *self = Self::default();
        } else if let (Some(adds), None, None, None) = (adds, removes.filter(|&r| r != "null"), set, remove) {
            return self.add_adds(adds);
        }
        self.bytes += data.len() + size_of::<RuleStep>();
        self.steps.push(RuleStep::Other(data.into()));
        Ok(())
    }

    fn add_adds(&mut self, adds: &str) -> Result<(), Trouble> {
        let inside = adds.strip_prefix('[').and_then(|adds| adds.strip_suffix(']')).ok_or(Trouble::Shape)?.trim();
        if inside.is_empty() {
            return Ok(());
        }
        if let Some(RuleStep::Adds(before)) = self.steps.last_mut() {
            before.push(',');
            before.push_str(inside);
            self.bytes += inside.len() + 1;
        } else {
            self.bytes += inside.len() + size_of::<RuleStep>();
            self.steps.push(RuleStep::Adds(inside.to_owned()));
        }
        Ok(())
    }

    /// `data` of the events that do the same to the sheet with this member: `"id":5` or `"styleId":5`.
    pub(super) fn data(&self, whose: &str) -> impl Iterator<Item = String> {
        self.steps.iter().map(move |step| match step {
            RuleStep::Adds(adds) => format!("{{\"source\":8,{whose},\"adds\":[{adds}]}}"),
            RuleStep::Other(data) => data.to_string(),
        })
    }
}
