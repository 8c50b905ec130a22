//! What a page looks like at a moment: a full snapshot, and what the events after it made of it, as rrweb's replayer would.
//!
//! It is followed to be written down again as a few events that put a new replayer into the same state ([`write`]): a
//! keyframe. What is followed is not the page but the *replayer*: what it builds, what it remembers, and where it gives up.
//!
//! ## Invariants
//! 1. **Never a wrong state.** What is not understood, or comes out differently from browser to browser, ends the
//!    following with a [`Trouble`]; the next full snapshot begins anew.
//! 2. Texts stay what they were, as JSON: nothing is decoded to be kept, so half emojis, huge numbers and odd values are
//!    given to the replayer as they came.
//! 3. Each node is kept as it came, and beside that what became of it: the replayer compares nodes with how they came when
//!    one comes again, and treats the text of a style differently when it builds it and when it changes it.
//! 4. What only a browser can work out is not worked out: rules of style sheets are kept as the steps that were asked for.
//! 5. No recursion, and memory is known at any time ([`Page::bytes`]).
//!
//! ## What is not followed
//! Selections, focus and custom elements, which the player does not show; of a canvas only its last picture. How far an
//! element is scrolled that was added scrolled: the replayer takes that from a full snapshot only, so after a keyframe it
//! is what the visitor saw.

mod attach;
mod changes;
mod mutation;
mod read;
mod sheets;
mod sprout;
mod tree;
mod trouble;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use self::read::{elements, members, whole};
use self::sheets::Sheets;
use self::tree::{Id, Kind, Place, Tag, Tree};
pub use self::trouble::Trouble;
pub use self::write::Moment;

/// What a replayer holds of one window's page.
#[derive(Debug)]
pub struct Page {
    tree: Tree,
    root: Place,
    /// `initialOffset` of the full snapshot.
    offset: Option<Box<str>>,
    /// Documents whose frame did not come yet.
    waiting: Vec<(Id, Box<str>)>,
    /// Documents whose place another one took: the replayer takes their ids for it, sometimes.
    gone_documents: HashSet<Id>,
    sheets: Sheets,
    fonts: Vec<Box<str>>,
    /// `data` of the last picture of each canvas.
    pictures: HashMap<Id, Box<str>>,
    pointer: Option<Pointer>,
    /// What stands beside the nodes.
    beside_bytes: usize,
    order: u64,
}

/// Where the pointer was last, numbers as they are written.
#[derive(Debug)]
struct Pointer {
    touches: bool,
    x: Box<str>,
    y: Box<str>,
    id: Box<str>,
}

/// Bytes of an event that is followed: read, it takes some times as much for a moment. Real ones have up to 10 MB.
const EVENT_BYTES: usize = 64 << 20;

/// Fonts that are kept of a page: real ones load some dozen.
const MOST_FONTS: usize = 2000;

impl Page {
    /// The page of a full snapshot, given its `data`.
    ///
    /// # Errors
    /// When it holds no page that a browser would build.
    pub fn of_full_snapshot(data: &str) -> Result<Self, Trouble> {
        if data.len() > EVENT_BYTES {
            return Err(Trouble::TooLarge);
        }
        let [node, offset] = members(data, ["node", "initialOffset"])?;
        let node = node.filter(|node| node.starts_with('{')).ok_or(Trouble::NoPage)?;
        let mut tree = Tree::default();
        let root = attach::sow_tree(&mut tree, &sprout::read_tree(node)?)?;
        let offset: Option<Box<str>> = offset.filter(|offset| offset.starts_with('{')).map(Into::into);
        Ok(Self {
            tree,
            root,
            offset,
            waiting: Vec::new(),
            gone_documents: HashSet::new(),
            sheets: Sheets::default(),
            fonts: Vec::new(),
            pictures: HashMap::new(),
            pointer: None,
            beside_bytes: 0,
            order: 0,
        })
    }

    /// What it takes of memory, nearly.
    pub fn bytes(&self) -> usize {
        self.tree.bytes + self.sheets.bytes + self.beside_bytes
    }

    /// Applies an incremental event that happened `at` (milliseconds of any clock), given its `data`.
    ///
    /// # Errors
    /// When it cannot be said what a replayer makes of it. The page is then in no state that means anything.
    pub fn apply(&mut self, data: &str, at: i64) -> Result<(), Trouble> {
        if data.len() > EVENT_BYTES {
            return Err(Trouble::TooLarge);
        }
        let [source, id] = members(data, ["source", "id"])?;
        let place = whole(id).and_then(|id| self.tree.get(id));
        match source {
            Some("0") => self.mutate(data),
            Some("1" | "6" | "12") => self.move_pointer(data, source == Some("6")),
            Some("2") => self.click(data),
            Some("3") => self.on_node(place, |tree, place| tree.change(place, |changes| changes.set_scroll(data))),
            Some("5") => self.put_in(place, data),
            Some("7") => self.on_node(place, |tree, place| tree.change(place, |changes| changes.set_media(at, data))),
            Some("8" | "13") => self.change_rules(place, data),
            Some("9") => self.draw(whole(id), data),
            Some("10") => self.add_font(data),
            Some("15") => self.sheets.adopt(&self.tree, data),
            // Sizes are the window's; logs, selections and custom elements show nothing; and what nobody knows, no replayer does.
            _ => Ok(()),
        }
    }

    fn next_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    fn on_node(&mut self, place: Option<Place>, change: impl FnOnce(&mut Tree, Place)) -> Result<(), Trouble> {
        if let Some(place) = place {
            change(&mut self.tree, place);
        }
        Ok(())
    }

    fn put_in(&mut self, place: Option<Place>, data: &str) -> Result<(), Trouble> {
        let order = self.next_order();
        self.on_node(place, |tree, place| tree.change(place, |changes| changes.set_input(order, data)))
    }

    fn change_rules(&mut self, place: Option<Place>, data: &str) -> Result<(), Trouble> {
        let [style] = members(data, ["styleId"])?;
        if let Some(style) = style.filter(|style| !matches!(*style, "null" | "0")) {
            return self.sheets.change(style, data);
        }
        let Some(place) = place else { return Ok(()) };
        match self.tree.node(place).kind {
            Kind::Element(Tag::Style | Tag::SvgStyle | Tag::Link) => {
                self.tree.change(place, |changes| changes.add_rules(data))
            }
            _ => Ok(()),
        }
    }

    /// Pictures are drawn over the whole canvas; what else is done to one is not shown.
    fn draw(&mut self, id: Option<Id>, data: &str) -> Result<(), Trouble> {
        if let Some(id) = id.filter(|_| data.contains("drawImage")) {
            self.beside_bytes += data.len() + size_of::<(Id, Box<str>)>();
            if let Some(before) = self.pictures.insert(id, data.into()) {
                self.beside_bytes -= before.len() + size_of::<(Id, Box<str>)>();
            }
        }
        Ok(())
    }

    fn add_font(&mut self, data: &str) -> Result<(), Trouble> {
        if self.fonts.iter().any(|font| **font == *data) {
            return Ok(());
        }
        if self.fonts.len() >= MOST_FONTS {
            return Err(Trouble::TooLarge);
        }
        self.beside_bytes += data.len();
        self.fonts.push(data.into());
        Ok(())
    }

    fn move_pointer(&mut self, data: &str, touches: bool) -> Result<(), Trouble> {
        let [positions] = members(data, ["positions"])?;
        let last = elements(positions.ok_or(Trouble::Shape)?)?.last().copied();
        last.map_or(Ok(()), |last| self.point(last, touches))
    }

    fn click(&mut self, data: &str) -> Result<(), Trouble> {
        let [kind] = members(data, ["type"])?;
        match kind {
            Some("0" | "1" | "2") => self.point(data, false),
            Some("7" | "9") => self.point(data, true),
            _ => Ok(()),
        }
    }

    fn point(&mut self, position: &str, touches: bool) -> Result<(), Trouble> {
        let [x, y, id] = members(position, ["x", "y", "id"])?;
        let number = |value: Option<&str>| -> Box<str> {
            value.filter(|value| crate::json::number_value(value).is_some()).unwrap_or("0").into()
        };
        if whole(id).is_some_and(|id| id != -1) {
            self.pointer = Some(Pointer { touches, x: number(x), y: number(y), id: number(id) });
        }
        Ok(())
    }
}
