//! Logging in by an OpenID Connect provider: authorization code flow, with PKCE, state and nonce.
//!
//! ## Invariants
//!
//! 1. Only the browser that began a login ends it, once, within ten minutes: see [`under_way`].
//! 2. The provider's word on an e-mail address counts where it says that it verified it, and where the address is of a
//!    domain that the operator named. Providers are trusted for nothing else: not for a role, not for a project.
//! 3. After a login the browser goes to a path of this server and nowhere else: see [`local_path`].
//! 4. No code, token, secret or address is logged or repeated in an answer.
//!
//! Without the feature `oidc` this folder is not compiled, and a configured section `oidc` is refused.

mod https;
mod local_path;
mod provider;
mod refusal;
mod routes;
mod under_way;

use std::sync::Arc;

use cassette_store::documents::INSTALLATION;
use serde_json::json;
use tokio::sync::Semaphore;

use self::provider::{Identity, Provider};
use self::refusal::Refusal;
use self::under_way::Answered;
use super::{Auth, By, Caller, Session, Who};
use crate::api_error::ApiError;
use crate::audit::Action;
use crate::config::OidcConfig;
use crate::signer::Signer;
use crate::users::{NewUser, NewUserError, Role, User};

pub(crate) use routes::routes;

/// Characters of a name.
const NAME_CHARACTERS: usize = 150;

/// Logins that ask the provider at a time: each takes a thread for as long as the provider thinks.
const TURNS: usize = 8;

/// The provider, and what is needed to log in by it.
#[derive(Debug)]
pub(crate) struct Oidc {
    /// For people.
    name: String,
    /// The address of our own to which the provider sends browsers back, where the operator says it.
    redirect_url: Option<String>,
    /// In lower case.
    allowed_domains: Vec<String>,
    /// What users become that are made by logging in.
    default_role: Role,
    provider: Arc<Provider>,
    turns: Arc<Semaphore>,
    signer: Signer,
    answered: Answered,
}

/// Why nobody could log in by the provider.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The issuer is no address.
    #[error("oidc.issuer: expected the address of an issuer, got {0:?}")]
    Issuer(String),
    /// Nor is this.
    #[error("oidc.redirect_url: expected an address, got {0:?}")]
    RedirectUrl(String),
    /// There is nobody whom https could be trusted by.
    #[error(
        "this system has no certificates of authorities, by which the issuer could be trusted: \
         install them (ca-certificates), or name a file of them in SSL_CERT_FILE"
    )]
    NoAuthorities,
}

impl Oidc {
    /// `secret`: the server's own, which cookies are signed with.
    pub(crate) fn new(config: &OidcConfig, secret: [u8; 32]) -> Result<Self, OidcError> {
        if let Some(url) = &config.redirect_url {
            provider::redirect(url.clone()).map_err(|_| OidcError::RedirectUrl(url.clone()))?;
        }
        Ok(Self {
            name: config.name.clone(),
            redirect_url: config.redirect_url.clone(),
            allowed_domains: config.allowed_domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            default_role: config.default_role,
            provider: Arc::new(Provider::new(config)?),
            turns: Arc::new(Semaphore::new(TURNS)),
            signer: Signer::new(secret),
            answered: Answered::default(),
        })
    }

    /// Asks the provider, on a thread that may wait, when its turn has come.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Provider) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.turns.clone().acquire_owned().await.expect("the semaphore is never closed");
        let provider = self.provider.clone();
        let asked = tokio::task::spawn_blocking(move || {
            // Held to the end of the work, also where nobody waits for it any more.
            let _turn = turn;
            ask(&provider)
        });
        asked.await.expect("asking the provider does not panic")
    }

    /// The address that an identity may log in with.
    fn allowed<'a>(&self, identity: &'a Identity) -> Result<&'a str, Refusal> {
        let name = || self.name.clone();
        let email = identity.email.as_deref().ok_or_else(|| Refusal::NoEmail(name()))?;
        if !identity.is_verified {
            return Err(Refusal::Unverified(name()));
        }
        // Addresses are compared in lower case, in which some letters beyond ASCII are the same as some of it.
        let domain = email.rsplit_once('@').map(|(_, domain)| domain).filter(|_| email.is_ascii());
        let domain = domain.ok_or(Refusal::ForeignDomain)?.to_ascii_lowercase();
        match self.allowed_domains.contains(&domain) {
            true => Ok(email),
            false => Err(Refusal::ForeignDomain),
        }
    }
}

impl Auth {
    /// The session of whom the provider names, who becomes a user at the first login.
    async fn session_of_identity(&self, oidc: &Oidc, identity: &Identity) -> Result<Session, ApiError> {
        let email = oidc.allowed(identity)?;
        let user = match self.users.of_email(email).await? {
            Some(user) => user,
            None => self.new_user(oidc, email, identity.name.as_deref()).await?,
        };
        self.note_login(&Caller::of(&user, By::Browser), "oidc").await?;
        Ok(Session { who: Who::User(user.id), generation: user.record.sessions })
    }

    async fn new_user(&self, oidc: &Oidc, email: &str, name: Option<&str>) -> Result<User, ApiError> {
        let new = NewUser {
            email: email.to_owned(),
            name: name.unwrap_or_default().chars().take(NAME_CHARACTERS).collect(),
            password: None,
            role: oidc.default_role,
            projects: None,
            may_list: true,
            may_watch: true,
        };
        let now = self.clock.now();
        let user = match self.users.create(new, now).await {
            Ok(user) => user,
            // Made by another login at the same moment.
            Err(NewUserError::Exists(email)) => return self.users.of_email(&email).await?.ok_or(ApiError::NotFound),
            Err(NewUserError::Email(_)) => return Err(Refusal::NoEmail(oidc.name.clone()).into()),
            Err(NewUserError::Documents(error)) => return Err(error.into()),
        };
        let (subject, detail) = (format!("user:{}", user.id), json!({ "changed": ["created"], "by": "oidc" }));
        let caller = Caller::of(&user, By::Browser);
        self.audit.note(&caller, INSTALLATION, Action::Changed, &subject, detail, now).await?;
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn oidc() -> Oidc {
        let config = OidcConfig {
            issuer: "http://127.0.0.1:1".into(),
            client_id: "cassette".into(),
            client_secret: Secret("hush".into()),
            redirect_url: None,
            allowed_domains: vec!["Example.com".into()],
            default_role: Role::Viewer,
            name: "Example".into(),
        };
        Oidc::new(&config, [1; 32]).unwrap()
    }

    #[test]
    fn an_address_counts_where_it_is_verified_and_of_a_domain_that_was_named() {
        let oidc = oidc();
        let identity = |email: &str, is_verified| Identity { email: Some(email.into()), is_verified, name: None };
        assert_eq!(oidc.allowed(&identity("Ann@EXAMPLE.com", true)), Ok("Ann@EXAMPLE.com"));
        assert_eq!(oidc.allowed(&identity("ann@example.com", false)), Err(Refusal::Unverified("Example".into())));
        for foreign in [
            "ann@example.org",
            "ann@evil.example.com",
            "ann@notexample.com",
            "ann@example.com@evil.org",
            "ann@example.com.",
            "\u{212a}arl@example.com",
            "example.com",
            "",
        ] {
            assert_eq!(oidc.allowed(&identity(foreign, true)), Err(Refusal::ForeignDomain), "{foreign}");
        }
        let nobody = Identity { email: None, is_verified: true, name: None };
        assert_eq!(oidc.allowed(&nobody), Err(Refusal::NoEmail("Example".into())));
    }

    #[test]
    fn neither_the_secret_nor_the_identity_prints() {
        let oidc = oidc();
        assert!(!format!("{oidc:?}").contains("hush"), "{oidc:?}");
        let identity = Identity { email: Some("ann@example.com".into()), is_verified: true, name: Some("Ann".into()) };
        assert!(!format!("{identity:?}").to_lowercase().contains("ann"), "{identity:?}");
    }
}
