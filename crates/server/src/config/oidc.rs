//! The login provider's section.

use serde::Deserialize;

use super::{ConfigError, Secret};
use crate::users::Role;

/// A provider of OpenID Connect, by which people log in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// The provider's address, below which `/.well-known/openid-configuration` lies.
    pub issuer: String,
    /// As whom this server is known there.
    pub client_id: String,
    /// What proves it.
    pub client_secret: Secret,
    /// To where the provider sends browsers back: this server's `/api/login/oidc/callback`. Unless it is said, it follows
    /// from the name by which the browser calls the server.
    #[serde(default)]
    pub redirect_url: Option<String>,
    /// Whose e-mail addresses may log in.
    pub allowed_domains: Vec<String>,
    /// What new users become.
    #[serde(default = "viewer")]
    pub default_role: Role,
    /// For the button.
    #[serde(default = "name")]
    pub name: String,
}

fn viewer() -> Role {
    Role::Viewer
}

fn name() -> String {
    "OpenID Connect".into()
}

impl OidcConfig {
    /// Whether it can be used.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !cfg!(feature = "oidc") {
            return Err(ConfigError::NotBuilt { section: "oidc", feature: "oidc" });
        }
        let is_safe = |address: &str| match address.split_once("://") {
            Some(("https", rest)) => !rest.is_empty(),
            // For trying it out: what does not leave the machine.
            Some(("http", rest)) => {
                let host = rest.split('/').next().unwrap_or_default();
                ["127.0.0.1", "localhost", "[::1]"]
                    .iter()
                    .any(|own| host.strip_prefix(own).is_some_and(|port| port.is_empty() || port.starts_with(':')))
            }
            _ => false,
        };
        if !is_safe(&self.issuer) {
            let got = &self.issuer;
            return Err(ConfigError::Value(format!(
                "oidc.issuer is an address that begins with https://, got {got:?}"
            )));
        }
        if let Some(got) = self.redirect_url.as_ref().filter(|url| !url.contains("://")) {
            return Err(ConfigError::Value(format!(
                "oidc.redirect_url is the whole address of /api/login/oidc/callback, got {got:?}"
            )));
        }
        let is_domain = |domain: &String| !domain.is_empty() && domain.is_ascii() && !domain.contains(['@', '*', ' ']);
        if self.allowed_domains.is_empty() || !self.allowed_domains.iter().all(is_domain) {
            let got = &self.allowed_domains;
            return Err(ConfigError::Value(format!(
                "oidc.allowed_domains is a list of the domains whose e-mail addresses may log in, such as example.com, got {got:?}"
            )));
        }
        Ok(())
    }
}
