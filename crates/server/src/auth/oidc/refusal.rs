//! Why a login by the provider does not succeed, in words for whoever tried.

use crate::api_error::ApiError;

/// Where to begin again.
const AGAIN: &str = "Begin again at /api/login/oidc.";

/// A login that is refused. No variant repeats what the provider or the browser sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The cookie is not there, not ours, or too old.
    #[error("Expected the cookie of a login that began in this browser within the last ten minutes. {AGAIN}")]
    NotUnderWay,
    /// The answer is to another login than the one that the browser began.
    #[error("Expected the state of the login that this browser began, got another. {AGAIN}")]
    WrongState,
    /// It was answered before.
    #[error("This login was answered already. {AGAIN}")]
    Answered,
    /// Neither a code nor an error.
    #[error("Expected a code of the login provider, got none. {AGAIN}")]
    NoCode,
    /// The provider refuses.
    #[error("{0} did not log you in. {AGAIN}")]
    Denied(String),
    /// The code is not one that the provider gave to this login.
    #[error("{0} does not know the code, or not any more. {AGAIN}")]
    WrongCode(String),
    /// What it says who one is with does not hold.
    #[error("The ID token of {name} is refused: {reason}.")]
    Token { name: String, reason: &'static str },
    /// It says no address.
    #[error("{0} names no e-mail address, by which users are known here.")]
    NoEmail(String),
    /// It does not vouch for it.
    #[error("{0} has not verified the e-mail address.")]
    Unverified(String),
    /// The operator did not name the domain.
    #[error("Users of this e-mail domain may not log in here.")]
    ForeignDomain,
    /// It does not answer, or nothing that can be used.
    #[error("{0} cannot be asked at the moment who you are.")]
    Unusable(String),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotUnderWay | Refusal::WrongState | Refusal::Answered => Self::Invalid { attr: "state", detail },
            Refusal::NoCode => Self::Invalid { attr: "code", detail },
            Refusal::Unusable(_) => Self::LoginProvider { detail },
            Refusal::Denied(_)
            | Refusal::WrongCode(_)
            | Refusal::Token { .. }
            | Refusal::NoEmail(_)
            | Refusal::Unverified(_)
            | Refusal::ForeignDomain => Self::Forbidden { detail },
        }
    }
}
