//! Where the compressed parts of an rrweb event are.
//!
//! The envelope reader passes over every event anyway to find its end. What it notes here saves the decoder a second
//! pass over compressed text, which is most of a body.
//!
//! | event | compressed members |
//! | --- | --- |
//! | type 2 | `data` |
//! | type 3, source 0 | `data.texts`, `data.attributes`, `data.removes`, `data.adds` |
//! | type 3, source 8 | `data.adds`, `data.removes` |
//!
//! The mark is `"cv":"2024-10"`. Each member is tested for itself: a marked event may hold no compressed member at all,
//! or plain ones beside it.

use cassette_recording::json::{self, JsonError, Object};

use super::latin1;

/// The only per-event compression there is.
const CV: &str = "\"2024-10\"";

/// A piece of a body, in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        let offset = |at| u32::try_from(at).expect("a body decodes to less than 4 GiB");
        Self { start: offset(start), end: offset(end) }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    pub(crate) fn of(self, text: &str) -> &str {
        &text[self.start()..self.end()]
    }
}

/// One element of `$snapshot_data`.
#[derive(Debug)]
pub(crate) struct EventShape {
    pub(crate) span: Span,
    pub(crate) form: Form,
}

/// How an element came.
#[derive(Debug)]
pub(crate) enum Form {
    /// An object without a mark of compression.
    Plain,
    /// An object with one, and what has to be done about it, in the order of the text.
    Compressed(Box<[Cut]>),
    /// An object with a mark that this version does not know, or with two.
    UnknownCompression,
    /// Something else.
    NotAnObject,
}

/// A place where a compressed event has to change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    /// The `cv` member, with the comma that belongs to it: goes.
    Mark(Span),
    /// A string that may be compressed, quotes included: replaced by what it holds.
    Value(Span),
}

impl EventShape {
    /// Checks the element that begins at `at`; returns the position behind it too.
    pub(crate) fn read(text: &str, at: usize) -> Result<(Self, usize), JsonError> {
        if text.as_bytes().get(at) != Some(&b'{') {
            let end = json::skip_value(text, at)?;
            return Ok((Self { span: Span::new(at, end), form: Form::NotAnObject }, end));
        }
        let mut members = Members::default();
        let mut object = Object::open(text, at)?;
        while let Some(key) = object.next_key()? {
            match key {
                "type" => members.rrweb_type = object.value()?.parse().ok(),
                "data" => {
                    members.data = Data::default();
                    if text.as_bytes().get(object.value_at()) == Some(&b'{') {
                        let (data, end) = Data::read(text, object.value_at())?;
                        members.data = data;
                        object.resume(end);
                    } else {
                        members.data.whole = compressed(&mut object)?;
                    }
                }
                "cv" => {
                    let key_at = offset_of(text, key) - 1;
                    let value = object.value()?;
                    members.marks += 1;
                    members.known = value == CV;
                    members.mark = Some(member_with_comma(text, key_at, offset_of(text, value) + value.len()));
                }
                _ => {}
            }
        }
        let end = object.end()?;
        Ok((Self { span: Span::new(at, end), form: members.form() }, end))
    }
}

/// The members of one event that decide its form. Of those that stand twice the last counts, as in JavaScript.
#[derive(Default)]
struct Members {
    rrweb_type: Option<u8>,
    data: Data,
    marks: u32,
    known: bool,
    mark: Option<Span>,
}

impl Members {
    fn form(self) -> Form {
        let Some(mark) = self.mark else { return Form::Plain };
        if self.marks > 1 || !self.known {
            return Form::UnknownCompression;
        }
        let data = self.data;
        let members = match (self.rrweb_type, data.source) {
            (Some(2), _) => [data.whole, None, None, None],
            (Some(3), Some(0)) => [data.texts, data.attributes, data.removes, data.adds],
            (Some(3), Some(8)) => [data.adds, data.removes, None, None],
            _ => [None; 4],
        };
        let values = members.into_iter().flatten().map(Cut::Value);
        let mut cuts: Vec<Cut> = values.chain([Cut::Mark(mark)]).collect();
        cuts.sort_unstable_by_key(|(Cut::Mark(span) | Cut::Value(span))| span.start);
        Form::Compressed(cuts.into())
    }
}

#[derive(Default)]
struct Data {
    whole: Option<Span>,
    source: Option<u8>,
    texts: Option<Span>,
    attributes: Option<Span>,
    removes: Option<Span>,
    adds: Option<Span>,
}

impl Data {
    fn read(text: &str, at: usize) -> Result<(Self, usize), JsonError> {
        let mut data = Self::default();
        let mut object = Object::open(text, at)?;
        while let Some(key) = object.next_key()? {
            match key {
                "source" => data.source = object.value()?.parse().ok(),
                "texts" => data.texts = compressed(&mut object)?,
                "attributes" => data.attributes = compressed(&mut object)?,
                "removes" => data.removes = compressed(&mut object)?,
                "adds" => data.adds = compressed(&mut object)?,
                _ => {}
            }
        }
        Ok((data, object.end()?))
    }
}

/// The current value's span, if it may be a compressed one.
fn compressed(object: &mut Object<'_>) -> Result<Option<Span>, JsonError> {
    let at = object.value_at();
    let value = object.value()?;
    let inner = value.strip_prefix('"');
    Ok(inner.is_some_and(latin1::may_be_gzip).then(|| Span::new(at, at + value.len())))
}

/// The member from `key_at` to `end` and one comma: the one before it, or the one behind it if it is the first.
fn member_with_comma(text: &str, key_at: usize, end: usize) -> Span {
    let bytes = text.as_bytes();
    let before = bytes[..key_at].iter().rposition(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    if let Some(comma) = before.filter(|&at| bytes[at] == b',') {
        return Span::new(comma, end);
    }
    let behind = json::skip_whitespace(bytes, end);
    match bytes.get(behind) {
        Some(b',') => Span::new(key_at, behind + 1),
        _ => Span::new(key_at, end),
    }
}

/// Where `part`, which was cut out of `text`, begins in it.
pub(crate) fn offset_of(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(event: &str) -> Option<(&str, Vec<&str>)> {
        let (shape, end) = EventShape::read(event, 0).unwrap();
        assert_eq!((shape.span.of(event), end), (event, event.len()));
        let Form::Compressed(cuts) = shape.form else { return None };
        let mark = cuts.iter().find_map(|cut| if let Cut::Mark(span) = cut { Some(span.of(event)) } else { None });
        let value = |cut: &Cut| if let Cut::Value(span) = cut { Some(span.of(event)) } else { None };
        Some((mark.unwrap(), cuts.iter().filter_map(value).collect()))
    }

    #[test]
    fn compressed_members_are_found_in_any_order() {
        let event =
            r#"{"cv":"2024-10" , "data":{"adds":"\u001fa","source":0,"texts":"\u001Ft","removes":[]},"type":3}"#;
        assert_eq!(parts(event), Some(("\"cv\":\"2024-10\" ,", vec![r#""\u001fa""#, r#""\u001Ft""#])));
        let event = r#"{"type":2,"data":"\u001fd","timestamp":1 , "cv":"2024-10"}"#;
        assert_eq!(parts(event), Some((", \"cv\":\"2024-10\"", vec![r#""\u001fd""#])));
        assert_eq!(parts(r#"{"cv":"2024-10"}"#), Some(("\"cv\":\"2024-10\"", vec![])));
    }

    #[test]
    fn members_are_compressed_only_where_the_sdk_does_it() {
        for (event, count) in [
            (r#"{"type":3,"data":{"source":8,"adds":"\u001f","removes":"\u001f","texts":"\u001f"},"cv":"2024-10"}"#, 2),
            (r#"{"type":3,"data":{"source":5,"adds":"\u001f","text":"\u001f"},"cv":"2024-10"}"#, 0),
            (r#"{"type":5,"data":"\u001f","cv":"2024-10"}"#, 0),
            (r#"{"type":2,"data":"plain","cv":"2024-10"}"#, 0),
            (r#"{"type":2,"data":{"adds":"\u001f"},"cv":"2024-10"}"#, 0),
            (r#"{"type":2,"data":"\u001f","data":{},"cv":"2024-10"}"#, 0),
        ] {
            assert_eq!(parts(event).unwrap().1.len(), count, "{event}");
        }
    }

    #[test]
    fn unmarked_and_oddly_marked_events_are_told_apart() {
        let form = |event| EventShape::read(event, 0).unwrap().0.form;
        assert!(matches!(form(r#"{"type":2,"data":"\u001f"}"#), Form::Plain));
        assert!(matches!(form(r#"{"type":2,"cv":"2030-01"}"#), Form::UnknownCompression));
        assert!(matches!(form(r#"{"cv":"2024-10","cv":"2024-10"}"#), Form::UnknownCompression));
        assert!(matches!(form("17"), Form::NotAnObject));
        assert!(EventShape::read("{\"a\":}", 0).is_err());
    }
}
