//! One saying about a person, and the line that it is stored as.

use std::fmt::Write as _;

use crate::json::{self, Array, JsonError, Object};
use crate::{DistinctId, ItemId};

/// Orders changes: by the time of the event on the server's clock, then by the item that brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Epoch milliseconds.
    pub at: i64,
    /// The item.
    pub item: ItemId,
}

/// How a link came about. The numbers are stored, and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LinkKind {
    /// `$identify`: who was anonymous logged in.
    Identify = 1,
    /// `$create_alias`.
    Alias = 2,
    /// `$merge_dangerously`: holds whatever was before.
    Merge = 3,
}

impl LinkKind {
    const ALL: [Self; 3] = [Self::Identify, Self::Alias, Self::Merge];

    /// As it stands in objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Alias => "alias",
            Self::Merge => "merge",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// That another distinct id is the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How it came about.
    pub kind: LinkKind,
    /// The other id. None: its person was erased; that the main id was linked then still counts.
    pub other: Option<DistinctId>,
}

/// What one item says of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// When, and in which item.
    pub stamp: Stamp,
    /// Of whom.
    pub distinct_id: DistinctId,
    /// Who else that is.
    pub link: Option<Link>,
    /// Properties and their JSON text, on one line.
    pub set: Vec<(String, String)>,
    /// The same, for where there is no such property yet.
    pub set_once: Vec<(String, String)>,
    /// Properties to take away.
    pub unset: Vec<String>,
}

/// Hides what is said: personal data must not reach a log.
impl std::fmt::Debug for PersonChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonChange").field("stamp", &self.stamp).field("link", &self.link).finish_non_exhaustive()
    }
}

/// Why a line is no change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is no JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A member is missing, or is not what it must be.
    #[error("expected {0} in the line of a person change")]
    Member(&'static str),
}

impl PersonChange {
    /// A change that says nothing yet.
    pub fn new(stamp: Stamp, distinct_id: DistinctId) -> Self {
        Self { stamp, distinct_id, link: None, set: Vec::new(), set_once: Vec::new(), unset: Vec::new() }
    }

    /// Nothing is said.
    pub fn is_empty(&self) -> bool {
        self.link.is_none() && self.set.is_empty() && self.set_once.is_empty() && self.unset.is_empty()
    }

    /// Bytes of the properties.
    pub fn property_bytes(&self) -> usize {
        let values = self.set.iter().chain(&self.set_once).map(|(name, value)| name.len() + value.len());
        values.sum::<usize>() + self.unset.iter().map(String::len).sum::<usize>()
    }

    /// The distinct ids that it names.
    pub fn distinct_ids(&self) -> impl Iterator<Item = &DistinctId> {
        std::iter::once(&self.distinct_id).chain(self.link.iter().filter_map(|link| link.other.as_ref()))
    }

    /// What is left of it once the persons of these ids are erased; `None`: nothing.
    pub fn without(mut self, is_erased: impl Fn(&DistinctId) -> bool) -> Option<Self> {
        if is_erased(&self.distinct_id) {
            return None;
        }
        if let Some(link) = &mut self.link {
            link.other = link.other.take().filter(|other| !is_erased(other));
        }
        Some(self)
    }

    /// Appends the change as one line, its line break included.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        let mut head = String::new();
        write!(head, "{{\"item\":\"{}\",\"at\":{},\"distinct_id\":", self.stamp.item, self.stamp.at)
            .expect("a string takes everything");
        out.extend_from_slice(head.as_bytes());
        json::write_string(out, self.distinct_id.as_str());
        if let Some(link) = &self.link {
            out.extend_from_slice(b",\"link\":{\"kind\":");
            json::write_string(out, link.kind.name());
            if let Some(other) = &link.other {
                out.extend_from_slice(b",\"distinct_id\":");
                json::write_string(out, other.as_str());
            }
            out.push(b'}');
        }
        for (name, properties) in [("set", &self.set), ("set_once", &self.set_once)] {
            if !properties.is_empty() {
                out.extend_from_slice(format!(",\"{name}\":").as_bytes());
                write_object(out, properties.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            }
        }
        if !self.unset.is_empty() {
            out.extend_from_slice(b",\"unset\":[");
            for (at, name) in self.unset.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                json::write_string(out, name);
            }
            out.push(b']');
        }
        out.extend_from_slice(b"}\n");
    }

    /// Reads a line that [`PersonChange::write_line`] wrote.
    ///
    /// # Errors
    /// When it is not one.
    pub fn read_line(line: &str) -> Result<Self, LineError> {
        let (mut item, mut at, mut distinct_id) = (None, None, None);
        let (mut link, mut set, mut set_once, mut unset) = (None, Vec::new(), Vec::new(), Vec::new());
        let mut object = Object::open(line, 0)?;
        while let Some(key) = object.next_key()? {
            match key {
                "item" => item = json::string_value(object.value()?).and_then(|text| text.parse().ok()),
                "at" => at = object.value()?.parse().ok(),
                "distinct_id" => distinct_id = json::string_value(object.value()?).and_then(|text| text.parse().ok()),
                "link" => link = Some(read_link(object.value()?)?),
                "set" => set = read_object(object.value()?)?,
                "set_once" => set_once = read_object(object.value()?)?,
                "unset" => unset = read_names(object.value()?)?,
                _ => {}
            }
        }
        let item = item.ok_or(LineError::Member("the id of an item"))?;
        let at = at.ok_or(LineError::Member("a time"))?;
        let distinct_id = distinct_id.ok_or(LineError::Member("a distinct id"))?;
        Ok(Self { stamp: Stamp { at, item }, distinct_id, link, set, set_once, unset })
    }
}

/// Appends an object of values that are JSON already.
pub fn write_object<'a>(out: &mut Vec<u8>, members: impl Iterator<Item = (&'a str, &'a str)>) {
    out.push(b'{');
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json::write_string(out, name);
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
    }
    out.push(b'}');
}

/// The members of an object, their values as JSON text on one line. Of members that stand twice the last counts.
///
/// # Errors
/// When it is no object.
pub fn read_object(text: &str) -> Result<Vec<(String, String)>, JsonError> {
    let mut members = std::collections::BTreeMap::new();
    let mut object = Object::open(text, 0)?;
    while let Some(key) = object.next_key()? {
        let value = json::on_one_line(object.value()?).into_owned();
        members.insert(json::unescape(key).into_owned(), value);
    }
    object.end()?;
    Ok(members.into_iter().collect())
}

/// The texts of an array.
///
/// # Errors
/// When it is no array. Elements that are no texts are passed over.
pub fn read_names(text: &str) -> Result<Vec<String>, JsonError> {
    let mut names = std::collections::BTreeSet::new();
    let mut array = Array::open(text, 0)?;
    while let Some(value) = array.next_value()? {
        names.extend(json::string_value(value).map(std::borrow::Cow::into_owned));
    }
    array.end()?;
    Ok(names.into_iter().collect())
}

fn read_link(text: &str) -> Result<Link, LineError> {
    let (mut kind, mut other) = (None, None);
    let mut object = Object::open(text, 0)?;
    while let Some(key) = object.next_key()? {
        match key {
            "kind" => kind = json::string_value(object.value()?).and_then(|name| LinkKind::from_name(&name)),
            "distinct_id" => {
                let id = json::string_value(object.value()?).and_then(|text| text.parse().ok());
                other = Some(id.ok_or(LineError::Member("the other distinct id of a link"))?);
            }
            _ => {}
        }
    }
    Ok(Link { kind: kind.ok_or(LineError::Member("the kind of a link"))?, other })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> PersonChange {
        PersonChange {
            stamp: Stamp { at: -5, item: ItemId::of_bytes(b"x") },
            distinct_id: "an\"n\u{0}é".parse().unwrap(),
            link: Some(Link { kind: LinkKind::Alias, other: Some("x-1".parse().unwrap()) }),
            set: vec![
                ("huge".into(), "123456789012345678901234567890".into()),
                ("torn".into(), r#""a\ud83d""#.into()),
                ("tree".into(), format!("{}1{}", "[".repeat(500), "]".repeat(500))),
            ],
            set_once: vec![("".into(), "null".into())],
            unset: vec!["a".into(), "b\n".into()],
        }
    }

    #[test]
    fn a_line_reads_back_as_the_change_that_was_written() {
        let empty = PersonChange::new(change().stamp, "a".parse().unwrap());
        let erased = PersonChange { link: Some(Link { kind: LinkKind::Identify, other: None }), ..empty.clone() };
        for change in [change(), empty, erased] {
            let mut line = Vec::new();
            change.write_line(&mut line);
            let line = String::from_utf8(line).unwrap();
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert_eq!(PersonChange::read_line(line.trim_end()).unwrap(), change);
        }
    }

    #[test]
    fn a_line_that_lacks_something_says_what() {
        for (line, expected) in [
            ("[]", "expected an object"),
            (r#"{"at":1,"distinct_id":"a"}"#, "expected the id of an item"),
            (r#"{"item":"01a1fcf5-801b-7281-b87f-8084dfc6a672","at":1.5,"distinct_id":"a"}"#, "expected a time"),
            (r#"{"item":"01a1fcf5-801b-7281-b87f-8084dfc6a672","at":1,"distinct_id":""}"#, "expected a distinct id"),
            (r#"{"link":{"kind":"love"}}"#, "expected the kind of a link"),
        ] {
            let error = PersonChange::read_line(line).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn nothing_that_is_said_is_printed() {
        let printed = format!("{:?}", change());
        assert!(!printed.contains("x-1") && !printed.contains("torn") && printed.contains("***"), "{printed}");
    }

    #[test]
    fn erasing_the_other_end_of_a_link_keeps_that_there_was_one() {
        let left = change().without(|id| id.as_str() == "x-1").unwrap();
        assert_eq!(left.link, Some(Link { kind: LinkKind::Alias, other: None }));
        assert_eq!(change().without(|id| id.as_str() != "x-1"), None);
    }
}
