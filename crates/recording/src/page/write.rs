//! A page as events: those that put a new replayer into the state of the one that was followed.
//!
//! ```text
//! Meta               the size of the window
//! full snapshot      the tree, each node as it came, scrolled as it is
//! mutations          what stands behind the body; the documents of frames, the outer ones first
//! mutation           texts and attributes that changed since
//! then               rules of style sheets, adopted sheets, fonts, what stands in forms, scrolling, films, canvases, pointer
//! ```

use super::Page;
use super::attach::last_body;
use super::changes::Changes;
use super::read::members;
use super::sprout::makes_text;
use super::tree::{Kind, Node, Place, Tag};
use super::trouble::Trouble;
use crate::json;

/// When, and in which window.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// What the events shall be dated: milliseconds since the epoch.
    pub timestamp: i64,
    /// The same moment on the clock of [`Page::apply`].
    pub at: i64,
    /// `data` of a `Meta` event, if the window's size is known.
    pub meta: Option<&'a str>,
}

impl Page {
    /// Writes the page as events, each as JSON.
    ///
    /// # Errors
    /// When a new replayer could not be put into this state. It can be again later: the page is followed on.
    pub fn write(&self, moment: &Moment<'_>) -> Result<Vec<String>, Trouble> {
        let mut out = Events { events: Vec::new(), timestamp: moment.timestamp };
        if let Some(meta) = moment.meta {
            out.push(4, meta);
        }
        let all = self.tree.below(self.root);
        let mut tree = String::with_capacity(self.tree.bytes / 2);
        let added = self.write_document(self.root, &mut tree)?;
        out.push(2, &format!("{{\"node\":{tree},\"initialOffset\":{}}}", self.initial_offset()?));
        self.write_added(&added, &mut out)?;
        for &frame in &all {
            if let Some(document) = self.tree.content(frame) {
                tree.clear();
                let added = self.write_document(document, &mut tree)?;
                out.attach(self.tree.node(frame).id, &tree);
                self.write_added(&added, &mut out)?;
            }
        }
        for (frame, document) in &self.waiting {
            out.attach(*frame, document);
        }
        let changed: Vec<(&Node, &Changes)> = all
            .iter()
            .map(|&place| self.tree.node(place))
            .filter_map(|node| node.changes.as_deref().map(|changes| (node, changes)))
            .collect();
        write_changes(&changed, &mut out);
        for (node, changes) in &changed {
            changes.rules.data(&format!("\"id\":{}", node.id)).for_each(|data| out.push(3, &data));
        }
        self.sheets.data(&self.tree).iter().for_each(|data| out.push(3, data));
        self.fonts.iter().for_each(|data| out.push(3, data));
        self.write_moved(&changed, moment, &mut out)?;
        self.write_shown(&mut out);
        Ok(out.events)
    }

    /// What stands in forms, how far things are scrolled, what plays.
    fn write_moved(&self, changed: &[(&Node, &Changes)], moment: &Moment<'_>, out: &mut Events) -> Result<(), Trouble> {
        if changed.iter().any(|(_, changes)| changes.is_unsure) {
            return Err(Trouble::Unclear);
        }
        let mut inputs: Vec<&(u64, Box<str>)> =
            changed.iter().filter_map(|(_, changes)| changes.input.as_ref()).collect();
        inputs.sort_unstable_by_key(|(order, _)| *order);
        inputs.iter().for_each(|(_, data)| out.push(3, data));
        let root = self.tree.node(self.root).id;
        let scrolled = changed.iter().filter(|(node, _)| node.id != root);
        scrolled.filter_map(|(_, changes)| changes.scroll.as_deref()).for_each(|data| out.push(3, data));
        for (at, data) in changed.iter().filter_map(|(_, changes)| changes.media.as_ref()) {
            out.push(3, &played_on(data, moment.at.saturating_sub(*at))?);
        }
        Ok(())
    }

    /// Pictures on canvases, and the pointer.
    fn write_shown(&self, out: &mut Events) {
        let mut pictures: Vec<_> = self.pictures.iter().filter(|(id, _)| self.tree.get(**id).is_some()).collect();
        pictures.sort_unstable_by_key(|(id, _)| **id);
        pictures.iter().for_each(|(_, data)| out.push(3, data));
        if let Some(pointer) = &self.pointer {
            let source = if pointer.touches { 6 } else { 1 };
            let (x, y, id) = (&pointer.x, &pointer.y, &pointer.id);
            let position = format!("{{\"x\":{x},\"y\":{y},\"id\":{id},\"timeOffset\":0}}");
            out.push(3, &format!("{{\"source\":{source},\"positions\":[{position}]}}"));
        }
    }

    /// How far the page is scrolled.
    fn initial_offset(&self) -> Result<String, Trouble> {
        let changes = self.tree.node(self.root).changes.as_deref();
        if let Some(scroll) = changes.and_then(|changes| changes.scroll.as_deref()) {
            let [x, y] = members(scroll, ["x", "y"])?;
            if let (Some(x), Some(y)) = (x, y) {
                return Ok(format!("{{\"left\":{x},\"top\":{y}}}"));
            }
        }
        Ok(self.offset.as_deref().unwrap_or("{\"left\":0,\"top\":0}").to_owned())
    }

    /// Writes a document as the replayer takes it. What it would not take, or put elsewhere, is returned: it has to be added.
    fn write_document(&self, document: Place, out: &mut String) -> Result<Vec<Place>, Trouble> {
        let mut added = Vec::new();
        let mut stack = vec![Step::Node(document)];
        while let Some(step) = stack.pop() {
            match step {
                Step::Text(text) => out.push_str(text),
                Step::Node(place) => {
                    self.write_head(place, out);
                    let children = self.written_children(place, &mut added)?;
                    push_children(&mut stack, self.tree.node(place).kind, &children);
                }
            }
        }
        Ok(added)
    }

    /// Adds nodes behind what their parents have, with all that they hold: the replayer takes one at a time.
    fn write_added(&self, added: &[Place], out: &mut Events) -> Result<(), Trouble> {
        let mut adds = Vec::new();
        let mut stack: Vec<Place> = added.iter().rev().copied().collect();
        while let Some(place) = stack.pop() {
            let mut node = String::new();
            self.write_head(place, &mut node);
            let end = if self.tree.node(place).kind.takes_children() { ",\"childNodes\":[]}" } else { "}" };
            let parent = self.tree.node(place).parent.map(|parent| self.tree.node(parent));
            let parent = match parent {
                Some(shadow) if shadow.kind == Kind::Shadow => shadow.parent.map(|host| self.tree.node(host).id),
                parent => parent.map(|parent| parent.id),
            };
            let parent = parent.ok_or(Trouble::Unclear)?;
            adds.push(format!("{{\"parentId\":{parent},\"nextId\":null,\"node\":{node}{end}}}"));
            let mut also = Vec::new();
            let children = self.written_children(place, &mut also)?;
            stack.extend(also.iter().chain(&children).rev());
        }
        if !adds.is_empty() {
            out.mutate("", "", &adds.join(","));
        }
        Ok(())
    }

    /// A node up to its children.
    fn write_head(&self, place: Place, out: &mut String) {
        const HOST: &str = "\"isShadowHost\":true";
        let node = self.tree.node(place);
        out.push('{');
        out.push_str(&node.own);
        if node.kind.is_element() {
            out.push_str(",\"attributes\":");
            out.push_str(&node.attributes);
            // Of two members of one name the last counts.
            if self.tree.shadow(place).is_some() && !node.own.ends_with(HOST) {
                out.push(',');
                out.push_str(HOST);
            }
        }
    }

    /// The children that the replayer takes from the event, those in the shadow root last.
    fn written_children(&self, place: Place, added: &mut Vec<Place>) -> Result<Vec<Place>, Trouble> {
        let node = self.tree.node(place);
        let mut children: Vec<Place> = self.tree.children(place).collect();
        let generated = |&child: &Place| self.tree.node(child).kind == Kind::Generated;
        if let Kind::Element(tag @ (Tag::Style | Tag::SvgStyle | Tag::Link | Tag::Textarea)) = node.kind
            && makes_text(tag, &node.attributes)?
        {
            match children[..] {
                [only] if generated(&only) => {}
                [only] if self.tree.node(only).kind == Kind::Text && tag != Tag::Link => added.push(only),
                _ => return Err(Trouble::Unclear),
            }
            return Ok(Vec::new());
        }
        children.retain(|child| !generated(child));
        let is_html = node.parent.is_some_and(|parent| self.tree.node(parent).kind == Kind::Document);
        if let Some(body) = last_body(&self.tree, place).filter(|_| is_html) {
            // It would be put behind these.
            let end = children.iter().position(|&child| child == body).map_or(children.len(), |at| at + 1);
            added.extend(children.drain(end..));
        }
        if let Some(shadow) = self.tree.shadow(place) {
            children.extend(self.tree.children(shadow));
        }
        Ok(children)
    }
}

fn object(pairs: &[(Box<str>, Box<str>)]) -> String {
    let members: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// What is left to write of a document.
enum Step {
    Node(Place),
    Text(&'static str),
}

fn push_children(stack: &mut Vec<Step>, kind: Kind, children: &[Place]) {
    if !kind.takes_children() {
        stack.push(Step::Text("}"));
        return;
    }
    stack.push(Step::Text("]}"));
    for (at, &child) in children.iter().enumerate().rev() {
        stack.push(Step::Node(child));
        stack.push(Step::Text(if at == 0 { ",\"childNodes\":[" } else { "," }));
    }
    if children.is_empty() {
        stack.push(Step::Text(",\"childNodes\":["));
    }
}

/// Texts and attributes that changed.
fn write_changes(changed: &[(&Node, &Changes)], out: &mut Events) {
    let mut by_order: Vec<&(&Node, &Changes)> = changed.iter().collect();
    by_order.sort_by_key(|(_, changes)| changes.touched);
    let mut attributes: Vec<String> = Vec::new();
    for (node, changes) in by_order {
        if !changes.attributes().is_empty() {
            attributes.push(format!("{{\"id\":{},\"attributes\":{}}}", node.id, object(changes.attributes())));
        }
        if !changes.style().is_empty() {
            let style = object(changes.style());
            attributes.push(format!("{{\"id\":{},\"attributes\":{{\"style\":{style}}}}}", node.id));
        }
    }
    let text = |(node, changes): &(&Node, &Changes)| {
        changes.text.as_ref().map(|text| format!("{{\"id\":{},\"value\":{text}}}", node.id))
    };
    let texts: Vec<String> = changed.iter().filter_map(text).collect();
    if texts.len() + attributes.len() > 0 {
        out.mutate(&texts.join(","), &attributes.join(","), "");
    }
}

/// What a film did, so much later: one that plays is further on.
fn played_on(data: &str, elapsed_ms: i64) -> Result<String, Trouble> {
    let [kind, time, rate] = members(data, ["type", "currentTime", "playbackRate"])?;
    let (Some("0"), Some(at)) = (kind, time.and_then(json::number_value)) else { return Ok(data.to_owned()) };
    #[expect(clippy::cast_precision_loss, reason = "a recording is far shorter than 2^53 milliseconds")]
    let now = at + elapsed_ms as f64 / 1000.0 * rate.and_then(json::number_value).unwrap_or(1.0);
    let rest = data.strip_suffix('}').ok_or(Trouble::Shape)?;
    // Of two members of one name the last counts.
    Ok(format!("{rest},\"currentTime\":{now}}}"))
}

/// Events of one moment.
struct Events {
    events: Vec<String>,
    timestamp: i64,
}

impl Events {
    fn push(&mut self, rrweb_type: u8, data: &str) {
        self.events.push(format!("{{\"type\":{rrweb_type},\"data\":{data},\"timestamp\":{}}}", self.timestamp));
    }

    fn mutate(&mut self, texts: &str, attributes: &str, adds: &str) {
        let lists = format!("\"texts\":[{texts}],\"attributes\":[{attributes}],\"removes\":[],\"adds\":[{adds}]");
        self.push(3, &format!("{{\"source\":0,{lists}}}"));
    }

    fn attach(&mut self, frame: i64, document: &str) {
        let add = format!("{{\"parentId\":{frame},\"nextId\":null,\"node\":{document}}}");
        let data = format!(
            "{{\"source\":0,\"texts\":[],\"attributes\":[],\"removes\":[],\"adds\":[{add}],\"isAttachIframe\":true}}"
        );
        self.push(3, &data);
    }
}
