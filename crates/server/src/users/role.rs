//! Roles: what a user may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Right, Rights};

/// What a user is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, everywhere.
    Admin,
    /// Works with recordings: marks, deletes, imports, shares, collects, comments.
    Member,
    /// Looks and changes nothing.
    Viewer,
}

/// What everybody may.
const VIEWER: [Right; 8] = [
    Right::ListRecordings,
    Right::WatchRecordings,
    Right::ReadCollections,
    Right::ReadComments,
    Right::ReadPersons,
    Right::ReadProject,
    Right::ReadKeys,
    Right::ChangeKeys,
];

/// What members may besides. To delete a person, and to see what others did, is the administrators'.
const MEMBER: [Right; 6] = [
    Right::ChangeRecordings,
    Right::DeleteRecordings,
    Right::ChangeCollections,
    Right::ReadSharing,
    Right::ChangeSharing,
    Right::ChangeComments,
];

impl Role {
    /// What the role allows, less what is taken from this user. Who may not watch may make no link that would show it.
    pub fn rights(self, may_list: bool, may_watch: bool) -> Rights {
        let all = match self {
            Self::Admin => return Rights::ALL,
            Self::Member => VIEWER.iter().chain(&MEMBER).copied().collect::<Vec<_>>(),
            Self::Viewer => VIEWER.to_vec(),
        };
        Rights::of(all.into_iter().filter(|right| match right {
            Right::ListRecordings => may_list,
            Right::WatchRecordings | Right::ChangeSharing => may_watch,
            _ => true,
        }))
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Admin, Self::Member, Self::Viewer].into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_allow_less_and_less() {
        let (member, viewer) = (Role::Member.rights(true, true), Role::Viewer.rights(true, true));
        assert!(Role::Admin.rights(false, false).contain(Right::ManageUsers));
        for (right, member_may, viewer_may) in [
            (Right::WatchRecordings, true, true),
            (Right::ChangeSharing, true, false),
            (Right::DeleteRecordings, true, false),
            (Right::ChangePersons, false, false),
            (Right::ChangeProject, false, false),
            (Right::ManageUsers, false, false),
            (Right::ReadAudit, false, false),
        ] {
            assert_eq!((member.contain(right), viewer.contain(right)), (member_may, viewer_may), "{right:?}");
        }
    }

    #[test]
    fn to_list_and_to_watch_are_two_things() {
        let lists = Role::Member.rights(true, false);
        assert!(lists.contain(Right::ListRecordings));
        assert!(!lists.contain(Right::WatchRecordings) && !lists.contain(Right::ChangeSharing));
        let watches = Role::Viewer.rights(false, true);
        assert!(!watches.contain(Right::ListRecordings) && watches.contain(Right::WatchRecordings));
    }
}
