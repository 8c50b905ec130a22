//! Style sheets that stand in no element: made by a script, and adopted by documents and shadow roots.

use std::collections::HashMap;

use super::changes::RuleLog;
use super::read::{elements, members, whole};
use super::tree::{Id, Tree};
use super::trouble::Trouble;

/// A style sheet of a script.
#[derive(Debug)]
struct Sheet {
    /// `styleId`, as it is written.
    id: Box<str>,
    /// The document that it was made in; no other can adopt it.
    document: Id,
    /// Its first rules: an array.
    rules: Box<str>,
    log: RuleLog,
}

/// All of a page, and who adopted which.
#[derive(Debug, Default)]
pub(super) struct Sheets {
    sheets: Vec<Sheet>,
    by_id: HashMap<Box<str>, usize>,
    /// `styleIds` by host, also of hosts that are not there: the replayer remembers them too, for when they come.
    adopted: HashMap<Id, (u64, Box<str>)>,
    order: u64,
    pub(super) bytes: usize,
}

const ENTRY_BYTES: usize = size_of::<Sheet>() + 64;

impl Sheets {
    /// Applies an event that says which sheets somebody adopted, given its `data`.
    pub(super) fn adopt(&mut self, tree: &Tree, data: &str) -> Result<(), Trouble> {
        let [id, styles, style_ids] = members(data, ["id", "styles", "styleIds"])?;
        let id = whole(id).ok_or(Trouble::Shape)?;
        let style_ids = style_ids.filter(|ids| ids.starts_with('[')).ok_or(Trouble::Shape)?;
        self.order += 1;
        self.bytes += style_ids.len() + ENTRY_BYTES;
        if let Some((_, before)) = self.adopted.insert(id, (self.order, style_ids.into())) {
            self.bytes -= before.len() + ENTRY_BYTES;
        }
        let Some(document) = tree.get(id).and_then(|host| tree.document_of(host)) else { return Ok(()) };
        let document = tree.node(document).id;
        for style in styles.filter(|styles| *styles != "null").map(elements).transpose()?.unwrap_or_default() {
            let [id, rules] = members(style, ["styleId", "rules"])?;
            let id: Box<str> = id.ok_or(Trouble::Shape)?.into();
            let rules: Box<str> = rules.filter(|rules| rules.starts_with('[')).ok_or(Trouble::Shape)?.into();
            self.bytes += rules.len() + ENTRY_BYTES;
            if self.by_id.insert(id.clone(), self.sheets.len()).is_some() {
                // Who adopted the first one keeps it.
                return Err(Trouble::TwoOfOneId);
            }
            self.sheets.push(Sheet { id, document, rules, log: RuleLog::default() });
        }
        Ok(())
    }

    /// Changes the rules of a sheet.
    pub(super) fn change(&mut self, id: &str, data: &str) -> Result<(), Trouble> {
        let Some(&at) = self.by_id.get(id) else { return Ok(()) };
        let log = &mut self.sheets[at].log;
        let before = log.bytes;
        log.add(data)?;
        self.bytes = self.bytes + log.bytes - before;
        Ok(())
    }

    /// `data` of the events that make all of this again. Documents make the sheets that were made in them: what they
    /// adopted themselves comes with it.
    pub(super) fn data(&self, tree: &Tree) -> Vec<String> {
        let mut documents: Vec<Id> = self.sheets.iter().map(|sheet| sheet.document).collect();
        documents.sort_unstable();
        documents.dedup();
        documents.retain(|&id| tree.get(id).is_some());
        let mut all = Vec::new();
        for &document in &documents {
            let made: Vec<&Sheet> = self.sheets.iter().filter(|sheet| sheet.document == document).collect();
            let styles: Vec<String> =
                made.iter().map(|sheet| format!("{{\"styleId\":{},\"rules\":{}}}", sheet.id, sheet.rules)).collect();
            let style_ids = self.adopted.get(&document).map_or("[]", |(_, ids)| ids);
            let styles = styles.join(",");
            all.push(format!("{{\"source\":15,\"id\":{document},\"styles\":[{styles}],\"styleIds\":{style_ids}}}"));
            all.extend(
                made.iter().flat_map(|sheet| sheet.log.data(&format!("\"styleId\":{}", sheet.id)).collect::<Vec<_>>()),
            );
        }
        let mut hosts: Vec<(u64, Id, &str)> =
            self.adopted.iter().map(|(id, (order, ids))| (*order, *id, &**ids)).collect();
        hosts.retain(|(_, id, _)| !documents.contains(id));
        hosts.sort_unstable();
        all.extend(hosts.iter().map(|(_, id, ids)| format!("{{\"source\":15,\"id\":{id},\"styleIds\":{ids}}}")));
        all
    }
}
