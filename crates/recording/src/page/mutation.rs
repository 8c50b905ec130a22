//! A mutation, as the replayer applies it: nodes taken away, nodes put in, texts, attributes.
//!
//! Where the replayer comes upon something that the browser refuses, it leaves off in the middle of the mutation, and so does
//! this ([`Stop::Halfway`]). Where it does something that is not followed here, the page is given up ([`Trouble`]).

use std::collections::{HashMap, HashSet};

use crate::json::{JsonError, Object};

use super::Page;
use super::read::{elements, is_string, is_true, members, plain, whole};
use super::sprout::{MOST_NODES, Sprout, makes_text, read_one};
use super::tree::{Id, Kind, Place, Tag};
use super::trouble::Trouble;

/// Why a mutation is not gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The replayer leaves off here too.
    Halfway,
    /// The page is given up.
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<JsonError> for Stop {
    fn from(error: JsonError) -> Self {
        Self::Trouble(error.into())
    }
}

/// From so many added nodes on the replayer takes the part of the page out before it works on it.
const LARGE: usize = 1000;

/// Nodes of one mutation that came before what holds them: each is looked for among the others, as the replayer does until its
/// patience ends.
const MOST_WAITING: usize = 20_000;

/// Nodes that one mutation may make us pass, beside those that it brings.
const MOST_STEPS: u64 = 20_000_000;

struct Remove {
    id: Id,
    parent: Id,
    is_shadow: bool,
}

/// A node that is to be put in.
struct Add<'a> {
    parent: Id,
    previous: Option<Id>,
    next: Option<Id>,
    node: &'a str,
    sprout: Sprout<'a>,
}

impl Page {
    /// Applies the `data` of a mutation.
    pub(super) fn mutate(&mut self, data: &str) -> Result<(), Trouble> {
        let [removes, adds, texts, attributes] = members(data, ["removes", "adds", "texts", "attributes"])?;
        let [removes, adds, texts, attributes] =
            [removes, adds, texts, attributes].map(|list| list.ok_or(Trouble::Shape));
        match self.mutate_in_order(removes?, adds?, texts?, attributes?) {
            Ok(()) | Err(Stop::Halfway) => Ok(()),
            Err(Stop::Trouble(trouble)) => Err(trouble),
        }
    }

    fn mutate_in_order(&mut self, removes: &str, adds: &str, texts: &str, attributes: &str) -> Result<(), Stop> {
        self.remove_nodes(removes)?;
        self.add_nodes(adds)?;
        self.set_texts(texts)?;
        self.set_attributes(attributes)
    }

    fn remove_nodes(&mut self, removes: &str) -> Result<(), Stop> {
        let mut known = Vec::new();
        for remove in elements(removes)? {
            let [id, parent, is_shadow] = members(remove, ["id", "parentId", "isShadow"])?;
            let id = whole(id).ok_or(Trouble::Shape)?;
            if self.tree.get(id).is_some() {
                known.push(Remove { id, parent: whole(parent).ok_or(Trouble::Shape)?, is_shadow: is_true(is_shadow) });
            }
        }
        for Remove { id, parent, is_shadow } in known {
            // Either may have gone with one before.
            let (Some(place), Some(parent)) = (self.tree.get(id), self.tree.get(parent)) else { continue };
            let holder = self.tree.shadow(parent).filter(|_| is_shadow).unwrap_or(parent);
            if self.tree.parent_node(place) != Some(holder) {
                return Err(Trouble::WrongParent.into());
            }
            self.tree.remove(place);
            self.children_changed(holder)?;
        }
        Ok(())
    }

    fn add_nodes(&mut self, adds: &str) -> Result<(), Stop> {
        let (mut read, adds) = (Vec::new(), elements(adds)?);
        if adds.len() > MOST_NODES {
            return Err(Trouble::TooLarge.into());
        }
        for add in adds {
            let [parent, previous, next, node] = members(add, ["parentId", "previousId", "nextId", "node"])?;
            let node = node.ok_or(Trouble::Shape)?;
            let (previous, next) = (sibling(previous)?, sibling(next)?);
            let parent = whole(parent).ok_or(Trouble::Shape)?;
            read.push(Add { parent, previous, next, node, sprout: read_one(node)? });
        }
        self.refuse_large(&read)?;
        let batch: HashSet<Id> = read.iter().map(|add| add.sprout.id).collect();
        let begin = self.tree.steps.get();
        let mut waiting = Vec::new();
        for (at, add) in read.iter().enumerate() {
            if self.tree.steps.get() - begin > MOST_STEPS {
                return Err(Trouble::TooLarge.into());
            }
            self.add_node(add, at, &batch, &mut waiting)?;
        }
        while !waiting.is_empty() {
            let before = waiting.len();
            if before > MOST_WAITING {
                return Err(Trouble::TooLarge.into());
            }
            for tree in resolve_trees(&read, &std::mem::take(&mut waiting)) {
                // The replayer drops a tree whose root has no parent by now.
                let has_parent = tree.first().is_some_and(|&root| self.tree.get(read[root].parent).is_some());
                for at in tree.into_iter().filter(|_| has_parent) {
                    self.add_node(&read[at], at, &batch, &mut waiting)?;
                }
            }
            if waiting.len() >= before {
                // The replayer goes round in circles until its patience ends.
                return Err(Trouble::Unclear.into());
            }
        }
        Ok(())
    }

    /// Before it adds many nodes, the replayer takes the part of the page out in which it adds the first: what a frame
    /// shows is lost with it.
    fn refuse_large(&self, adds: &[Add<'_>]) -> Result<(), Trouble> {
        let first = adds.first().filter(|_| adds.len() >= LARGE);
        let Some(root) = first.and_then(|add| self.tree.get(add.parent)) else { return Ok(()) };
        let shows = |&place: &Place| self.tree.content(place).is_some();
        match self.tree.below(root).iter().any(shows) {
            true => Err(Trouble::Unclear),
            false => Ok(()),
        }
    }

    fn add_node(
        &mut self,
        add: &Add<'_>,
        at: usize,
        batch: &HashSet<Id>,
        waiting: &mut Vec<usize>,
    ) -> Result<(), Stop> {
        let Some(parent) = self.tree.get(add.parent) else {
            if self.gone_documents.contains(&add.parent) {
                return Err(Trouble::Unclear.into());
            }
            if add.sprout.kind == Some(Kind::Document) {
                self.wait_for_frame(add.parent, add.node)?;
            } else if batch.contains(&add.parent) {
                waiting.push(at);
            }
            return Ok(());
        };
        let parent_kind = self.tree.node(parent).kind;
        if !parent_kind.takes_children() {
            return Ok(());
        }
        let Some(holder) = self.holder(parent, &add.sprout) else { return Ok(()) };
        let previous = add.previous.and_then(|id| self.tree.get(id));
        let next = add.next.and_then(|id| self.tree.get(id));
        if add.sprout.root_id != 0 && self.tree.get(add.sprout.root_id).is_none() {
            return match self.gone_documents.contains(&add.sprout.root_id) {
                true => Err(Trouble::Unclear.into()),
                false => Ok(()),
            };
        }
        if parent_kind == Kind::Element(Tag::Iframe) && holder == parent {
            return Ok(self.attach(parent, add.node)?);
        }
        let Some(kind) = add.sprout.kind else { return Err(Stop::Halfway) };
        if kind == Kind::Document {
            return Err(Trouble::Unclear.into());
        }
        let (place, replaced) = self.build(&add.sprout, kind, holder)?;
        self.make_room(holder, place, kind)?;
        // A neighbour that went meanwhile is none.
        let stands = |sibling: Option<Place>| sibling.filter(|&one| Some(one) != replaced && self.tree.has(one));
        let (previous, next) = (stands(previous), stands(next));
        self.put(holder, place, previous, next)?;
        self.children_changed(holder)?;
        Ok(self.attach_waiting(place)?)
    }

    /// Where a child goes: into the parent, or into its shadow root. `None`: the browser gives it none.
    fn holder(&mut self, parent: Place, sprout: &Sprout<'_>) -> Option<Place> {
        if !sprout.is_shadow {
            return Some(parent);
        }
        self.tree.shadow(parent).or_else(|| self.give_shadow(parent))
    }

    /// The node that is put in: a new one, or the one of that id if it came just so. A new one takes the place of an old
    /// one, which is taken out and told.
    fn build(&mut self, sprout: &Sprout<'_>, kind: Kind, holder: Place) -> Result<(Place, Option<Place>), Stop> {
        let known = self.tree.get(sprout.id);
        if let Some(known) = known {
            if self.tree.holds(known, holder) {
                return Err(Trouble::Unclear.into());
            }
            if self.came_just_so(known, sprout, kind)? {
                return self.move_out(known).map(|()| (known, None));
            }
            // What it holds stays in the replayer's map, and nowhere on the page.
            if self.tree.node(known).first.is_some() || self.tree.node(known).inner.is_some() {
                return Err(Trouble::TwoOfOneId.into());
            }
            let above = self.tree.parent_node(known);
            self.tree.remove(known);
            if let Some(above) = above {
                self.children_changed(above)?;
            }
        }
        let place = self.sow(sprout, kind)?;
        Ok((place, known))
    }

    /// Whether the replayer takes the node that it has: it compares how the two came, not what became of the first.
    fn came_just_so(&self, known: Place, sprout: &Sprout<'_>, kind: Kind) -> Result<bool, JsonError> {
        let node = self.tree.node(known);
        let (before, now) = (format!("{{{}}}", node.own), format!("{{{}}}", sprout.own));
        let same =
            |names: [&str; 3]| -> Result<bool, JsonError> { Ok(members(&before, names)? == members(&now, names)?) };
        Ok(node.kind == kind
            && match kind {
                Kind::Element(_) => *node.attributes == *sprout.attributes && same(["tagName", "isSVG", "needBlock"])?,
                Kind::Doctype => same(["name", "publicId", "systemId"])?,
                Kind::Document => same(["compatMode", "compatMode", "compatMode"])?,
                _ => same(["textContent", "textContent", "textContent"])?,
            })
    }

    /// A node that stands somewhere is taken from there, to be put in elsewhere.
    fn move_out(&mut self, place: Place) -> Result<(), Stop> {
        for below in self.tree.below(place) {
            if self.tree.content(below).is_some() {
                // A frame that is moved loads anew.
                return Err(Trouble::Unclear.into());
            }
            if self.tree.node(below).changes.is_some() {
                self.tree.change(below, |changes| {
                    changes.forget_rules();
                    changes.forget_scroll();
                });
            }
        }
        if let Some(parent) = self.tree.parent_node(place) {
            self.tree.detach(place);
            self.children_changed(parent)?;
        }
        Ok(())
    }

    /// What goes when this child comes.
    fn make_room(&mut self, holder: Place, child: Place, kind: Kind) -> Result<(), Stop> {
        match (self.tree.node(holder).kind, kind) {
            (Kind::Element(Tag::Textarea), Kind::Text) => {
                for text in self.tree.children(holder).collect::<Vec<_>>() {
                    if self.tree.node(text).kind.is_text() {
                        self.tree.remove(text);
                    }
                }
                if self.tree.node(holder).changes.is_some() {
                    self.tree.change(holder, |changes| changes.forget_attribute("value"));
                }
            }
            (Kind::Element(Tag::Style | Tag::SvgStyle), Kind::Text) => {
                // The text that was made of an attribute becomes that of the node.
                let node = self.tree.node(holder);
                if let Some(made) = node.first.filter(|_| node.first == node.last)
                    && self.tree.node(made).kind == Kind::Generated
                {
                    self.tree.remove(made);
                }
            }
            (Kind::Document, Kind::Comment) => {}
            (Kind::Document, Kind::Element(_)) => {
                // An element that the document has already would stay in the replayer's map, and nowhere on the page.
                let other = |one: Place| one != child && self.tree.node(one).kind.is_element();
                if self.tree.children(holder).any(other) {
                    return Err(Trouble::Unclear.into());
                }
            }
            (Kind::Document, _) => return Err(Trouble::Unclear.into()),
            _ => {}
        }
        Ok(())
    }

    /// Puts a node that stands nowhere behind `previous`, or before `next`, or behind all.
    fn put(&mut self, holder: Place, place: Place, previous: Option<Place>, next: Option<Place>) -> Result<(), Stop> {
        let behind = previous.and_then(|previous| self.tree.node(previous).after);
        let reference = match (behind, next) {
            (Some(behind), _) => Some(behind),
            (None, Some(next)) if self.tree.parent_node(next).is_some() && self.tree.contains(holder, next) => {
                Some(next)
            }
            _ => None,
        };
        if reference.is_some_and(|reference| self.tree.parent_node(reference) != Some(holder)) {
            // The browser refuses it: the node is known, and stands nowhere.
            return Err(Trouble::WrongParent.into());
        }
        self.tree.insert(holder, place, reference);
        Ok(())
    }

    /// A style's text is read anew; a `select` may choose another option.
    pub(super) fn children_changed(&mut self, holder: Place) -> Result<(), Trouble> {
        let node = self.tree.node(holder);
        match node.kind {
            Kind::Element(Tag::Style | Tag::SvgStyle | Tag::Link) if node.changes.is_some() => {
                self.tree.change(holder, super::changes::Changes::forget_rules);
            }
            Kind::Element(Tag::Select | Tag::Optgroup) => self.options_changed(holder),
            _ => {}
        }
        Ok(())
    }

    fn options_changed(&mut self, place: Place) {
        let select = std::iter::successors(Some(place), |&at| self.tree.parent_node(at))
            .take(3)
            .find(|&at| self.tree.node(at).kind == Kind::Element(Tag::Select));
        let chosen = |select: &Place| self.tree.node(*select).changes.as_ref().is_some_and(|all| all.input.is_some());
        if let Some(select) = select.filter(chosen) {
            self.tree.change(select, |changes| changes.is_unsure = true);
        }
    }

    fn set_texts(&mut self, texts: &str) -> Result<(), Stop> {
        let mut seen = HashSet::new();
        for text in elements(texts)?.into_iter().rev() {
            let [id, value] = members(text, ["id", "value"])?;
            let id = whole(id).ok_or(Trouble::Shape)?;
            let Some(place) = self.tree.get(id).filter(|_| seen.insert(id)) else { continue };
            match self.tree.node(place).kind {
                Kind::Text | Kind::Cdata | Kind::Comment => {
                    let value = value.ok_or(Trouble::Shape)?;
                    self.tree.change(place, |changes| changes.set_text(value));
                    if let Some(parent) = self.tree.parent_node(place) {
                        self.children_changed(parent)?;
                    }
                }
                Kind::Document | Kind::Doctype => {}
                // It would lose its children, which stay in the replayer's map.
                Kind::Element(_) | Kind::Shadow | Kind::Generated => return Err(Trouble::Unclear.into()),
            }
        }
        Ok(())
    }

    fn set_attributes(&mut self, attributes: &str) -> Result<(), Stop> {
        for change in elements(attributes)? {
            let [id, values] = members(change, ["id", "attributes"])?;
            let Some(place) = self.tree.get(whole(id).ok_or(Trouble::Shape)?) else { continue };
            let values = values.ok_or(Trouble::Shape)?;
            let Kind::Element(tag) = self.tree.node(place).kind else { return Err(Trouble::Unclear.into()) };
            self.set_attributes_of(place, tag, values)?;
        }
        Ok(())
    }

    fn set_attributes_of(&mut self, place: Place, tag: Tag, values: &str) -> Result<(), Stop> {
        if matches!(tag, Tag::Style | Tag::Link) {
            let [css] = members(values, ["_cssText"])?;
            if css.is_some_and(is_string) {
                return Ok(self.build_again(place, tag, values)?);
            }
        }
        let order = self.next_order();
        let mut object = Object::open(values, 0)?;
        while let Some(key) = object.next_key()? {
            let value = object.value()?;
            let name = plain(key);
            if name != key {
                // Two spellings of one name would be two names here.
                return Err(Trouble::Unclear.into());
            }
            match (tag, key) {
                (Tag::Input | Tag::Textarea, "autocomplete") => continue,
                (Tag::Option, "selected" | "value") => self.options_changed(place),
                _ => {}
            }
            if value == "null" || is_string(value) {
                self.tree.change(place, |changes| {
                    changes.touched = order;
                    changes.set_attribute(key, value)
                })?;
                if tag == Tag::Textarea && key == "value" && is_string(value) {
                    self.make_text_of_value(place)?;
                }
            } else if key == "style" && value.starts_with('{') {
                self.set_style(place, order, value)?;
            } else if key == "style" {
                return Err(Trouble::Shape.into());
            }
        }
        Ok(())
    }

    fn set_style(&mut self, place: Place, order: u64, values: &str) -> Result<(), Stop> {
        let mut object = Object::open(values, 0)?;
        while let Some(property) = object.next_key()? {
            let value = object.value()?;
            self.tree.change(place, |changes| {
                changes.touched = order;
                changes.set_style(property, value)
            })?;
        }
        Ok(())
    }

    /// The replayer puts one text in the place of all that a `textarea` holds.
    fn make_text_of_value(&mut self, place: Place) -> Result<(), Trouble> {
        let children: Vec<Place> = self.tree.children(place).collect();
        for child in children {
            self.tree.remove(child);
        }
        self.generate(place);
        Ok(())
    }

    /// The replayer builds a style sheet's element anew, of how it came and of this change.
    fn build_again(&mut self, place: Place, tag: Tag, values: &str) -> Result<(), Trouble> {
        let node = self.tree.node(place);
        if self.tree.parent_node(place).is_none() || node.inner.is_some() {
            return Err(Trouble::Unclear);
        }
        let merged = merged(&node.attributes, values)?;
        let makes_text = makes_text(tag, &merged)?;
        let children: Vec<Place> = self.tree.children(place).collect();
        for child in children {
            self.tree.remove(child);
        }
        self.tree.forget_changes(place);
        self.tree.set_attributes(place, merged.into());
        if makes_text {
            self.generate(place);
        }
        Ok(())
    }
}

/// Nodes that came before what holds them, as the trees in which the replayer tries again: each from its root on, of children
/// the last first.
fn resolve_trees(adds: &[Add<'_>], waiting: &[usize]) -> Vec<Vec<usize>> {
    let mut known: HashMap<Id, usize> = HashMap::new();
    let mut parents: Vec<Option<usize>> = Vec::new();
    let mut children: Vec<Vec<usize>> = Vec::new();
    let mut roots: Vec<usize> = Vec::new();
    for (number, &at) in waiting.iter().enumerate() {
        let add = &adds[at];
        let (next, parent) = (add.next.and_then(|next| known.get(&next).copied()), known.get(&add.parent).copied());
        let holder = match next {
            Some(next) => parents[next],
            None => parent,
        };
        let siblings = holder.map_or(&mut roots, |holder| &mut children[holder]);
        let place = next.and_then(|next| siblings.iter().position(|&one| one == next)).unwrap_or(siblings.len());
        siblings.insert(place, number);
        parents.push(holder);
        children.push(Vec::new());
        known.insert(add.sprout.id, number);
    }
    let tree = |root: usize| {
        let (mut order, mut stack) = (Vec::new(), vec![root]);
        while let Some(number) = stack.pop() {
            order.push(waiting[number]);
            // The last child comes off the stack first.
            stack.extend(&children[number]);
        }
        order
    };
    roots.into_iter().map(tree).collect()
}

/// An id of a neighbour; 0 and null are none.
fn sibling(value: Option<&str>) -> Result<Option<Id>, Trouble> {
    match value {
        None | Some("null" | "0") => Ok(None),
        Some("-1") => Err(Trouble::Legacy),
        value => whole(value).map(Some).ok_or(Trouble::Shape),
    }
}

/// The members of both objects, those of the second where both have one.
fn merged(first: &str, second: &str) -> Result<String, Trouble> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for text in [first, second] {
        let mut object = Object::open(text, 0)?;
        while let Some(key) = object.next_key()? {
            let value = object.value()?;
            match pairs.iter_mut().find(|(known, _)| plain(known) == plain(key)) {
                Some(pair) => pair.1 = value,
                None => pairs.push((key, value)),
            }
        }
    }
    let members: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    Ok(format!("{{{}}}", members.join(",")))
}
