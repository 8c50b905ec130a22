//! Nodes that come with all that they hold: the page of a full snapshot, the documents of frames.

use super::Page;
use super::read::members;
use super::sprout::{Sprout, read_tree};
use super::tree::{Id, Kind, Node, Place, Tag, Tree};
use super::trouble::Trouble;

/// Documents that wait for their frames. Each may bring the frame of another, so this bounds how deep they stand in each other.
const MOST_WAITING: usize = 200;

/// Puts a document and all that it holds into the tree. Ids must be new.
pub(super) fn sow_tree(tree: &mut Tree, sprouts: &[Sprout<'_>]) -> Result<Place, Trouble> {
    let root = sprouts.first().filter(|root| root.kind == Some(Kind::Document)).ok_or(Trouble::NoPage)?;
    let document = sow(tree, root, Kind::Document)?;
    let mut places: Vec<Option<Place>> = vec![Some(document)];
    for sprout in &sprouts[1..] {
        let above = sprout.parent.map(|parent| (&sprouts[parent], places[parent]));
        let place = match (above, sprout.kind) {
            (Some((parent, Some(holder))), Some(kind)) => sow_child(tree, parent, holder, sprout, kind)?,
            // The replayer passes over what it makes nothing of, with all that it holds.
            _ => None,
        };
        places.push(place);
    }
    move_body_to_end(tree, document);
    for sprout in sprouts.iter().filter(|sprout| sprout.root_id != 0) {
        match tree.get(sprout.root_id) {
            Some(known) if known == document => {}
            Some(_) => return Err(Trouble::TwoOfOneId),
            // Of a snapshot taken later: the replayer lets both ids mean the document.
            None => tree.add_alias(sprout.root_id, document),
        }
    }
    Ok(document)
}

/// The replayer puts the body in last, also where something stands behind it.
fn move_body_to_end(tree: &mut Tree, document: Place) {
    let Some(html) = tree.children(document).find(|&child| tree.node(child).kind.is_element()) else { return };
    if let Some(body) = last_body(tree, html) {
        tree.detach(body);
        tree.insert(html, body, None);
    }
}

/// The last body among the children of a document's element.
pub(super) fn last_body(tree: &Tree, html: Place) -> Option<Place> {
    tree.children(html).filter(|&child| tree.node(child).kind == Kind::Element(Tag::Body)).last()
}

fn sow_child(
    tree: &mut Tree,
    parent: &Sprout<'_>,
    holder: Place,
    sprout: &Sprout<'_>,
    kind: Kind,
) -> Result<Option<Place>, Trouble> {
    if parent.makes_text || !tree.node(holder).kind.takes_children() {
        return Ok(None);
    }
    if kind == Kind::Document || (sprout.is_shadow && !parent.is_shadow_host) {
        return Err(Trouble::Unclear);
    }
    let holder = match (sprout.is_shadow, tree.shadow(holder)) {
        (false, _) => holder,
        (true, Some(shadow)) => shadow,
        // The browser gave it none.
        (true, None) => return Ok(None),
    };
    if tree.node(holder).kind == Kind::Document && !fits_into_document(tree, holder, kind) {
        return Err(Trouble::Unclear);
    }
    let place = sow(tree, sprout, kind)?;
    tree.insert(holder, place, None);
    Ok(Some(place))
}

/// A document has a doctype, then an element, and comments anywhere.
fn fits_into_document(tree: &Tree, document: Place, kind: Kind) -> bool {
    let mut others = tree.children(document).map(|child| tree.node(child).kind);
    match kind {
        Kind::Comment => true,
        Kind::Doctype => !others.any(|other| other == Kind::Doctype || other.is_element()),
        Kind::Element(_) => !others.any(Kind::is_element),
        _ => false,
    }
}

/// A node that stands nowhere yet, with its shadow root and the text that is made of its attributes.
pub(super) fn sow(tree: &mut Tree, sprout: &Sprout<'_>, kind: Kind) -> Result<Place, Trouble> {
    if tree.get(sprout.id).is_some() {
        return Err(Trouble::TwoOfOneId);
    }
    let place = tree.add(sprout.node(kind));
    tree.ids.insert(sprout.id, place);
    if sprout.is_shadow_host {
        give_shadow(tree, place);
    }
    if sprout.makes_text {
        generate(tree, place);
    }
    Ok(place)
}

/// Gives an element a shadow root, if a browser would.
pub(super) fn give_shadow(tree: &mut Tree, host: Place) -> Option<Place> {
    if !matches!(tree.node(host).kind, Kind::Element(Tag::Other | Tag::Body)) {
        return None;
    }
    let shadow = tree.add(Node::new(Kind::Shadow, 0, "".into(), "".into()));
    tree.set_inner(host, shadow);
    Some(shadow)
}

pub(super) fn generate(tree: &mut Tree, holder: Place) {
    let text = tree.add(Node::new(Kind::Generated, 0, "".into(), "".into()));
    tree.insert(holder, text, None);
}

impl Page {
    /// Shows a document in a frame.
    pub(super) fn attach(&mut self, frame: Place, document: &str) -> Result<(), Trouble> {
        let sprouts = read_tree(document)?;
        let root = sprouts.first().ok_or(Trouble::Shape)?;
        if root.kind != Some(Kind::Document) {
            return Err(Trouble::Unclear);
        }
        if let Some(known) = self.tree.get(root.id) {
            // The replayer has it, and does nothing.
            return match self.tree.node(known).kind == Kind::Document && self.has_mode_of(known, root)? {
                true => Ok(()),
                false => Err(Trouble::TwoOfOneId),
            };
        }
        if let Some(old) = self.tree.content(frame) {
            for below in self.tree.below(old) {
                if self.tree.node(below).kind == Kind::Document {
                    self.gone_documents.extend(self.tree.ids_of_document(below));
                }
            }
            self.tree.remove(old);
        }
        let document = sow_tree(&mut self.tree, &sprouts)?;
        self.tree.set_inner(frame, document);
        for id in self.tree.ids_of_document(document) {
            self.gone_documents.remove(&id);
        }
        for below in self.tree.below(document) {
            self.attach_waiting(below)?;
        }
        Ok(())
    }

    fn has_mode_of(&self, known: Place, root: &Sprout<'_>) -> Result<bool, Trouble> {
        let (before, now) = (format!("{{{}}}", self.tree.node(known).own), format!("{{{}}}", root.own));
        Ok(members(&before, ["compatMode"])? == members(&now, ["compatMode"])?)
    }

    /// Keeps a document until its frame comes.
    pub(super) fn wait_for_frame(&mut self, frame: Id, document: &str) -> Result<(), Trouble> {
        if self.waiting.len() >= MOST_WAITING {
            return Err(Trouble::TooLarge);
        }
        self.beside_bytes += document.len();
        self.waiting.push((frame, document.into()));
        Ok(())
    }

    /// Shows the document in a frame that came before it.
    pub(super) fn attach_waiting(&mut self, frame: Place) -> Result<(), Trouble> {
        let node = self.tree.node(frame);
        if node.kind != Kind::Element(Tag::Iframe) {
            return Ok(());
        }
        let id = node.id;
        let Some(at) = self.waiting.iter().position(|(wanted, _)| *wanted == id) else { return Ok(()) };
        let (_, document) = self.waiting.remove(at);
        self.beside_bytes -= document.len();
        self.attach(frame, &document)
    }

    pub(super) fn sow(&mut self, sprout: &Sprout<'_>, kind: Kind) -> Result<Place, Trouble> {
        sow(&mut self.tree, sprout, kind)
    }

    pub(super) fn generate(&mut self, holder: Place) {
        generate(&mut self.tree, holder);
    }

    pub(super) fn give_shadow(&mut self, host: Place) -> Option<Place> {
        give_shadow(&mut self.tree, host)
    }
}
