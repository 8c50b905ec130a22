//! What an imported file says of persons: its captured events, and the `person` of PostHog's export.
//!
//! The object is named by what it holds, and its day is the recording's, so the same file always says the same; what a
//! live recording said already counts once, as its items are the same.

use std::path::Path;

use cassette_recording::ProjectId;
use cassette_recording::file::{Content, Meta, ParsedLine};
use cassette_store::layout;
use cassette_store::persons::PersonChanges;
use cassette_wire::capture::Envelope;
use cassette_wire::person;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::content::{Lines as _, SpooledLines};
use super::{ImportError, Importer};
use crate::persons::Gathered;

/// How a line of a captured event begins.
const CAPTURED: &str = "{\"type\":\"captured\"";

/// Gathers what the stored recording in the spool says.
fn gathered(path: &Path, events: u64, meta: &Meta, project: ProjectId) -> Result<Gathered, ImportError> {
    let mut gathered = Gathered::default();
    for (_, exported) in meta.other.iter().filter(|(name, value)| name == "person" && value.starts_with('{')) {
        // One that says too much, or is no person, stays what it is: a member of the recording's first line.
        let changes = person::changes_of_export(exported, meta.started_at).unwrap_or_default();
        changes.iter().for_each(|change| gathered.add(project, change));
    }
    SpooledLines { path, events }.each(&mut |line| {
        if !line.starts_with(CAPTURED) {
            return;
        }
        let Ok(ParsedLine { content: Content::Captured { captured, .. }, timestamp, .. }) = ParsedLine::parse(line)
        else {
            return;
        };
        let at = meta.started_at.saturating_add(timestamp.unwrap_or_default());
        let Ok(envelope) = Envelope::read(captured) else { return };
        for change in envelope.items.iter().filter_map(|item| person::change_at(item, at).ok().flatten()) {
            gathered.add(project, &change);
        }
    })?;
    Ok(gathered)
}

impl Importer {
    /// Writes what a file says of persons. Repeating it changes nothing.
    pub(super) fn persons(&self, path: &Path, events: u64, meta: &Meta, runtime: &Handle) -> Result<(), ImportError> {
        let persons = PersonChanges::new(self.bucket.clone(), self.catalog.clone());
        for (project, object) in gathered(path, events, meta, meta.project_id)?.take() {
            let digest = crate::hex::of(&Sha256::digest(&object)[..8]);
            let family = layout::imported_person_family(meta.started_at, &digest);
            runtime.block_on(persons.write(project, &family, object.into()))?;
        }
        Ok(())
    }
}
