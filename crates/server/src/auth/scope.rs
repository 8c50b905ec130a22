//! Scopes: what a key may do, in PostHog's words. `thing:write` implies `thing:read`.

use std::fmt;

use super::{Right, Rights};

/// A scope that there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scope(&'static (&'static str, &'static [Right]));

/// Why a text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid scope: {0}. Expected one of {all}.", all = Scope::names())]
pub struct ScopeError(pub String);

use Right::{
    ChangeCollections, ChangeComments, ChangeKeys, ChangePersons, ChangeProject, ChangeRecordings, ChangeSharing,
    DeleteRecordings, ListRecordings, ManageUsers, ReadAudit, ReadCollections, ReadComments, ReadKeys, ReadPersons,
    ReadProject, ReadSharing, ReadUsers, WatchRecordings,
};

/// All scopes. `*` is not among them: it is every right, also those of later versions. `session_recording:list` is not
/// PostHog's: to see that a visit took place need not mean to see what the visitor typed.
const SCOPES: [(&str, &[Right]); 18] = [
    ("session_recording:list", &[ListRecordings]),
    ("session_recording:read", &[ListRecordings, WatchRecordings]),
    ("session_recording:write", &[ListRecordings, WatchRecordings, ChangeRecordings, DeleteRecordings]),
    ("session_recording_playlist:read", &[ReadCollections]),
    ("session_recording_playlist:write", &[ReadCollections, ChangeCollections]),
    ("sharing_configuration:read", &[ReadSharing]),
    ("sharing_configuration:write", &[ReadSharing, ChangeSharing]),
    ("comment:read", &[ReadComments]),
    ("comment:write", &[ReadComments, ChangeComments]),
    ("person:read", &[ReadPersons]),
    ("person:write", &[ReadPersons, ChangePersons]),
    ("project:read", &[ReadProject]),
    ("project:write", &[ReadProject, ChangeProject]),
    ("user:read", &[ReadUsers]),
    ("user:write", &[ReadUsers, ManageUsers]),
    ("personal_api_key:read", &[ReadKeys]),
    ("personal_api_key:write", &[ReadKeys, ChangeKeys]),
    ("activity_log:read", &[ReadAudit]),
];

/// Every right.
pub(crate) const EVERYTHING: &str = "*";

impl Scope {
    /// The names of all scopes, for messages.
    fn names() -> String {
        let names: Vec<&str> = std::iter::once(EVERYTHING).chain(SCOPES.iter().map(|(name, _)| *name)).collect();
        names.join(", ")
    }

    /// What these scopes allow together.
    ///
    /// # Errors
    /// The first that is none.
    pub fn rights(scopes: &[String]) -> Result<Rights, ScopeError> {
        let mut rights = Rights::default();
        for name in scopes {
            let more = match SCOPES.iter().find(|(known, _)| known == name) {
                Some((_, more)) => Rights::of(more.iter().copied()),
                None if name == EVERYTHING => Rights::ALL,
                None => return Err(ScopeError(name.clone())),
            };
            rights = rights.or(more);
        }
        Ok(rights)
    }

    /// The scopes whose rights are all among these.
    pub fn within(rights: Rights) -> Vec<&'static str> {
        let within = |of: &[Right]| of.iter().all(|right| rights.contain(*right));
        SCOPES.iter().filter(|(_, of)| within(of)).map(|(name, _)| *name).collect()
    }

    /// The scope that a key lacks which may not do this.
    pub fn wanted_for(right: Right) -> Self {
        // To list is part of what PostHog calls reading.
        let listed = if right == ListRecordings { WatchRecordings } else { right };
        let found = SCOPES.iter().find(|(_, rights)| rights.contains(&listed));
        Self(found.expect("each right is in a scope, which a test makes sure of"))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_right_is_in_the_scope_that_is_asked_for_it() {
        for right in Right::EACH {
            let scope = Scope::wanted_for(right).to_string();
            assert!(Scope::rights(std::slice::from_ref(&scope)).unwrap().contain(right), "{right:?} in {scope}");
        }
        assert_eq!(Scope::wanted_for(ListRecordings).to_string(), "session_recording:read");
        assert_eq!(Scope::wanted_for(DeleteRecordings).to_string(), "session_recording:write");
    }

    #[test]
    fn to_write_implies_to_read_and_to_list_implies_nothing() {
        let rights = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            Scope::rights(&names)
        };
        let writes = rights(&["comment:write", "session_recording:list"]).unwrap();
        assert!(writes.contain(ReadComments) && writes.contain(ChangeComments) && writes.contain(ListRecordings));
        assert!(!writes.contain(WatchRecordings) && !writes.contain(ReadPersons));
        assert_eq!(rights(&[]).unwrap(), Rights::default());
        assert_eq!(rights(&["project:read", "*"]).unwrap(), Rights::ALL);
        for unknown in ["", "project", "project:admin", "Project:read", "insight:read", "**"] {
            assert_eq!(rights(&[unknown]).unwrap_err(), ScopeError(unknown.into()));
        }
        assert_eq!(Scope::within(Rights::of([ReadProject, ReadAudit])), ["project:read", "activity_log:read"]);
    }
}
