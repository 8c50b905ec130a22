//! The nodes of a page, linked as a browser links them: each knows its parent and its neighbours, so that a node is put in
//! and taken out in constant time however many its parent has.
//!
//! A shadow root and the document of a frame are nodes of their own, which their host holds as `inner`.

use std::cell::Cell;
use std::collections::HashMap;
use std::mem::size_of;
use std::num::NonZeroU32;

use super::changes::Changes;

/// rrweb's number of a node.
pub(super) type Id = i64;

/// Where a node lies; of a node that went, it is given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place(NonZeroU32);

/// What a node is. The first six are rrweb's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    Doctype,
    Element(Tag),
    Text,
    Cdata,
    Comment,
    /// A shadow root: it has no id, and is never written.
    Shadow,
    /// The text that the replayer makes of an attribute (`_cssText`, `value`): the same.
    Generated,
}

/// Elements that are not treated as all others are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Iframe,
    Style,
    /// `style` of SVG: it has a style sheet too, and another name for the browser.
    SvgStyle,
    Link,
    Textarea,
    Input,
    Select,
    Optgroup,
    Option,
    Body,
    /// A browser refuses it a shadow root.
    Closed,
    Other,
}

impl Kind {
    pub(super) fn takes_children(self) -> bool {
        matches!(self, Self::Document | Self::Element(_) | Self::Shadow)
    }

    pub(super) fn is_element(self) -> bool {
        matches!(self, Self::Element(_))
    }

    /// A text node for a browser.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Cdata | Self::Generated)
    }
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) id: Id,
    /// The members that it came with, but `attributes` and `childNodes`, as JSON.
    pub(super) own: Box<str>,
    /// The attributes that it came with, as a JSON object; nothing where it is no element.
    pub(super) attributes: Box<str>,
    pub(super) parent: Option<Place>,
    pub(super) first: Option<Place>,
    pub(super) last: Option<Place>,
    pub(super) before: Option<Place>,
    pub(super) after: Option<Place>,
    /// The shadow root of an element; the document in a frame.
    pub(super) inner: Option<Place>,
    /// What became of it since it came.
    pub(super) changes: Option<Box<Changes>>,
}

impl Node {
    pub(super) fn new(kind: Kind, id: Id, own: Box<str>, attributes: Box<str>) -> Self {
        let (parent, first, last, before, after, inner) = (None, None, None, None, None, None);
        Self { kind, id, own, attributes, parent, first, last, before, after, inner, changes: None }
    }

    /// What it takes of memory, nearly.
    fn bytes(&self) -> usize {
        let changes = self.changes.as_ref().map_or(0, |changes| size_of::<Changes>() + changes.bytes);
        NODE_BYTES + self.own.len() + self.attributes.len() + changes
    }
}

/// A node and its entry in the map.
const NODE_BYTES: usize = size_of::<Node>() + 32;

/// All nodes.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Option<Node>>,
    free: Vec<Place>,
    /// Which node an id means. A document may have several.
    pub(super) ids: HashMap<Id, Place>,
    /// Ids that mean a document beside its own.
    aliases: Vec<(Id, Place)>,
    /// What all nodes take of memory, nearly.
    pub(super) bytes: usize,
    /// Nodes that were passed on ways through the tree: what an event makes one do has a bound.
    pub(super) steps: Cell<u64>,
}

impl Tree {
    pub(super) fn get(&self, id: Id) -> Option<Place> {
        self.ids.get(&id).copied()
    }

    pub(super) fn node(&self, place: Place) -> &Node {
        self.nodes[place.0.get() as usize - 1].as_ref().expect("a place is let go of with its node")
    }

    fn walked(&self, nodes: usize) {
        self.steps.set(self.steps.get() + nodes as u64);
    }

    /// Whether a node lies there still.
    pub(super) fn has(&self, place: Place) -> bool {
        self.nodes.get(place.0.get() as usize - 1).is_some_and(Option::is_some)
    }

    fn node_mut(&mut self, place: Place) -> &mut Node {
        self.nodes[place.0.get() as usize - 1].as_mut().expect("a place is let go of with its node")
    }

    /// Changes what is known of a node beside its links.
    pub(super) fn change<T>(&mut self, place: Place, change: impl FnOnce(&mut Changes) -> T) -> T {
        let node = self.node_mut(place);
        let before = node.bytes();
        let changed = change(node.changes.get_or_insert_default());
        let after = node.bytes();
        self.bytes = self.bytes + after - before;
        changed
    }

    /// Gives an element other attributes than it came with.
    pub(super) fn set_attributes(&mut self, place: Place, attributes: Box<str>) {
        let node = self.node_mut(place);
        let before = node.bytes();
        node.attributes = attributes;
        let after = node.bytes();
        self.bytes = self.bytes + after - before;
    }

    /// Forgets what became of a node since it came.
    pub(super) fn forget_changes(&mut self, place: Place) {
        let node = self.node_mut(place);
        let before = node.bytes();
        node.changes = None;
        let after = node.bytes();
        self.bytes = self.bytes + after - before;
    }

    /// A node that stands nowhere yet.
    pub(super) fn add(&mut self, node: Node) -> Place {
        self.bytes += node.bytes();
        if let Some(place) = self.free.pop() {
            self.nodes[place.0.get() as usize - 1] = Some(node);
            return place;
        }
        self.nodes.push(Some(node));
        let number = u32::try_from(self.nodes.len()).expect("far fewer nodes than 2^32 fit into a page's bytes");
        Place(NonZeroU32::new(number).expect("there is one node at least"))
    }

    pub(super) fn set_inner(&mut self, host: Place, inner: Place) {
        self.node_mut(host).inner = Some(inner);
        self.node_mut(inner).parent = Some(host);
    }

    /// The shadow root of an element.
    pub(super) fn shadow(&self, host: Place) -> Option<Place> {
        self.node(host).inner.filter(|&inner| self.node(inner).kind == Kind::Shadow)
    }

    /// The document in a frame.
    pub(super) fn content(&self, frame: Place) -> Option<Place> {
        self.node(frame).inner.filter(|&inner| self.node(inner).kind == Kind::Document)
    }

    /// What the browser calls `parentNode`: neither a shadow root nor a document has one.
    pub(super) fn parent_node(&self, place: Place) -> Option<Place> {
        let node = self.node(place);
        node.parent.filter(|_| !matches!(node.kind, Kind::Shadow | Kind::Document))
    }

    pub(super) fn children(&self, place: Place) -> impl Iterator<Item = Place> + '_ {
        std::iter::successors(self.node(place).first, |&child| self.node(child).after)
    }

    /// Puts a node that stands nowhere before one of the children, or behind them all.
    pub(super) fn insert(&mut self, parent: Place, place: Place, next: Option<Place>) {
        let before = match next {
            Some(next) => self.node(next).before,
            None => self.node(parent).last,
        };
        let node = self.node_mut(place);
        (node.parent, node.before, node.after) = (Some(parent), before, next);
        match before {
            Some(before) => self.node_mut(before).after = Some(place),
            None => self.node_mut(parent).first = Some(place),
        }
        match next {
            Some(next) => self.node_mut(next).before = Some(place),
            None => self.node_mut(parent).last = Some(place),
        }
    }

    /// Takes a node away from its parent, with all that it holds.
    pub(super) fn detach(&mut self, place: Place) {
        let Some(parent) = self.node(place).parent else { return };
        let (before, after) = (self.node(place).before, self.node(place).after);
        if self.node(parent).inner == Some(place) {
            self.node_mut(parent).inner = None;
        } else {
            match before {
                Some(before) => self.node_mut(before).after = after,
                None => self.node_mut(parent).first = after,
            }
            match after {
                Some(after) => self.node_mut(after).before = before,
                None => self.node_mut(parent).last = before,
            }
        }
        let node = self.node_mut(place);
        (node.parent, node.before, node.after) = (None, None, None);
    }

    /// A node and all that it holds, shadow roots and the documents in frames too, parents first.
    pub(super) fn below(&self, root: Place) -> Vec<Place> {
        let mut found = vec![root];
        let mut at = 0;
        while let Some(&place) = found.get(at) {
            found.extend(self.node(place).inner);
            found.extend(self.children(place));
            at += 1;
        }
        self.walked(found.len());
        found
    }

    /// Takes a node out, with all that it holds; ids that mean one of them mean nothing any more.
    pub(super) fn remove(&mut self, root: Place) {
        self.detach(root);
        for place in self.below(root) {
            let node = self.nodes[place.0.get() as usize - 1].take().expect("a place is let go of with its node");
            self.bytes -= node.bytes();
            if self.ids.get(&node.id) == Some(&place) {
                self.ids.remove(&node.id);
            }
            if node.kind == Kind::Document {
                self.forget_aliases(place);
            }
            self.free.push(place);
        }
    }

    /// Lets another id mean a document.
    pub(super) fn add_alias(&mut self, id: Id, document: Place) {
        self.ids.insert(id, document);
        self.aliases.push((id, document));
    }

    /// All ids that mean a document.
    pub(super) fn ids_of_document(&self, document: Place) -> Vec<Id> {
        let others = self.aliases.iter().filter(|(_, place)| *place == document).map(|(id, _)| *id);
        others.chain([self.node(document).id]).collect()
    }

    fn forget_aliases(&mut self, document: Place) {
        for (id, _) in self.aliases.extract_if(.., |(_, place)| *place == document) {
            self.ids.remove(&id);
        }
    }

    /// Whether a node is `above`, or stands in it without a shadow root or a frame between them.
    pub(super) fn contains(&self, above: Place, place: Place) -> bool {
        let mut at = Some(place);
        while let Some(place) = at {
            self.walked(1);
            if place == above {
                return true;
            }
            at = self.parent_node(place);
        }
        false
    }

    /// Whether a node is `above`, or stands in it anyhow.
    pub(super) fn holds(&self, above: Place, place: Place) -> bool {
        std::iter::successors(Some(place), |&at| self.node(at).parent).inspect(|_| self.walked(1)).any(|at| at == above)
    }

    /// The document that a node stands in.
    pub(super) fn document_of(&self, place: Place) -> Option<Place> {
        std::iter::successors(Some(place), |&at| self.node(at).parent).find(|&at| self.node(at).kind == Kind::Document)
    }
}
