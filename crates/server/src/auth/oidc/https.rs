//! The provider, over http: a client of `openidconnect` made of the one that the commands have already.
//!
//! Redirects are not followed, answers have a bound and a time. The authorities are those that the system trusts.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::OidcError;

/// For connecting, asking and reading together. Somebody waits before a white page.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of an answer. Documents of providers have a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

/// Asks the provider.
#[derive(Debug)]
pub(super) struct Https(Agent);

impl Https {
    /// Reads the system's certificates, unless the issuer is one without https, for trying it out.
    pub(super) fn new(issuer: &str) -> Result<Self, OidcError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
        if issuer.starts_with("https://") {
            let found = rustls_native_certs::load_native_certs().certs;
            if found.is_empty() {
                return Err(OidcError::NoAuthorities);
            }
            let certificates: Vec<Certificate<'static>> =
                found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        }
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE));
        Ok(Self(config.build().into()))
    }

    /// Asks, and waits for the answer.
    pub(super) fn call(&self, request: HttpRequest) -> Result<HttpResponse, Box<ureq::Error>> {
        self.ask(request).map_err(Box::new)
    }

    fn ask(&self, request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
        let response = if request.method() == http::Method::GET {
            // It may have no body, not even an empty one.
            self.0.run(request.map(|_| ()))?
        } else {
            self.0.run(request)?
        };
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(MOST_BYTES).read_to_vec()?;
        Ok(http::Response::from_parts(parts, bytes))
    }
}
