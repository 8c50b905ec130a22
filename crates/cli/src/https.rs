//! https to servers, in whichever command asks one.
//!
//! The authorities are those that the system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others), and not a list of our
//! own: whoever runs servers inside a network has an authority of their own, and its certificate is where every other
//! program of the machine finds it.

use std::sync::Arc;

use anyhow::bail;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// What is needed to talk to an address; reads the system's certificates where that is https.
pub(crate) fn for_address(address: &str) -> anyhow::Result<TlsConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    if !address.starts_with("https://") {
        return Ok(config.build());
    }
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |error| format!(" ({error})"));
        bail!(
            "this system has no certificates of authorities, by which {address} could be trusted{why}: \
             install them (ca-certificates), or name a file of them in SSL_CERT_FILE"
        );
    }
    let certificates: Vec<Certificate<'static>> =
        found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    Ok(config.root_certs(RootCerts::new_with_certs(&certificates)).build())
}
