//! Passes: what an opened link is worth to the page that opened it, for a day.
//!
//! A pass is signed and says all that there is to know, so the server keeps no list of them. It opens nothing by itself:
//! each use asks whether its share is still open, its link still the one, and its password still there. In an iframe on
//! another site cookies do not arrive, so the page holds its pass and sends it as Bearer.

use cassette_recording::ProjectId;
use sha2::{Digest as _, Sha256};

use crate::hex;
use crate::signer::Signer;

/// How long a pass is good.
pub(super) const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// What every pass begins with; no API key and no token of a link does.
pub(super) const PREFIX: &str = "phs1.";

/// What a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) project: ProjectId,
    /// The share's document.
    pub(super) share: String,
    /// Of the token that it was opened by.
    pub(super) link: String,
    /// The password that opened it; 0 for none.
    pub(super) password: u32,
    /// The opening that was counted.
    pub(super) view: u64,
    pub(super) expires_at: i64,
}

/// What passes are signed for.
const PURPOSE: &str = "share pass";

/// Signs passes.
#[derive(Debug)]
pub(super) struct Passes {
    signer: Signer,
}

impl Passes {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self { signer: Signer::new(secret) }
    }

    pub(super) fn write(&self, pass: &Pass) -> String {
        let Pass { project, share, link, password, view, expires_at } = pass;
        let signed = format!("{PREFIX}{project}.{share}.{link}.{password}.{view:x}.{expires_at}");
        let mac = self.signer.sign(PURPOSE, &signed);
        format!("{signed}.{mac}")
    }

    /// A pass of ours that has not run out.
    pub(super) fn read(&self, text: &str, now: i64) -> Option<Pass> {
        let (signed, mac) = text.rsplit_once('.')?;
        let ours = self.signer.signed(PURPOSE, signed, mac).then_some(signed)?;
        let mut parts = ours.strip_prefix(PREFIX)?.split('.');
        let mut part = || parts.next();
        let pass = Pass {
            project: ProjectId(part()?.parse().ok()?),
            share: part()?.to_owned(),
            link: part()?.to_owned(),
            password: part()?.parse().ok()?,
            view: u64::from_str_radix(part()?, 16).ok()?,
            expires_at: part()?.parse().ok()?,
        };
        (now < pass.expires_at).then_some(pass)
    }
}

/// Tells tokens apart without showing them.
pub(super) fn link_of(token: &str) -> String {
    hex::of(&Sha256::digest(token)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> Pass {
        Pass {
            project: ProjectId(3),
            share: "ab12".into(),
            link: link_of("token"),
            password: 7,
            view: u64::MAX,
            expires_at: 1000,
        }
    }

    #[test]
    fn a_pass_survives_its_text_until_it_runs_out() {
        let passes = Passes::new([1; 32]);
        let text = passes.write(&pass());
        assert_eq!(passes.read(&text, 999), Some(pass()));
        assert_eq!(passes.read(&text, 1000), None);
        assert!(!text.contains("token"));
    }

    #[test]
    fn a_pass_that_was_changed_or_signed_elsewhere_opens_nothing() {
        let passes = Passes::new([1; 32]);
        let text = passes.write(&pass());
        assert_eq!(Passes::new([2; 32]).read(&text, 0), None);
        assert_eq!(passes.read(&text.replace("phs1.3.", "phs1.4."), 0), None);
        assert_eq!(passes.read(&text.replace(".1000.", ".9000."), 0), None);
        for broken in ["", "phs1.", "phs1.é", &text[..text.len() - 1], &format!("{text}0")] {
            assert_eq!(passes.read(broken, 0), None, "{broken}");
        }
    }
}
