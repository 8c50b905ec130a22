//! Which nodes of a page do what cannot be seen when they are clicked, and so cannot be called dead.
//!
//! Read from full snapshots and from what mutations add. Remembered are only nodes that are not ordinary ones, with what they
//! inherit from those above them: the target of a click is the innermost element. Members are expected in the order in which
//! rrweb writes them (what a node is stands before its children); in another order a child inherits nothing.

use std::collections::HashMap;

use crate::json::{self, Array, JsonError, Object};
use crate::limits;

/// What a click on a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeClass {
    /// The page itself: nobody expects it to answer.
    Root,
    /// A field: it gets the caret, or opens something of the browser's own.
    Field,
    /// A link that leads somewhere: to another tab, a download, another programme.
    Link,
    /// Something whose inside the recorder does not see.
    Opaque,
}

/// The nodes of one window that are not ordinary.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    classes: HashMap<i64, NodeClass>,
    /// A full snapshot of a document was seen.
    known: bool,
    /// How many more may be remembered.
    room: usize,
}

impl Nodes {
    /// Whether the page was ever seen.
    pub(super) fn are_known(&self) -> bool {
        self.known
    }

    pub(super) fn class(&self, node: i64) -> Option<NodeClass> {
        self.classes.get(&node).copied()
    }

    /// Reads a full snapshot, which takes the place of what was known. `count` is how many nodes all windows remember.
    pub(super) fn full_snapshot(&mut self, event: &str, count: &mut usize) {
        *count -= self.classes.len();
        self.classes.clear();
        self.room = limits::SIGNAL_NODES.saturating_sub(*count);
        // Of a mobile app, there is no document but pictures, or boxes of which not all can be told apart.
        self.known = self.read_snapshot(event).unwrap_or(false);
        *count += self.classes.len();
    }

    /// Reads what a mutation adds.
    pub(super) fn mutation(&mut self, event: &str, count: &mut usize) {
        let before = self.classes.len();
        self.room = limits::SIGNAL_NODES.saturating_sub(*count);
        if self.room > 0 {
            // What cannot be read is no node that could be clicked.
            let _ = self.read_mutation(event);
        }
        *count += self.classes.len() - before;
    }

    fn read_snapshot(&mut self, event: &str) -> Result<bool, JsonError> {
        let Some(data) = member_at(event, 0, "data")? else { return Ok(false) };
        let Some(node) = member_at(event, data, "node")? else { return Ok(false) };
        self.read_tree(event, node, None)?;
        Ok(true)
    }

    fn read_mutation(&mut self, event: &str) -> Result<(), JsonError> {
        let Some(data) = member_at(event, 0, "data")? else { return Ok(()) };
        let Some(adds) = member_at(event, data, "adds")? else { return Ok(()) };
        let mut adds = Array::open(event, adds)?;
        while let Some(at) = adds.next_at()? {
            let mut add = Object::open(event, at)?;
            let mut above = None;
            while let Some(key) = add.next_key()? {
                match key {
                    "parentId" => above = id(add.value()?).and_then(|id| self.class(id)),
                    "node" => {
                        let end = self.read_tree(event, add.value_at(), above)?;
                        add.resume(end);
                    }
                    _ => {}
                }
            }
            adds.resume(add.end()?);
        }
        Ok(())
    }

    /// Reads the node that begins at `at` with all below it; returns the position behind it. Without recursion, since pages may
    /// be deep.
    fn read_tree(&mut self, text: &str, at: usize, above: Option<NodeClass>) -> Result<usize, JsonError> {
        let mut parents: Vec<OpenNode<'_>> = Vec::new();
        let mut node = OpenNode::begin(text, at, above)?;
        loop {
            match node.next_child(text)? {
                Some(child) if parents.len() < DEPTH => {
                    let below = OpenNode::begin(text, child, node.inherited())?;
                    parents.push(std::mem::replace(&mut node, below));
                }
                Some(child) => node.resume(json::skip_value(text, child)?),
                None => {
                    let end = self.close(node)?;
                    match parents.pop() {
                        Some(parent) => node = parent,
                        None => return Ok(end),
                    }
                    node.resume(end);
                }
            }
        }
    }

    fn close(&mut self, node: OpenNode<'_>) -> Result<usize, JsonError> {
        if let (Some(id), Some(class)) = (node.id, node.class())
            && self.room > 0
            && self.classes.insert(id, class).is_none()
        {
            self.room -= 1;
        }
        node.members.end()
    }
}

/// Levels of a page that are looked into; browsers stop parsing HTML at 512.
const DEPTH: usize = 2048;

/// A node that is being read.
struct OpenNode<'a> {
    members: Object<'a>,
    /// Its children, while they are read.
    children: Option<Array<'a>>,
    above: Option<NodeClass>,
    is_document: bool,
    id: Option<i64>,
    tag: &'a str,
    attributes: Attributes<'a>,
}

/// The few attributes that matter, the insides of their strings.
#[derive(Default)]
struct Attributes<'a> {
    href: Option<&'a str>,
    input_type: Option<&'a str>,
    editable: bool,
    blocked: bool,
}

impl<'a> OpenNode<'a> {
    fn begin(text: &'a str, at: usize, above: Option<NodeClass>) -> Result<Self, JsonError> {
        let members = Object::open(text, at)?;
        let attributes = Attributes::default();
        Ok(Self { members, children: None, above, is_document: false, id: None, tag: "", attributes })
    }

    /// Reads on; returns where the next child begins, or nothing where the node has ended.
    fn next_child(&mut self, text: &'a str) -> Result<Option<usize>, JsonError> {
        loop {
            if let Some(children) = &mut self.children {
                if let Some(child) = children.next_at()? {
                    return Ok(Some(child));
                }
                let children = self.children.take().expect("it is being read");
                self.members.resume(children.end()?);
            }
            match self.members.next_key()? {
                None => return Ok(None),
                Some("type") => self.is_document = self.members.value()? == "0",
                Some("tagName") => self.tag = inside(self.members.value()?),
                Some("id") => self.id = id(self.members.value()?),
                Some("attributes") if text.as_bytes().get(self.members.value_at()) == Some(&b'{') => {
                    let (attributes, end) = Attributes::read(text, self.members.value_at())?;
                    self.attributes = attributes;
                    self.members.resume(end);
                }
                Some("childNodes") if text.as_bytes().get(self.members.value_at()) == Some(&b'[') => {
                    self.children = Some(Array::open(text, self.members.value_at())?);
                }
                Some(_) => {}
            }
        }
    }

    fn resume(&mut self, end: usize) {
        if let Some(children) = &mut self.children {
            children.resume(end);
        }
    }

    fn class(&self) -> Option<NodeClass> {
        let own = match self.tag {
            "html" | "body" => Some(NodeClass::Root),
            "input" => (!self.attributes.is_button_like()).then_some(NodeClass::Field),
            "textarea" | "select" | "option" | "optgroup" => Some(NodeClass::Field),
            "canvas" | "video" | "audio" | "object" | "embed" => Some(NodeClass::Opaque),
            "a" | "area" => self.attributes.leads_somewhere().then_some(NodeClass::Link),
            _ if self.is_document => Some(NodeClass::Root),
            _ => None,
        };
        let own = own.or(self.attributes.blocked.then_some(NodeClass::Opaque));
        let own = own.or(self.attributes.editable.then_some(NodeClass::Field));
        own.or(self.above)
    }

    /// What those below it are, unless they are something themselves.
    fn inherited(&self) -> Option<NodeClass> {
        self.class().filter(|class| *class != NodeClass::Root)
    }
}

impl<'a> Attributes<'a> {
    fn read(text: &'a str, at: usize) -> Result<(Self, usize), JsonError> {
        let mut attributes = Self::default();
        let mut members = Object::open(text, at)?;
        while let Some(key) = members.next_key()? {
            match key {
                "href" | "xlink:href" => attributes.href = Some(inside(members.value()?)),
                "type" => attributes.input_type = Some(inside(members.value()?)),
                "contenteditable" => attributes.editable = !matches!(members.value()?, "\"false\"" | "false" | "null"),
                "rr_width" => attributes.blocked = true,
                _ => {}
            }
        }
        Ok((attributes, members.end()?))
    }

    /// Inputs that tell of a click by an `input` event, or do what a button does.
    fn is_button_like(&self) -> bool {
        let input_type = self.input_type.unwrap_or_default().to_ascii_lowercase();
        matches!(input_type.as_str(), "button" | "submit" | "reset" | "image" | "checkbox" | "radio" | "range")
    }

    /// A link that only looks like one (`#`, `javascript:void(0)`) is an ordinary element.
    fn leads_somewhere(&self) -> bool {
        self.href.is_some_and(|href| {
            let script = href.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("javascript:"));
            !href.is_empty() && !href.ends_with('#') && !script
        })
    }
}

fn inside(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or_default()
}

fn id(value: &str) -> Option<i64> {
    value.parse().ok()
}

/// Where the value of a member begins, if it has one and it is not null.
fn member_at(text: &str, object: usize, name: &str) -> Result<Option<usize>, JsonError> {
    if text.as_bytes().get(object) != Some(&b'{') {
        return Ok(None);
    }
    let mut members = Object::open(text, object)?;
    while let Some(key) = members.next_key()? {
        if key == name {
            return Ok(matches!(text.as_bytes().get(members.value_at()), Some(b'{' | b'[')).then(|| members.value_at()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i64, tag: &str, attributes: &str, children: &[String]) -> String {
        let children = children.join(",");
        format!(
            r#"{{"type":2,"tagName":"{tag}","attributes":{{{attributes}}},"childNodes":[{children}],"isSVG":null,"id":{id}}}"#
        )
    }

    fn snapshot(root: &str) -> String {
        format!(r#"{{"type":2,"data":{{"node":{root},"initialOffset":{{"left":0,"top":0}}}},"timestamp":1}}"#)
    }

    #[test]
    fn what_a_click_does_is_told_by_the_node_and_those_above_it() {
        let text = r#"{"type":3,"textContent":"Go \ud83d","id":9}"#.to_owned();
        let page = snapshot(&format!(
            r#"{{"type":0,"childNodes":[{}],"id":1}}"#,
            node(
                2,
                "html",
                "",
                &[
                    node(3, "a", r#""href":"https://x.example/b""#, &[node(4, "span", "", &[text])]),
                    node(5, "a", r##""href":"https://x.example/#""##, &[]),
                    node(6, "input", r#""type":"text""#, &[]),
                    node(7, "input", r#""type":"checkbox""#, &[]),
                    node(8, "div", r#""contenteditable":true"#, &[node(10, "b", "", &[])]),
                    node(11, "div", r#""class":"ad","rr_width":"3px""#, &[]),
                    node(12, "button", r#""type":"submit""#, &[]),
                ]
            )
        ));
        let (mut nodes, mut count) = (Nodes::default(), 0);
        nodes.full_snapshot(&page, &mut count);
        let class = |id| nodes.class(id);
        assert!(nodes.are_known());
        assert_eq!([class(1), class(2)], [Some(NodeClass::Root); 2]);
        assert_eq!([class(3), class(4)], [Some(NodeClass::Link); 2]);
        assert_eq!([class(5), class(7), class(12)], [None; 3]);
        assert_eq!([class(6), class(8), class(10)], [Some(NodeClass::Field); 3]);
        assert_eq!(class(11), Some(NodeClass::Opaque));
        assert_eq!(count, nodes.classes.len());
    }

    #[test]
    fn what_is_added_inherits_from_where_it_is_added() {
        let (mut nodes, mut count) = (Nodes::default(), 0);
        nodes.full_snapshot(&snapshot(&node(3, "a", r#""href":"https://x.example/b""#, &[])), &mut count);
        let adds = format!(
            r#"{{"type":3,"data":{{"source":0,"adds":[{{"parentId":3,"nextId":null,"node":{}}},{{"parentId":99,"node":{}}}]}}}}"#,
            node(20, "i", "", &[]),
            node(21, "i", "", &[])
        );
        nodes.mutation(&adds, &mut count);
        assert_eq!((nodes.class(20), nodes.class(21), count), (Some(NodeClass::Link), None, 2));
    }

    #[test]
    fn what_is_no_page_is_not_known_and_harms_nothing() {
        let (mut nodes, mut count) = (Nodes::default(), 0);
        for odd in [
            "{}",
            r#"{"data":{}}"#,
            r#"{"data":{"node":5}}"#,
            r#"{"data":[]}"#,
            r#"{"data":{"node":{"childNodes":[5]}}}"#,
        ] {
            nodes.full_snapshot(odd, &mut count);
            nodes.mutation(odd, &mut count);
            assert_eq!((nodes.are_known(), count), (false, 0), "{odd}");
        }
        let deep = format!("{}{}", r#"{"childNodes":["#.repeat(5000), "]}".repeat(5000));
        nodes.full_snapshot(&snapshot(&deep), &mut count);
        assert!(nodes.are_known());
    }
}
