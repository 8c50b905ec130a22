//! What one cut of the journal says of persons, until it is written.
//!
//! Lines, not values: an identified visitor costs some hundred bytes. When there are too many they are compressed, at a
//! place that depends on the journal alone, as all that is written does.

use std::collections::BTreeMap;

use cassette_recording::person::{PersonChange, object};
use cassette_recording::{ProjectId, limits};

/// Changes by project.
#[derive(Default)]
pub(crate) struct Gathered {
    open: BTreeMap<ProjectId, Lines>,
    open_bytes: usize,
    sealed: Vec<(ProjectId, Vec<u8>)>,
}

#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    changes: usize,
}

impl Gathered {
    /// Adds a change.
    pub(crate) fn add(&mut self, project: ProjectId, change: &PersonChange) {
        let lines = self.open.entry(project).or_default();
        let before = lines.text.len();
        change.write_line(&mut lines.text);
        lines.changes += 1;
        self.open_bytes += lines.text.len() - before;
        if self.open_bytes >= limits::PERSON_LINES_BYTES {
            self.seal();
        }
    }

    /// Takes all away, as objects, in the order of their parts.
    pub(crate) fn take(&mut self) -> Vec<(ProjectId, Vec<u8>)> {
        self.seal();
        std::mem::take(&mut self.sealed)
    }

    fn seal(&mut self) {
        self.open_bytes = 0;
        for (project, lines) in std::mem::take(&mut self.open) {
            self.sealed.push((project, object::seal(project, lines.changes, &lines.text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use cassette_recording::ItemId;
    use cassette_recording::person::{PersonObject, Stamp};

    use super::*;

    #[test]
    fn changes_are_kept_apart_by_project_and_sealed_when_there_are_many() {
        let mut gathered = Gathered::default();
        let value = format!("\"{}\"", "x".repeat(60_000));
        let mut change = PersonChange::new(Stamp { at: 1, item: ItemId::of_bytes(b"i") }, "ann".parse().unwrap());
        change.set = vec![("a".into(), value)];
        for project in [2, 1].into_iter().cycle().take(200) {
            gathered.add(ProjectId(project), &change);
        }
        let objects = gathered.take();
        let read = |(project, object): &(ProjectId, Vec<u8>)| {
            let read = PersonObject::decode(object).unwrap();
            assert_eq!(read.project, *project);
            (project.0, read.changes.len())
        };
        assert_eq!(objects.iter().map(read).collect::<Vec<_>>(), [(1, 70), (2, 70), (1, 30), (2, 30)]);
        assert!(gathered.take().is_empty());
    }
}
