//! A node as an event brings it, read but not put anywhere yet.

use crate::json::{self, Array, JsonError, Object};

use super::read::{is_string, is_true, members, plain, whole};
use super::tree::{Id, Kind, Node, Tag};
use super::trouble::Trouble;

/// A node as an event brings it.
#[derive(Debug)]
pub(super) struct Sprout<'a> {
    /// `None`: of a type that the replayer makes nothing of.
    pub(super) kind: Option<Kind>,
    pub(super) id: Id,
    pub(super) own: String,
    pub(super) attributes: &'a str,
    pub(super) is_shadow: bool,
    pub(super) is_shadow_host: bool,
    /// The document that it says it is in; 0: the page's.
    pub(super) root_id: Id,
    /// The replayer makes a text of one of its attributes, and takes no children from the event.
    pub(super) makes_text: bool,
    /// Which of the sprouts before it holds it.
    pub(super) parent: Option<usize>,
}

impl Sprout<'_> {
    pub(super) fn node(&self, kind: Kind) -> Node {
        let attributes = if kind.is_element() { self.attributes } else { "" };
        Node::new(kind, self.id, self.own.as_str().into(), attributes.into())
    }
}

/// What is read of a node before it is known what it is.
#[derive(Default)]
struct Head<'a> {
    own: String,
    node_type: Option<&'a str>,
    tag: Option<&'a str>,
    id: Option<&'a str>,
    attributes: Option<&'a str>,
    text: Option<&'a str>,
    is_svg: bool,
    is_shadow: bool,
    is_shadow_host: bool,
    root_id: Option<&'a str>,
    has_children: bool,
}

impl<'a> Head<'a> {
    fn take(&mut self, key: &str, value: &'a str) {
        match plain(key).as_ref() {
            "attributes" => {
                self.attributes = Some(value);
                return;
            }
            "type" => self.node_type = Some(value),
            "tagName" => self.tag = Some(value),
            "id" => self.id = Some(value),
            "textContent" => self.text = Some(value),
            "isSVG" => self.is_svg = is_true(Some(value)),
            "isShadow" => self.is_shadow = is_true(Some(value)),
            "isShadowHost" => self.is_shadow_host = is_true(Some(value)),
            "rootId" => self.root_id = Some(value),
            _ => {}
        }
        if !self.own.is_empty() {
            self.own.push(',');
        }
        self.own.push('"');
        self.own.push_str(key);
        self.own.push_str("\":");
        self.own.push_str(value);
    }

    fn sprout(self, parent: Option<usize>) -> Result<Sprout<'a>, Trouble> {
        let id = whole(self.id).ok_or(Trouble::Shape)?;
        let attributes = self.attributes.unwrap_or("{}");
        if !attributes.starts_with('{') {
            return Err(Trouble::Shape);
        }
        let kind = self.kind()?;
        let makes_text = matches!(kind, Some(Kind::Element(tag)) if makes_text(tag, attributes)?);
        let root_id = match self.root_id {
            None | Some("null" | "0") => 0,
            root_id => whole(root_id).ok_or(Trouble::Shape)?,
        };
        let (is_shadow, is_shadow_host) = (self.is_shadow, self.is_shadow_host);
        Ok(Sprout { kind, id, own: self.own, attributes, is_shadow, is_shadow_host, root_id, makes_text, parent })
    }

    fn kind(&self) -> Result<Option<Kind>, Trouble> {
        let blank = || self.text.and_then(json::string_value).is_none_or(|text| text.trim().is_empty());
        Ok(match self.node_type {
            Some("0") => Some(Kind::Document),
            Some("1") => Some(Kind::Doctype),
            Some("2") => {
                let tag = self.tag.and_then(json::string_value).ok_or(Trouble::Shape)?;
                Some(Kind::Element(tag_of(&tag, self.is_svg)))
            }
            Some("3") => Some(Kind::Text),
            Some("4") => (!blank()).then_some(Kind::Cdata),
            Some("5") => Some(Kind::Comment),
            _ => None,
        })
    }
}

/// Elements to which a browser gives a shadow root, beside those with a hyphen in their name.
const SHADOW_HOSTS: [&str; 17] = [
    "article",
    "aside",
    "blockquote",
    "div",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "main",
    "nav",
    "p",
    "section",
    "span",
];

fn tag_of(name: &str, is_svg: bool) -> Tag {
    let name = name.to_ascii_lowercase();
    match (name.as_str(), is_svg) {
        ("style", true) => Tag::SvgStyle,
        (_, true) => Tag::Closed,
        ("iframe", _) => Tag::Iframe,
        ("style", _) => Tag::Style,
        ("link", _) => Tag::Link,
        ("textarea", _) => Tag::Textarea,
        ("input", _) => Tag::Input,
        ("select", _) => Tag::Select,
        ("optgroup", _) => Tag::Optgroup,
        ("option", _) => Tag::Option,
        ("body", _) => Tag::Body,
        (name, _) if name.contains('-') || SHADOW_HOSTS.contains(&name) => Tag::Other,
        _ => Tag::Closed,
    }
}

/// Whether the replayer makes a text of one of an element's attributes.
pub(super) fn makes_text(tag: Tag, attributes: &str) -> Result<bool, JsonError> {
    let attribute = match tag {
        Tag::Style | Tag::SvgStyle | Tag::Link => "_cssText",
        Tag::Textarea => "value",
        _ => return Ok(false),
    };
    let [value] = members(attributes, [attribute])?;
    // To a link an empty text is none.
    Ok(value.is_some_and(|value| is_string(value) && (tag != Tag::Link || value != "\"\"")))
}

/// Nodes of one event that are read: more would take more memory than a page may. Real pages have some ten thousand.
pub(super) const MOST_NODES: usize = 500_000;

/// A node that is read, its children not all yet.
struct Open<'a> {
    object: Object<'a>,
    head: Head<'a>,
    at: usize,
    parent: Option<usize>,
    children: Option<Array<'a>>,
}

/// Reads a node without what it holds.
pub(super) fn read_one(node: &str) -> Result<Sprout<'_>, Trouble> {
    let mut head = Head::default();
    let mut object = Object::open(node, 0)?;
    while let Some(key) = object.next_key()? {
        let value = object.value()?;
        if plain(key) != "childNodes" {
            head.take(key, value);
        }
    }
    head.sprout(None)
}

/// Reads a node and all that it holds; those that hold others stand before them. No recursion: pages are deep.
pub(super) fn read_tree(node: &str) -> Result<Vec<Sprout<'_>>, Trouble> {
    let mut sprouts: Vec<Option<Sprout<'_>>> = vec![None];
    let open = |at: usize, text_at: usize, parent| -> Result<Open<'_>, Trouble> {
        Ok(Open { object: Object::open(node, text_at)?, head: Head::default(), at, parent, children: None })
    };
    let mut stack = vec![open(0, 0, None)?];
    while let Some(top) = stack.last_mut() {
        if let Some(children) = &mut top.children {
            if let Some(child_at) = children.next_at()? {
                let parent = Some(top.at);
                if sprouts.len() == MOST_NODES {
                    return Err(Trouble::TooLarge);
                }
                sprouts.push(None);
                stack.push(open(sprouts.len() - 1, child_at, parent)?);
            } else {
                let end = top.children.take().expect("it was just there").end()?;
                top.object.resume(end);
            }
            continue;
        }
        match top.object.next_key()? {
            Some(key) if plain(key) == "childNodes" => {
                if std::mem::replace(&mut top.head.has_children, true) {
                    return Err(Trouble::Shape);
                }
                top.children = Some(Array::open(node, top.object.value_at())?);
            }
            Some(key) => {
                let value = top.object.value()?;
                top.head.take(key, value);
            }
            None => {
                let done = stack.pop().expect("it is the top one");
                let end = done.object.end()?;
                sprouts[done.at] = Some(done.head.sprout(done.parent)?);
                if let Some(children) = stack.last_mut().and_then(|above| above.children.as_mut()) {
                    children.resume(end);
                }
            }
        }
    }
    Ok(sprouts.into_iter().flatten().collect())
}
