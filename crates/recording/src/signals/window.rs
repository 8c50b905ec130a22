//! One window: what each of its lines means to the rules.

use super::clicks::Clicks;
use super::mouse::{Mouse, positions};
use super::nodes::{NodeClass, Nodes};
use super::pages::Pages;
use super::presses::{Press, Presses};
use super::{Out, SignalKind};
use crate::event::{EventKind, EventName};
use crate::file::{Content, ParsedLine};
use crate::json::{JsonError, Object};

/// What is known of a window.
#[derive(Debug, Default)]
pub(super) struct Window {
    presses: Presses,
    clicks: Clicks,
    pages: Pages,
    mouse: Mouse,
    nodes: Nodes,
}

impl Window {
    /// Takes the window's next line. `nodes` counts the nodes that all windows remember.
    pub(super) fn add(&mut self, at: i64, line: &ParsedLine<'_>, nodes: &mut usize, out: &mut Out<'_>) {
        match (&line.content, line.event) {
            (Content::Captured { name, .. }, _) => self.captured(at, name, out),
            (Content::Event { kind, href, level, .. }, Some(event)) => {
                self.clicks.pass(at, leaves(*kind), out);
                match kind {
                    EventKind::FullSnapshot => {
                        self.nodes.full_snapshot(event, nodes);
                        self.clicks.changed(at);
                    }
                    EventKind::Mutation => {
                        self.nodes.mutation(event, nodes);
                        self.clicks.changed(at);
                    }
                    EventKind::Named(EventName::PageView) => {
                        if let Some(href) = href {
                            self.pages.shows(href, at, self.clicks.last(), out);
                        }
                        self.clicks.changed(at);
                    }
                    EventKind::Named(EventName::Console) if level.as_deref() == Some("error") => {
                        self.clicks.failed(at, out);
                    }
                    EventKind::Named(name) => self.event(at, *name, event, out),
                }
            }
            _ => {}
        }
    }

    /// Events that need a look inside, or none.
    fn event(&mut self, at: i64, name: EventName, event: &str, out: &mut Out<'_>) {
        use EventName::{
            AdoptedStyleSheet, Canvas, Click, ContextMenu, Custom, CustomElement, DomContentLoaded, Font, Input, Load,
            Media, MouseDown, MouseMove, MouseUp, Scroll, Selection, StyleDeclaration, StyleSheetRule, TouchEnd,
            TouchStart,
        };
        let place = || Press::read(at, event);
        match name {
            MouseDown => drop(place().map(|press| self.presses.mouse_down(press))),
            MouseUp => self.presses.mouse_up(),
            ContextMenu => self.presses.context_menu(),
            TouchStart => drop(place().map(|press| self.presses.touch_start(press))),
            Click => {
                let press = place().and_then(|press| self.presses.click(press));
                self.pressed(press, out);
            }
            TouchEnd => {
                let press = place().and_then(|press| self.presses.touch_end(press));
                self.pressed(press, out);
            }
            MouseMove => self.moved(at, event, out),
            Scroll => self.clicks.scrolled(at),
            Selection => self.clicks.selected(at),
            Input => {
                self.pages.input(at);
                self.clicks.changed(at);
            }
            // The tab was left, or came back: the page opened another.
            Custom if tag(event).is_ok_and(|tag| tag.is_some_and(|tag| tag.starts_with("window "))) => {
                self.clicks.changed(at);
            }
            Canvas => self.clicks.drawn(at),
            Media | StyleSheetRule | StyleDeclaration | AdoptedStyleSheet | Font | CustomElement | Load
            | DomContentLoaded => self.clicks.changed(at),
            _ => {}
        }
    }

    fn captured(&mut self, at: i64, name: &str, out: &mut Out<'_>) {
        match name {
            "$rageclick" => self.clicks.reported(SignalKind::RageClick, at, out),
            "$dead_click" => self.clicks.reported(SignalKind::DeadClick, at, out),
            "$exception" => self.clicks.failed(at, out),
            "$pageview" | "$pageleave" => self.clicks.changed(at),
            _ => {}
        }
    }

    fn pressed(&mut self, press: Option<Press>, out: &mut Out<'_>) {
        let Some(press) = press else { return };
        let class = press.node.and_then(|node| self.nodes.class(node));
        self.clicks.press(press, class, self.nodes.are_known(), out);
    }

    fn moved(&mut self, at: i64, event: &str, out: &mut Out<'_>) {
        if self.presses.is_held() {
            return self.mouse.rest();
        }
        for place in positions(event, at).unwrap_or_default() {
            match place.node.and_then(|node| self.nodes.class(node)) {
                // Drawing, or a game.
                Some(NodeClass::Opaque) => self.mouse.rest(),
                _ => self.mouse.moves_to(&place, out),
            }
        }
    }

    pub(super) fn finish(self, out: &mut Out<'_>) {
        self.clicks.finish(out);
    }
}

/// Whether the page changes for another with this event.
fn leaves(kind: EventKind) -> bool {
    use EventName::{DomContentLoaded, Load, PageView};
    matches!(kind, EventKind::FullSnapshot | EventKind::Named(PageView | Load | DomContentLoaded))
}

/// The tag of a custom event, as it is written.
fn tag(event: &str) -> Result<Option<&str>, JsonError> {
    let mut members = Object::open(event, 0)?;
    while let Some(key) = members.next_key()? {
        if key == "data" && event.as_bytes().get(members.value_at()) == Some(&b'{') {
            let mut data = Object::open(event, members.value_at())?;
            while let Some(key) = data.next_key()? {
                if key == "tag" {
                    return Ok(data.value()?.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')));
                }
            }
            return Ok(None);
        }
    }
    Ok(None)
}
